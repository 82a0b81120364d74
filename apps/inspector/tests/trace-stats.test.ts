import { Histogram, Makers, traceStats, type Trace } from '@latchless/inspector'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { done, type Line, lost, op, read, traceOf, wait, won } from './trace-lines.ts'

const A = { w: 'a@h/1' }
const B = { w: 'b@h/2' }

/** Three updates: `x` wins at once, `y` loses to it twice over and wins, `z` gives up. */
const LINES: Line[] = [
  op(0, { ...A, op: 'x' }),
  read(0, 100, 0, { ...A, op: 'x' }),
  won(100, 200, 0, 'w1', { ...A, op: 'x' }),
  done(0, 300, { ...A, op: 'x' }),
  op(0, { ...B, op: 'y' }),
  read(0, 100, 0, { ...B, op: 'y' }),
  lost(100, 300, 0, 'w2', { cur: 1, by: 'a@h/1', byWrite: 'w1' }, { ...B, op: 'y' }),
  wait(400, 600, { ...B, op: 'y' }),
  lost(1000, 100, 1, 'w3', { cur: 4 }, { ...B, op: 'y', a: 2 }),
  won(1100, 400, 4, 'w4', { ...B, op: 'y', a: 3 }),
  done(0, 1500, { ...B, op: 'y', a: 3 }),
  op(2000, { ...B, op: 'z' }),
  { ...won(2000, 500, 5, 'w5', { ...B, op: 'z' }), out: 'unknown' },
  { ...won(2500, 500, 5, 'w6', { ...B, op: 'z' }), out: 'busy' },
  done(2000, 1000, { ...B, op: 'z', out: 'timeout' }),
]

function statsOf(
  trace: Trace,
  options: { fromUs?: number; toUs?: number; key?: number } = {},
  by?: 'writer' | 'key' | 'op',
) {
  const { fromUs = 0, toUs = 1e9, key } = options
  const window = { fromUs: trace.startUs + fromUs, toUs: trace.startUs + toUs, key }
  return traceStats(trace, new Makers(trace), window, by)
}

test('traceStats() counts attempts by what became of them', async () => {
  const { total } = statsOf(await traceOf(LINES))
  expect(total).toMatchObject({ attempts: 6, won: 2, lost: 2, unknown: 1, unknownLanded: 0, busy: 1, errors: 0 })
  expect(total).toMatchObject({ updates: 3, gaveUp: 1, updatesWon: 2, lossRate: 0.5, retriesPerWin: 2 })
  expect(total).toMatchObject({
    attemptsToWin: [1, 0, 1, 0, 0, 0, 0, 0],
    longestLosingStreak: 2,
    losingWriter: 'b@h/2',
  })
  // Behind by 1 and by 3 versions.
  expect(total.staleness).toBe(2)
  // Both writers won one update.
  expect(total.fairness).toBe(1)
})

test('traceStats() calls wasted what was read, written and waited for losses', async () => {
  const { total } = statsOf(await traceOf(LINES))
  // The first loss with its read, the wait, and the second loss, which read nothing.
  expect(total.wastedUs).toBe(400 + 600 + 100)
  expect(total.wastedShare).toBeCloseTo(1100 / 2800, 4)
  expect(total.updateLatency).toMatchObject({ maxUs: 1500 })
  expect(total.attemptLatency).toMatchObject({ maxUs: 500 })
})

test('traceStats() counts what ended in the window', async () => {
  const trace = await traceOf(LINES)
  expect(statsOf(trace, { fromUs: 301, toUs: 400 }).total).toMatchObject({ attempts: 1, lost: 1, updates: 0 })
  expect(statsOf(trace, { fromUs: 300, toUs: 300 }).total).toMatchObject({ won: 1, updates: 1 })
  expect(statsOf(trace, { fromUs: 5000 }).total).toMatchObject({
    attempts: 0,
    lossRate: null,
    fairness: null,
    attemptLatency: null,
  })
})

