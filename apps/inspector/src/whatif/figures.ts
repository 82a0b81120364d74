import { jain } from '../trace/jain.ts'
import { Samples } from '../trace/samples.ts'

/** What a window, recorded or modelled, came to. What there is nothing to compute from is null. */
export interface WindowFigures {
  /** Lost of won and lost attempts. */
  readonly lossRate: number | null
  readonly attemptsPerWin: number | null
  /** Updates in a won write: above 1 where writes are combined. */
  readonly updatesPerWrite: number | null
  readonly updatesPerSecond: number | null
  /** Of whole updates, waits included. */
  readonly p50Us: number | null
  readonly p99Us: number | null
  /** Of the time in reads and writes, that of attempts that lost. Waits are in neither. */
  readonly wastedShare: number | null
  /** Jain's index of the writers' speeds: the updates that each made in a second that it spent on updates. */
  readonly fairness: number | null
}

export const FIGURES = [
  'lossRate',
  'attemptsPerWin',
  'updatesPerWrite',
  'updatesPerSecond',
  'p50Us',
  'p99Us',
  'wastedShare',
  'fairness',
] as const satisfies readonly (keyof WindowFigures)[]

/** Adds up what happens, in what was recorded as in the model, so that both mean the same. */
export class FigureTally {
  won = 0
  lost = 0
  ended = 0
  gaveUp = 0
  #carried = 0
  #callUs = 0
  #lostUs = 0
  #firstUs = Number.POSITIVE_INFINITY
  #lastUs = Number.NEGATIVE_INFINITY
  readonly #latencies: number[] = []
  readonly #writers = new Map<number, { updates: number; us: number }>()

  get attempts(): number {
    return this.won + this.lost
  }

  /** One conditional write with so many updates, and what reading and writing took. */
  attempt(isWon: boolean, updates: number, callUs: number): void {
    this.#callUs += callUs
    if (isWon) {
      this.won++
      this.#carried += updates
    } else {
      this.lost++
      this.#lostUs += callUs
    }
  }

  /** One update came to its end. */
  end(writer: number, startUs: number, endUs: number, isDone: boolean): void {
    this.#firstUs = Math.min(this.#firstUs, startUs)
    this.#lastUs = Math.max(this.#lastUs, endUs)
    this.#latencies.push(endUs - startUs)
    const own = this.#writers.get(writer) ?? { updates: 0, us: 0 }
    this.#writers.set(writer, { updates: own.updates + (isDone ? 1 : 0), us: own.us + endUs - startUs })
    if (isDone) this.ended++
    else this.gaveUp++
  }

  figures(): WindowFigures {
    const { won, lost, ended } = this
    const latencies = new Samples(this.#latencies)
    const speeds = Array.from(this.#writers.values(), ({ updates, us }) => updates / Math.max(1, us))
    return {
      lossRate: ratio(lost, won + lost),
      attemptsPerWin: ratio(won + lost, won),
      updatesPerWrite: ratio(this.#carried, won),
      updatesPerSecond: ratio(ended * 1e6, this.#lastUs - this.#firstUs),
      p50Us: latencies.percentile(0.5),
      p99Us: latencies.percentile(0.99),
      wastedShare: ratio(this.#lostUs, this.#callUs),
      fairness: jain(speeds) ?? null,
    }
  }
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null
}
