import { KIND, lanesOf, type ReplayState, stepFrom, stepUs, Timeline, type Trace } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { randomTraceLines } from './random-trace.ts'
import { seededRandom } from './seeded-random.ts'
import { traceOf } from './trace-lines.ts'

const NONE = -1

/** What the events say of a moment, looked up one by one: slow, and in no way like the timeline's own. */
function stateByHand({ columns, count }: Trace, atUs: number): ReplayState {
  const state: ReplayState = { open: new Map(), won: 0, lost: 0, unknown: 0, failed: 0, ended: 0 }
  const counters = ['won', 'lost', 'failed', 'unknown', 'failed'] as const
  const began = new Map<number, number>()
  for (let event = 0; event < count; event++) {
    const [kind, op = NONE, startUs = 0, endUs = 0] = [
      columns.kind[event],
      columns.op[event],
      columns.startUs[event],
      columns.endUs[event],
    ]
    const isDone = kind === KIND.done
    if (isDone && endUs <= atUs) state.ended++
    if (kind === KIND.cas && endUs <= atUs) state[counters[columns.outcome[event] ?? 0] ?? 'failed']++
    if (isDone || startUs > atUs) continue
    if (!state.open.has(op)) state.open.set(op, NONE)
    // Events of one update do not overlap: the last that began is what it does.
    if (kind !== KIND.op && startUs >= (began.get(op) ?? Number.NEGATIVE_INFINITY)) {
      began.set(op, startUs)
      state.open.set(op, endUs > atUs ? event : NONE)
    }
  }
  for (let event = 0; event < count; event++) {
    if (columns.kind[event] === KIND.done && (columns.endUs[event] ?? 0) <= atUs)
      state.open.delete(columns.op[event] ?? NONE)
  }
  return state
}

function comparable({ open, ...counts }: ReplayState): object {
  return { ...counts, open: [...open].toSorted(([a], [b]) => a - b) }
}

describe.each([1, 2, 3])('a random trace (seed %i)', (seed) => {
  test('has at any moment the state that its events say, whichever way one came there', async () => {
    const trace = await traceOf(randomTraceLines(seed, 1200))
    const random = seededRandom(seed)
    const times = Array.from({ length: 60 }, () => trace.startUs + random(trace.endUs - trace.startUs))
    const forwards = new Timeline(trace)
    const backwards = new Timeline(trace)
    const ascending = times.toSorted((a, b) => a - b)
    const seen = new Map(ascending.map((us) => [us, comparable(forwards.stateAt(us))]))
    for (const us of ascending.toReversed()) expect(comparable(backwards.stateAt(us))).toEqual(seen.get(us))
    for (const us of ascending) expect(seen.get(us)).toEqual(comparable(stateByHand(trace, us)))
  })

  test('stepping back over all events goes the way of stepping on', async () => {
    const trace = await traceOf(randomTraceLines(seed, 300))
    const { steps } = lanesOf(trace, 'writer').all
    const walk = (by: 1 | -1, atUs: number): number[] => {
      const events: number[] = []
      let place = { atUs, event: NONE }
      for (;;) {
        const event = stepFrom(trace, steps, place, by)
        if (event === NONE) return events
        events.push(event)
        place = { atUs: stepUs(trace, event), event }
      }
    }
    const there = walk(1, trace.startUs - 1)
    expect(there).toEqual(steps)
    expect(walk(-1, trace.endUs + 1)).toEqual(there.toReversed())
  })

  test('parts into lanes that give for any time exactly the events that touch it', async () => {
    const trace = await traceOf(randomTraceLines(seed, 300))
    const random = seededRandom(seed)
    const { columns } = trace
    for (const grouping of ['writer', 'key', 'op'] as const) {
      const { lanes, all } = lanesOf(trace, grouping)
      expect(new Set(lanes.flatMap(({ events }) => events))).toEqual(new Set(all.events))
      for (const lane of [all, ...lanes.slice(0, 20)]) {
        const fromUs = trace.startUs + random(12_000)
        const toUs = fromUs + random(2000)
        const touching = lane.events.filter(
          (event) => (columns.endUs[event] ?? 0) >= fromUs && (columns.startUs[event] ?? 0) <= toUs,
        )
        expect(lane.within(fromUs, toUs)).toEqual(touching)
      }
    }
  })
})

test('a folded write is in the lane of each of its updates', async () => {
  const trace = await traceOf(randomTraceLines(4, 300))
  const { lanes } = lanesOf(trace, 'op')
  const folded = Array.from(trace.byStart).filter((event) => trace.foldedOps(event))
  expect(folded.length).toBeGreaterThan(10)
  for (const event of folded) {
    const holding = lanes.filter(({ events }) => events.includes(event)).map(({ name }) => name)
    expect(new Set(holding)).toEqual(new Set(trace.foldedOps(event)))
  }
})
