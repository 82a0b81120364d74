import { join } from 'node:path'
import {
  checkTrace,
  eventRow,
  KIND,
  Makers,
  namedWindow,
  readTrace,
  type Trace,
  traceStats,
  windowTrace,
} from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { randomTraceLines } from './random-trace.ts'
import { seededRandom } from './seeded-random.ts'
import { recordStorm } from './storm.ts'
import {
  done,
  duelLines,
  HEAD,
  type Line,
  lost,
  MS,
  op,
  read,
  traceFile,
  traceOf,
  traceText,
  won,
} from './trace-lines.ts'

const A = { w: 'alpha@h/1', op: 'opA' }
const B = { w: 'beta@h/2', op: 'opB' }
/** A trace of several processes. */
const { pid: _, ...MERGED } = HEAD

interface Part {
  readonly fromUs: number
  readonly toUs: number
  readonly path?: string | undefined
}

function windowOf(trace: Trace, { fromUs, toUs, path }: Part) {
  const key = path === undefined ? undefined : trace.names.find(path)
  return { fromUs: trace.startUs + fromUs, toUs: Math.min(trace.startUs + toUs, trace.endUs), key }
}

async function cutOut(trace: Trace, part: Part): Promise<Trace> {
  const text = [...windowTrace(trace, new Makers(trace), windowOf(trace, part))].join('')
  return await readTrace([await traceFile(text, 'part.castrace.jsonl')])
}

/** The figures of a window in all and of each writer, record and update, by their names. */
function figuresOf(trace: Trace, window: ReturnType<typeof windowOf>) {
  const makers = new Makers(trace)
  return Object.fromEntries(
    (['writer', 'key', 'op'] as const).map((by) => {
      const { total, groups } = traceStats(trace, makers, window, by)
      const named = groups.map(({ name, figures }) => [trace.names.text(name), figures] as const)
      return [by, { total, groups: Object.fromEntries(named) }]
    }),
  )
}

function findingsOf(trace: Trace): string[] {
  return checkTrace(trace).findings.map(
    ({ kind, key, version, atUs }) => `${kind} ${key} v${version} at ${trace.startUs + atUs}`,
  )
}

/** Cuts out, reads again, and compares all that can be told of the window. */
async function expectSame(whole: Trace, part: Part): Promise<Trace> {
  const own = await cutOut(whole, part)
  const window = windowOf(whole, part)
  expect(own.problems).toEqual([])
  expect([own.startUs, own.endUs]).toEqual([window.fromUs, window.toUs])
  const all = namedWindow(own, new Makers(own), {})
  expect(figuresOf(own, { ...all, key: undefined })).toEqual(figuresOf(whole, window))
  const found = new Set(findingsOf(whole))
  expect(findingsOf(own).filter((finding) => !found.has(finding))).toEqual([])
  return own
}