test('traceStats() parts by writer, record and update, the most losses first, and the parts add up', async () => {
  const trace = await traceOf([...LINES, won(3000, 10, 0, 'k1', { ...A, op: 'q', key: '/other' })])
  const named = (by: 'writer' | 'key' | 'op') =>
    statsOf(trace, {}, by).groups.map(({ name, figures }) => [trace.names.text(name), figures.attempts, figures.lost])
  expect(named('writer')).toEqual([
    ['b@h/2', 5, 2],
    ['a@h/1', 2, 0],
  ])
  expect(named('key')).toEqual([
    ['/k', 6, 2],
    ['/other', 1, 0],
  ])
  expect(named('op')).toEqual([
    ['y', 3, 2],
    ['z', 2, 0],
    ['x', 1, 0],
    ['q', 1, 0],
  ])
  expect(statsOf(trace, { key: trace.names.find('/other') }).total.attempts).toBe(1)
})

test('traceStats() tells which unknown writes have landed', async () => {
  const trace = await traceOf([...LINES, lost(4000, 10, 5, 'w7', { cur: 6, by: 'b@h/2', byWrite: 'w5' }, A)])
  expect(statsOf(trace).total).toMatchObject({ unknown: 1, unknownLanded: 1, lost: 3 })
})

test('traceStats() counts every update of a folded write for its writer', async () => {
  const trace = await traceOf([
    op(0, { ...A, op: 'x' }),
    op(0, { ...B, op: 'y' }),
    op(0, { ...B, op: 'z' }),
    won(10, 10, 0, 'w1', { ...A, op: 'x', ops: ['x', 'y', 'z'] }),
  ])
  // One has won one update and the other two: (1 + 2)² / (2 · (1 + 4)).
  expect(statsOf(trace).total).toMatchObject({ won: 1, updatesWon: 3, fairness: 0.9 })
})

test('traceStats() expects no loss where nobody else writes, and many where others write fast', async () => {
  const alone = Array.from({ length: 20 }, (_, n) => won(n * 1000, 500, n, `w${n}`, A))
  expect(statsOf(await traceOf(alone)).total.expectedLossRate).toBe(0)
  const others = alone.flatMap((line, n) => [line, won(n * 1000 + 600, 300, n, `o${n}`, { ...B, key: '/k' })])
  const { expectedLossRate } = statsOf(await traceOf(others)).total
  // One other commit in a millisecond, and half or a third of one open: 1 - exp(-0.5) and 1 - exp(-0.3).
  expect(expectedLossRate).toBeCloseTo((0.393 + 0.259) / 2, 1)
})

test('Histogram tells percentiles at most a sixteenth too high, and the greatest value exactly', () => {
  const values = fc.array(fc.oneof(fc.nat(40), fc.nat(1e6), fc.maxSafeNat()), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(values, fc.constantFrom(0.001, 0.5, 0.9, 0.99, 1), (all, share) => {
      const histogram = new Histogram()
      for (const value of all) histogram.add(value)
      const exact = all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * all.length)) - 1] ?? 0
      const told = histogram.percentile(share) ?? -1
      expect(told).toBeGreaterThanOrEqual(exact)
      expect(told).toBeLessThanOrEqual(exact * (1 + 1 / 16))
      expect(histogram.max).toBe(Math.max(...all))
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('traceStats() parts only the updates that lost most when there are very many, and counts the others', async () => {
  const lines = Array.from({ length: 10_005 }, (_, n) => {
    const who = { ...A, op: `op${n}` }
    return n === 10_001 ? lost(n, 1, 4, 'w', { cur: 5 }, who) : read(n, 1, 4, who)
  })
  const trace = await traceOf(lines)
  const { groups, moreGroups } = statsOf(trace, {}, 'op')
  expect([groups.length, moreGroups, trace.names.text(groups[0]?.name ?? -1)]).toEqual([10_000, 5, 'op10001'])
})
