import { OUTCOME } from './attempt-outcome.ts'
import { NONE } from './names.ts'
import { upperBound } from './order.ts'
import { KIND, type Trace } from './trace.ts'

/** How things stood at a moment. */
export interface ReplayState {
  /** Updates that have begun and not ended, each with the read, write or wait that it is in, if it is in one. */
  readonly open: Map<number, number>
  /** Conditional writes that have been answered so far. */
  won: number
  lost: number
  unknown: number
  failed: number
  /** Updates that have ended so far. */
  ended: number
}

/** A state that others are computed from. `starts` and `ends` are how many of each it includes. */
interface Keyframe {
  readonly starts: number
  readonly ends: number
  readonly state: ReplayState
}

const KEYFRAME_EVERY_MIN = 4096
/** Keyframes are this many times farther apart than they are large, so that all of them fit beside the trace. */
const KEYFRAME_SPREAD = 4

/**
 * The trace as a course of moments, each the start or the end of an event. The state at any moment is a keyframe before it and
 * the few thousand moments since, so going back costs what going on costs, and gives the same.
 */
export class Timeline {
  readonly #trace: Trace
  readonly #byStart: Int32Array
  readonly #byEnd: Int32Array
  readonly #keyframes: Keyframe[] = [{ starts: 0, ends: 0, state: initialState() }]

  constructor(trace: Trace) {
    this.#trace = trace
    this.#byStart = trace.byStart
    this.#byEnd = trace.byEnd
  }

  /** How things stood right after everything that began or ended at or before a time. */
  stateAt(atUs: number): ReplayState {
    const [starts, ends] = [this.#startsUntil(atUs), this.#endsUntil(atUs)]
    this.#reach(starts + ends)
    const count = upperBound(this.#keyframes.length, (at) => positionOf(this.#keyframes[at]), starts + ends)
    const keyframe = this.#keyframes[count - 1] as Keyframe
    const walk = new Walk(this.#trace, this.#byStart, this.#byEnd, keyframe)
    walk.to(starts + ends)
    return walk.state
  }

  #reach(position: number): void {
    const last = this.#keyframes.at(-1) as Keyframe
    const walk = new Walk(this.#trace, this.#byStart, this.#byEnd, last)
    for (;;) {
      const next = walk.position + Math.max(KEYFRAME_EVERY_MIN, walk.state.open.size * KEYFRAME_SPREAD)
      if (next > position) return
      walk.to(next)
      this.#keyframes.push({ starts: walk.starts, ends: walk.ends, state: copyOf(walk.state) })
    }
  }

  #startsUntil(atUs: number): number {
    return upperBound(this.#byStart.length, (place) => this.#startUs(place) ?? 0, atUs)
  }

  #endsUntil(atUs: number): number {
    return upperBound(this.#byEnd.length, (place) => this.#endUs(place) ?? 0, atUs)
  }

  #startUs(place: number): number | undefined {
    const event = this.#byStart[place]
    return event === undefined ? undefined : this.#trace.columns.startUs[event]
  }

  #endUs(place: number): number | undefined {
    const event = this.#byEnd[place]
    return event === undefined ? undefined : this.#trace.columns.endUs[event]
  }
}

/** Goes on from a keyframe, moment by moment. */
class Walk {
  readonly state: ReplayState
  starts: number
  ends: number
  readonly #trace: Trace
  readonly #byStart: Int32Array
  readonly #byEnd: Int32Array

  constructor(trace: Trace, byStart: Int32Array, byEnd: Int32Array, { starts, ends, state }: Keyframe) {
    this.#trace = trace
    this.#byStart = byStart
    this.#byEnd = byEnd
    this.starts = starts
    this.ends = ends
    this.state = copyOf(state)
  }

  get position(): number {
    return this.starts + this.ends
  }

  to(position: number): void {
    const { startUs, endUs } = this.#trace.columns
    while (this.position < position) {
      const started = this.#byStart[this.starts]
      const ended = this.#byEnd[this.ends] ?? 0
      // What begins and ends in one microsecond begins first.
      if (started !== undefined && (startUs[started] ?? 0) <= (endUs[ended] ?? 0)) this.#begin(started)
      else this.#end(ended)
    }
  }

  #begin(event: number): void {
    this.starts++
    const { columns } = this.#trace
    const kind = columns.kind[event]
    const op = columns.op[event] ?? NONE
    if (op === NONE || kind === KIND.done || kind === KIND.commit) return
    if (kind === KIND.op) this.state.open.set(op, NONE)
    else this.state.open.set(op, event)
  }

  #end(event: number): void {
    this.ends++
    const { columns } = this.#trace
    const { state } = this
    const [kind, op = NONE] = [columns.kind[event], columns.op[event]]
    if (kind === KIND.done) {
      state.ended++
      state.open.delete(op)
      return
    }
    if (state.open.get(op) === event) state.open.set(op, NONE)
    if (kind !== KIND.cas) return
    const outcome = columns.outcome[event]
    if (outcome === OUTCOME.won) state.won++
    else if (outcome === OUTCOME.lost) state.lost++
    else if (outcome === OUTCOME.unknown) state.unknown++
    else state.failed++
  }
}

function initialState(): ReplayState {
  return { open: new Map(), won: 0, lost: 0, unknown: 0, failed: 0, ended: 0 }
}

function copyOf(state: ReplayState): ReplayState {
  return { ...state, open: new Map(state.open) }
}

function positionOf(keyframe: Keyframe | undefined): number {
  return keyframe ? keyframe.starts + keyframe.ends : 0
}
