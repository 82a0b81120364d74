import { CELL, densities, FoldedAxis, idleStretches, laneCells, lanesOf } from '@latchless/inspector'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomTraceLines } from './random-trace.ts'
import { done, lost, read, traceOf, wait, won } from './trace-lines.ts'

const NONE_LOST: ReadonlySet<number> = new Set()

test('a lane shows reads, flights, waits and answers where they were', async () => {
  const trace = await traceOf([
    read(0, 20, 1),
    lost(40, 30, 1, 'w1', { cur: 2 }),
    wait(75, 100),
    won(200, 40, 2, 'w2', { a: 2 }),
    done(0, 260, { out: 'timeout' }),
  ])
  const [lane] = lanesOf(trace, 'writer').lanes
  const lens = { fromUs: trace.startUs, toUs: trace.startUs + 300 }
  const { cells, won: wins, lost: losses, gaveUp } = laneCells(trace, lane as never, lens, 30, NONE_LOST)
  const glyphs = {
    [CELL.nothing]: '.',
    [CELL.read]: 'r',
    [CELL.inFlight]: '=',
    [CELL.waiting]: '~',
    [CELL.won]: 'W',
    [CELL.lost]: 'L',
    [CELL.gaveUp]: '!',
  }
  expect(Array.from(cells, (cell) => glyphs[cell as keyof typeof glyphs]).join('')).toBe(
    'r======L~~~~~~~~~~..====W.!...',
  )
  expect([wins, losses, gaveUp]).toEqual([1, 1, 1])
})

test('a cell never hides a conflict, however much else is in it', async () => {
  const trace = await traceOf([
    ...Array.from({ length: 50 }, (_, n) => won(n * 10, 5, n, `w${n}`)),
    lost(500, 5, 50, 'x', { cur: 51 }),
    ...Array.from({ length: 50 }, (_, n) => won(510 + n * 10, 5, 51 + n, `v${n}`)),
  ])
  const [lane] = lanesOf(trace, 'writer').lanes
  const lens = { fromUs: trace.startUs, toUs: trace.startUs + 2000 }
  for (const columns of [1, 3, 80]) {
    const { cells } = laneCells(trace, lane as never, lens, columns, NONE_LOST)
    expect(Math.max(...cells)).toBe(CELL.lost)
  }
  const at = new Set([50])
  expect(Math.max(...laneCells(trace, lane as never, lens, 3, at).cells)).toBe(CELL.lostUpdate)
})

test('as many answers are in the cells as in the lens, whatever lens it is', async () => {
  const trace = await traceOf(randomTraceLines(5, 400))
  const { lanes, all } = lanesOf(trace, 'writer')
  const whole = trace.endUs - trace.startUs
  fc.assert(
    fc.property(
      fc.nat(whole),
      fc.integer({ min: 1, max: whole }),
      fc.integer({ min: 1, max: 200 }),
      (from, width, columns) => {
        const lens = { fromUs: trace.startUs + from, toUs: trace.startUs + from + width }
        for (const lane of lanes) {
          const drawn = laneCells(trace, lane, lens, columns, NONE_LOST)
          expect(drawn.cells).toHaveLength(columns)
          const answers = drawn.answers.reduce((sum, count) => sum + count, 0)
          expect(answers).toBe(drawn.won + drawn.lost + drawn.unknown)
          const inLens = lane.events.filter((event) => {
            const us = trace.columns.endUs[event] ?? 0
            return trace.columns.kind[event] === 2 && us >= lens.fromUs && us < lens.toUs
          })
          expect(answers).toBe(inLens.length)
        }
        const { inFlight, waiting } = densities(trace, all, lens, columns)
        expect([inFlight.length, waiting.length]).toEqual([columns, columns])
      },
    ),
    { seed: 11, numRuns: 60 },
  )
})

test('idle stretches are those in which nothing went on', async () => {
  const trace = await traceOf([read(0, 2_500_000, 1), read(100, 10, 1), read(6_000_000, 10, 1), read(6_500_000, 10, 1)])
  const idle = idleStretches(trace, 1_000_000).map(({ fromUs, toUs }) => [fromUs - trace.startUs, toUs - trace.startUs])
  expect(idle).toEqual([[2_500_000, 6_000_000]])
})

test('the folded axis covers all of the time, in order, in exactly the columns that it has', () => {
  const stretch = fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 1e9 }))
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 30 }), fc.integer({ min: 30, max: 200 }), (gaps, columns) => {
      let us = 0
      const idle = gaps.map(([busy, gap]) => {
        const fromUs = us + busy + 1
        us = fromUs + gap
        return { fromUs, toUs: us }
      })
      const toUs = us + 1000
      const axis = new FoldedAxis({ fromUs: 0, toUs }, idle, columns)
      expect(axis.pieces[0]?.fromUs).toBe(0)
      expect(axis.pieces.at(-1)).toMatchObject({ toUs, toColumn: columns })
      for (const [at, piece] of axis.pieces.slice(1).entries()) {
        expect([piece.fromUs, piece.fromColumn]).toEqual([axis.pieces[at]?.toUs, axis.pieces[at]?.toColumn])
      }
      const places = Array.from({ length: 50 }, (_, n) => axis.columnOf((toUs * n) / 49))
      expect(places).toEqual(places.toSorted((a, b) => a - b))
      expect(Math.min(...places)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...places)).toBeLessThan(columns)
      for (let column = 0; column < columns; column++) expect(axis.columnOf(axis.usAt(column))).toBe(column)
    }),
    { seed: 3, numRuns: 200 },
  )
})
