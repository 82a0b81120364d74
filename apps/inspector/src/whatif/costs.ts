import { OUTCOME } from '../trace/attempt-outcome.ts'
import { NONE } from '../trace/names.ts'
import { KIND, type Trace } from '../trace/trace.ts'
import { FigureTally } from './figures.ts'
import type { UpdateMode } from './policy.ts'
import { Samples } from '../trace/samples.ts'

/** How long things took, in microseconds. */
export interface Costs {
  readonly read: Samples
  readonly won: Samples
  readonly lost: Samples
  /** From what an update knows to its write: the time of `apply`. */
  readonly think: Samples
  /** By how much a timer was late. */
  readonly late: Samples
  /** Waits that were too short for a timer. */
  readonly turn: Samples
  /** A write on average, won or lost. */
  readonly serviceUs: number
}

/** Where a timer begins: below, casUpdate waits a turn of the event loop. */
export const TIMER_US_MIN = 1000

/** Collects durations of the calls of some updates, and counts them. Events are added in the order of their starts. */
export class WindowCosts {
  readonly tally = new FigureTally()
  readonly #trace: Trace
  readonly #wanted: Uint8Array
  /** Of an update: when it last came to know something, and how long it has read since its last write. */
  readonly #knewUs: Float64Array
  readonly #readUs: Float64Array
  readonly #read: number[] = []
  readonly #won: number[] = []
  readonly #lost: number[] = []
  readonly #think: number[] = []
  readonly #late: number[] = []
  readonly #turn: number[] = []
  #combineSigns = 0
  #plainSigns = 0

  /** `ends` are those of the updates. */
  constructor(trace: Trace, ends: Int32Array) {
    const { size } = trace.names
    this.#trace = trace
    this.#wanted = new Uint8Array(size)
    this.#knewUs = new Float64Array(size).fill(Number.NaN)
    this.#readUs = new Float64Array(size)
    for (const end of ends) this.#wanted[trace.columns.op[end] ?? NONE] = 1
  }

  add(event: number): void {
    const { columns } = this.#trace
    const [op = NONE, startUs = 0, endUs = 0] = [columns.op[event], columns.startUs[event], columns.endUs[event]]
    if (this.#wanted[op] !== 1) return
    switch (columns.kind[event] ?? NONE) {
      case KIND.read:
        this.#read.push(endUs - startUs)
        this.#readUs[op] = (this.#readUs[op] ?? 0) + endUs - startUs
        break
      case KIND.cas:
        this.#addWrite(event, op, startUs, endUs)
        break
      case KIND.wait:
        this.#addWait(event, endUs - startUs)
        break
      default:
        return
    }
    this.#knewUs[op] = endUs
  }

  /** How the updates were made: casUpdate never lets a plain loser go on at once, and a combined one nearly always. */
  get mode(): UpdateMode {
    return this.#plainSigns > this.#combineSigns ? 'plain' : 'combine'
  }

  costs(): Costs {
    const [won, lost] = [new Samples(this.#won), new Samples(this.#lost)]
    return {
      won,
      lost: lost.count > 0 ? lost : won,
      read: new Samples(this.#read),
      think: new Samples(this.#think),
      late: new Samples(this.#late),
      turn: new Samples(this.#turn),
      serviceUs: new Samples([...this.#won, ...this.#lost]).mean,
    }
  }

  #addWrite(event: number, op: number, startUs: number, endUs: number): void {
    const { columns } = this.#trace
    const outcome = columns.outcome[event]
    const thinkUs = startUs - (this.#knewUs[op] ?? Number.NaN)
    if (thinkUs >= 0) this.#think.push(thinkUs)
    const updates = this.#trace.foldedOps(event)?.length ?? 1
    if (updates > 1) this.#combineSigns++
    if (outcome !== OUTCOME.won && outcome !== OUTCOME.lost) return
    const isWon = outcome === OUTCOME.won
    const samples = isWon ? this.#won : this.#lost
    samples.push(endUs - startUs)
    this.tally.attempt(isWon, updates, endUs - startUs + (this.#readUs[op] ?? 0))
    this.#readUs[op] = 0
  }

  #addWait(event: number, tookUs: number): void {
    const { columns, names } = this.#trace
    const [lowUs = 0, planUs = 0] = [columns.first[event], columns.third[event]]
    const why = names.text(columns.word[event] ?? NONE)
    if (why === 'yield' || (why === 'conflict' && lowUs === 0)) this.#combineSigns++
    else if (why === 'conflict') this.#plainSigns++
    if (planUs >= TIMER_US_MIN) this.#late.push(Math.max(0, tookUs - planUs))
    else if (planUs > 0) this.#turn.push(tookUs)
  }
}