describe('a window of a trace as a trace of its own', () => {
  test.each([1, 2, 3, 4, 5, 6])('has the figures of the window, whatever happened (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    const whole = await traceOf(randomTraceLines(seed, 120).filter(isFoldedInTime), MERGED)
    const lengthUs = whole.endUs - whole.startUs
    for (let n = 0; n < 12; n++) {
      const [a, b] = [random(lengthUs), random(lengthUs)]
      await expectSame(whole, {
        fromUs: Math.min(a, b),
        toUs: Math.max(a, b),
        path: n % 3 === 0 ? `/k${random(3)}` : undefined,
      })
    }
  })

  test('has the figures of the window of a storm that took place, and can be cut again', async () => {
    const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
    await recordStorm(file, { processes: 3, writers: 4, updatesEach: 6 })
    const whole = await readTrace([file])
    const lengthUs = whole.endUs - whole.startUs
    const [fromUs, toUs] = [Math.floor(lengthUs * 0.3), Math.floor(lengthUs * 0.7)]
    const half = await expectSame(whole, { fromUs, toUs })
    expect(half.sources).toMatchObject([{ pid: process.pid }])
    const fifth = Math.floor((toUs - fromUs) / 5)
    const part = { fromUs: fifth, toUs: 2 * fifth }
    const again = await expectSame(half, part)
    expect(figuresOf(again, windowOf(again, { fromUs: 0, toUs: fifth }))).toEqual(
      figuresOf(whole, windowOf(whole, { fromUs: fromUs + fifth, toUs: fromUs + 2 * fifth })),
    )
  })

  test('keeps when things happened by the wall clock, to the microsecond', async () => {
    const whole = await traceOf(duelLines(A, B), { ...HEAD, wall0: '2026-11-21T14:31:12.003412Z' })
    const own = await expectSame(whole, { fromUs: 41_007, toUs: 65_000 })
    const timesOf = (trace: Trace) =>
      Array.from(trace.byEnd)
        .map((event) => ({ ...eventRow(trace, event), startUs: trace.columns.startUs[event] }))
        .filter(({ outcome }) => outcome === 'lost')
    expect(timesOf(own)).toHaveLength(1)
    expect(timesOf(own)).toEqual(timesOf(whole))
  })

  test('holds an update that is under way at its start from its beginning, and has no end of one that goes on', async () => {
    const whole = await traceOf(duelLines(A, B))
    const own = await cutOut(whole, { fromUs: 45 * MS, toUs: 65 * MS })
    const rows = Array.from(own.byStart, (event) => eventRow(own, event))
    const told = rows.map(({ event, op, version }) => `${event} ${op ?? `v${version}`}`)
    expect(told).toEqual(['op opB', 'key v4', 'read opB', 'key v5', 'cas opB', 'wait opB'])
    expect(rows.find(({ event }) => event === 'op')).toMatchObject({ startUs: -45 * MS, key: '/k', writer: 'beta@h/2' })
    expect(checkTrace(own).findings).toEqual([])
  })

  test('knows which version a record had when it begins', async () => {
    const whole = await traceOf([...duelLines(A, B), read(90 * MS, MS, 6, A)])
    const own = await cutOut(whole, { fromUs: 80 * MS, toUs: 95 * MS })
    expect(new Makers(own).headAt(own.names.find('/k'), own.startUs)).toBe(6)
    const watched = await traceOf([
      { e: 'commit', t: 0, key: '/k', ver: 7, w: 'c@h/3', write: 'w7', size: 1 },
      { e: 'commit', t: 5 * MS, key: '/k', ver: 8, w: 'c@h/3', write: 'w8', size: 1 },
    ])
    const later = await cutOut(watched, { fromUs: 2 * MS, toUs: 5 * MS })
    expect(new Makers(later).headAt(later.names.find('/k'), later.startUs)).toBe(7)
  })

  test('takes no write for lost whose answer was lost before it, nor for two a record that began anew before it', async () => {
    const unknown = { ...won(0, 10, 4, 'wA', A), out: 'unknown' }
    const resent = [op(0, A), unknown, read(20, 10, 7, { ...B, op: 'other' }), won(60, 10, 4, 'wA', A), done(0, 70, A)]
    const own = await expectSame(await traceOf(resent), { fromUs: 15, toUs: 70 })
    expect(findingsOf(own)).toEqual([])
    const second = 1_000_000
    const purged = [
      ...[1, 2, 3].map((base) => won(base * 10, 5, base, `old${base}`, { ...A, op: `a${base}` })),
      won(2.9 * second, 10, 4, 'late', { ...A, op: 'late' }),
      read(3 * second, 10, 0, B),
      ...[0, 1, 2, 3, 4].map((base) => won(3 * second + 20 + base * 20, 10, base, `new${base}`, B)),
    ]
    const trace = await traceOf(purged, MERGED)
    expect(findingsOf(trace)).toEqual([])
    expect(findingsOf(await expectSame(trace, { fromUs: 2.5 * second, toUs: 4 * second - 999_000 }))).toEqual([])
    expect(findingsOf(await expectSame(trace, { fromUs: 3 * second + 15, toUs: 3 * second + 200 - 90 }))).toEqual([])
  })

  test('knows of a write that it landed, also when only what came later tells so', async () => {
    const lines: Line[] = [
      op(0, A),
      { ...won(0, 10, 4, 'wA', A), out: 'unknown' },
      read(20, 10, 4, B),
      lost(40, 10, 4, 'wB', { cur: 5, by: A.w, byWrite: 'wA' }, B),
    ]
    const own = await expectSame(await traceOf(lines), { fromUs: 0, toUs: 30 })
    const { total } = traceStats(own, new Makers(own), namedWindow(own, new Makers(own), {}))
    expect(total).toMatchObject({ unknown: 1, unknownLanded: 1 })
  })

  test('has what was marked and what was dropped in it, and says of a trace that is wrong what is wrong', async () => {
    const lines = [
      { e: 'mark', t: 5, label: 'before' },
      { e: 'mark', t: 50, label: 'deploy' },
      { e: 'gap', t: 60, n: 12, why: 'backlog' },
      won(20, 30, 4, 'wA', A),
      won(25, 40, 4, 'wB', B),
    ]
    const whole = await traceOf(lines)
    const own = await expectSame(whole, { fromUs: 10, toUs: 65 })
    expect(own.marks).toEqual([{ atUs: whole.startUs + 50, label: 'deploy' }])
    expect(own.gaps).toEqual([{ atUs: whole.startUs + 60, events: 12 }])
    expect(findingsOf(own)).toEqual(findingsOf(whole))
  })

  test('of several files is one, that says so', async () => {
    const files = await Promise.all([
      traceFile(traceText([won(0, 10, 4, 'wA', A)], { ...HEAD, title: 'first' })),
      traceFile(traceText([won(5, 10, 5, 'wB', B)], { ...HEAD, pid: 8 })),
    ])
    const own = await expectSame(await readTrace(files), { fromUs: 0, toUs: 15 })
    expect(own.sources).toMatchObject([{ title: 'part of first and 1 more', pid: undefined }])
    expect(Array.from(own.byEnd, (event) => own.columns.kind[event])).toEqual([KIND.cas, KIND.cas])
  })
})

/** Whether the updates that a line folds are of its record and have begun by then, as in what is recorded. */
function isFoldedInTime({ t, d = 0, key, ops = [] }: Line, _at: number, lines: readonly Line[]): boolean {
  const beginnings = lines.filter(({ e, op: id }) => e === 'op' && (ops as readonly unknown[]).includes(id))
  return beginnings.every(({ t: atUs, keys }) => Number(atUs) <= Number(t) + Number(d) && String(keys) === key)
}
