import { OUTCOME } from './attempt-outcome.ts'
import { NONE } from './names.ts'
import { upperBound } from './order.ts'
import { KIND, type Trace } from './trace.ts'
import type { Grouping } from './trace-stats.ts'

/** Events of one writer, record or update, in the order of their starts. */
export class Lane {
  /** The number of the writer's, record's or update's name. */
  readonly name: number
  readonly events: number[] = []
  lost = 0
  readonly #trace: Trace
  #latestEndUs: Float64Array | undefined
  #steps: readonly number[] | undefined

  constructor(trace: Trace, name: number) {
    this.#trace = trace
    this.name = name
  }

  /** The events that touch a time, both ends included. */
  within(fromUs: number, toUs: number): readonly number[] {
    const { startUs } = this.#trace.columns
    const last = upperBound(this.events.length, (at) => startUs[this.events[at] ?? 0] ?? 0, toUs)
    // An earlier event may last longer than those behind it.
    const latest = this.#latestEnds()
    const first = upperBound(this.events.length, (at) => latest[at] ?? 0, fromUs - 1)
    const { endUs } = this.#trace.columns
    return this.events.slice(first, last).filter((event) => (endUs[event] ?? 0) >= fromUs)
  }

  /** The events in the order in which one steps through them. */
  get steps(): readonly number[] {
    this.#steps ??= this.events.toSorted((a, b) => stepUs(this.#trace, a) - stepUs(this.#trace, b) || a - b)
    return this.#steps
  }

  /** The latest end of each event and those before it: it only ever grows. */
  #latestEnds(): Float64Array {
    if (this.#latestEndUs) return this.#latestEndUs
    let latest = Number.NEGATIVE_INFINITY
    const { endUs } = this.#trace.columns
    this.#latestEndUs = Float64Array.from(this.events, (event) => (latest = Math.max(latest, endUs[event] ?? 0)))
    return this.#latestEndUs
  }
}

/** Where one stands at an event: at an answer when it has come, at anything else when it begins. */
export function stepUs({ columns }: Trace, event: number): number {
  const isAnswer = columns.kind[event] === KIND.cas || columns.kind[event] === KIND.done
  return (isAnswer ? columns.endUs[event] : columns.startUs[event]) ?? 0
}

/**
 * The step so many behind or before a place among some, or the last one on the way; `by` is not 0. A place is a time, and the
 * event that one stands at, if at one.
 */
export function stepFrom(
  trace: Trace,
  steps: readonly number[],
  place: { readonly atUs: number; readonly event: number },
  by: number,
): number {
  const isAt = place.event !== NONE && stepUs(trace, place.event) === place.atUs
  // Without an event, what happened at the time itself comes next, either way.
  const limit = isAt ? place.event : -by * Number.POSITIVE_INFINITY
  let [low, high] = [0, steps.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const event = steps[middle] ?? NONE
    const us = stepUs(trace, event)
    if (us < place.atUs || (us === place.atUs && event <= limit)) low = middle + 1
    else high = middle
  }
  const first = by > 0 ? low : isAt && steps[low - 1] === place.event ? low - 2 : low - 1
  const wanted = by > 0 ? Math.min(first + by - 1, steps.length - 1) : Math.max(first + by + 1, 0)
  return (steps[first] === undefined ? undefined : steps[wanted]) ?? NONE
}

/** The lanes of a trace. */
export interface Lanes {
  readonly lanes: readonly Lane[]
  /** All events that are in some lane. */
  readonly all: Lane
}

/**
 * Parts reads, writes, waits and ends into lanes, those of one record only if a key is given. A folded write is in the lane of
 * each of its updates. Writers stand in the order of their names, records by losses, updates by their starts.
 */
export function lanesOf(trace: Trace, grouping: Grouping, key?: number): Lanes {
  const { columns, names } = trace
  const all = new Lane(trace, NONE)
  const lanes = new Map<number, Lane>()
  const put = (name: number, event: number): void => {
    if (name === NONE) return
    let lane = lanes.get(name)
    if (!lane) lanes.set(name, (lane = new Lane(trace, name)))
    if (lane.events.at(-1) === event) return
    lane.events.push(event)
    if (columns.kind[event] === KIND.cas && columns.outcome[event] === OUTCOME.lost) lane.lost++
  }
  for (const event of trace.byStart) {
    const kind = columns.kind[event]
    if (kind === KIND.op || kind === KIND.commit || kind === KIND.key) continue
    if (key !== undefined && columns.key[event] !== key) continue
    all.events.push(event)
    put(columns[grouping][event] ?? NONE, event)
    if (grouping === 'key') continue
    for (const op of trace.foldedOps(event) ?? []) put(grouping === 'op' ? op : trace.writerOfOp(op), event)
  }
  const sorted = [...lanes.values()]
  if (grouping === 'key') sorted.sort((a, b) => b.lost - a.lost)
  else if (grouping === 'writer') {
    const { compare } = new Intl.Collator('en', { numeric: true })
    sorted.sort((a, b) => compare(names.text(a.name), names.text(b.name)))
  }
  return { lanes: sorted, all }
}
