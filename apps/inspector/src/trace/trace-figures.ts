import { Histogram } from './histogram.ts'
import { jain } from './jain.ts'

export interface Percentiles {
  readonly p50Us: number
  readonly p90Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

/** Figures of some attempts and updates. What there is nothing to compute from is `null`. */
export interface TraceFigures {
  readonly attempts: number
  readonly won: number
  readonly lost: number
  /** Answers that were lost; and of these, writes that are known to have landed. */
  readonly unknown: number
  readonly unknownLanded: number
  readonly busy: number
  readonly errors: number
  /** Updates that ended, and those of them that did not succeed. */
  readonly updates: number
  readonly gaveUp: number
  /** Updates in the won writes: more than `won` where writes were folded. */
  readonly updatesWon: number
  /** Lost of won and lost. */
  readonly lossRate: number | null
  readonly retriesPerWin: number | null
  /** What the load alone makes one expect, if attempts came independently of each other. */
  readonly expectedLossRate: number | null
  /** Versions by which the head was ahead at a loss, on average. */
  readonly staleness: number | null
  /** Conditional writes alone; and whole updates, with their waits. */
  readonly attemptLatency: Percentiles | null
  readonly updateLatency: Percentiles | null
  /** Reads and writes that lost, and the waits behind them; and their share of all time in updates. */
  readonly wastedUs: number
  readonly wastedShare: number | null
  /** Jain's index over the writers' updates: 1 when all have won as many, 1/n when one has won all. */
  readonly fairness: number | null
  readonly longestLosingStreak: number
  readonly losingWriter: string | null
  /** Wins at the 1st, 2nd, … attempt; the last place holds all later ones. */
  readonly attemptsToWin: readonly number[]
  readonly updatesPerSecond: number | null
}

const ATTEMPTS_TOLD = 8

/** Adds up events, one after the other, into {@link TraceFigures}. */
export class FigureSums {
  won = 0
  lost = 0
  unknown = 0
  unknownLanded = 0
  busy = 0
  errors = 0
  updates = 0
  gaveUp = 0
  wastedUs = 0
  updateUs = 0
  expectedLosses = 0
  behind = 0
  losses = 0
  readonly attemptLatency = new Histogram()
  readonly updateLatency = new Histogram()
  readonly updatesOfWriters = new Map<number, number>()
  readonly #attemptsToWin = Array.from({ length: ATTEMPTS_TOLD }, () => 0)
  readonly #streaks = new Map<number, number>()
  #longestStreak = 0
  #losingWriter: number | undefined

  get attempts(): number {
    return this.won + this.lost + this.unknown + this.busy + this.errors
  }

  addWin(writer: number, attempt: number): void {
    this.won++
    const at = Math.min(Math.max(1, attempt), ATTEMPTS_TOLD) - 1
    this.#attemptsToWin[at] = (this.#attemptsToWin[at] ?? 0) + 1
    this.#streaks.set(writer, 0)
  }

  addLoss(writer: number): void {
    this.lost++
    const streak = (this.#streaks.get(writer) ?? 0) + 1
    this.#streaks.set(writer, streak)
    if (streak <= this.#longestStreak) return
    this.#longestStreak = streak
    this.#losingWriter = writer
  }

  /** `writers` took part, also those of them that won nothing. */
  figures(seconds: number, nameOf: (writer: number) => string): TraceFigures {
    const { attempts, won, lost, unknown, unknownLanded, busy, errors, updates, gaveUp, wastedUs } = this
    const updatesWon = sum(this.updatesOfWriters.values())
    return {
      attempts,
      won,
      lost,
      unknown,
      unknownLanded,
      busy,
      errors,
      updates,
      gaveUp,
      updatesWon,
      lossRate: ratio(lost, won + lost),
      retriesPerWin: ratio(attempts - won, won),
      expectedLossRate: ratio(this.expectedLosses, won + lost),
      staleness: ratio(this.behind, this.losses),
      attemptLatency: percentiles(this.attemptLatency),
      updateLatency: percentiles(this.updateLatency),
      wastedUs,
      wastedShare: ratio(Math.min(wastedUs, this.updateUs), this.updateUs),
      fairness: roundedOrNull(jain([...this.updatesOfWriters.values()])),
      longestLosingStreak: this.#longestStreak,
      losingWriter: this.#losingWriter === undefined ? null : nameOf(this.#losingWriter),
      attemptsToWin: this.#attemptsToWin,
      updatesPerSecond: seconds > 0 ? rounded(updatesWon / seconds) : null,
    }
  }
}

function percentiles(histogram: Histogram): Percentiles | null {
  if (histogram.count === 0) return null
  const at = (share: number): number => histogram.percentile(share) ?? 0
  return { p50Us: at(0.5), p90Us: at(0.9), p99Us: at(0.99), p999Us: at(0.999), maxUs: histogram.max }
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? rounded(part / whole) : null
}

function roundedOrNull(value: number | undefined): number | null {
  return value === undefined ? null : rounded(value)
}

/** To four digits behind the point. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
