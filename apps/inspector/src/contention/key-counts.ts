import { emptyTally, type Tally } from './tally.ts'

/** What is known of one key in one second. */
export interface KeyCount {
  /** How often it was seen, never less than the truth and at most `error` too many. */
  count: number
  error: number
  /** Since it was last taken in: at most `error` events are missing. */
  readonly tally: Tally
}

/** How many keys are counted: by all seconds together exactly, and by a second when that is used up. */
export interface KeyBudget {
  readonly exactMax: number
  readonly topMax: number
  used: number
}

/**
 * Counts how often each key was seen. While the budget lasts that is exact; from then on a key that is new takes the place,
 * and the count, of the one seen least often (Space-Saving: Metwally, Agrawal and El Abbadi, 2005). No key that was seen more
 * often than that can be missing.
 */
export class KeyCounts {
  readonly #budget: KeyBudget
  readonly #counts = new Map<string, KeyCount>()
  /** How often a key that is not here may have been seen. */
  #floor = 0

  constructor(budget: KeyBudget) {
    this.#budget = budget
  }

  get floor(): number {
    return this.#floor
  }

  get entries(): ReadonlyMap<string, KeyCount> {
    return this.#counts
  }

  /** Counts a key and gives its tally, to be added to. */
  seen(key: string): Tally {
    const known = this.#counts.get(key)
    if (known) {
      known.count++
      return known.tally
    }
    const isFull = this.#budget.used >= this.#budget.exactMax && this.#counts.size >= this.#budget.topMax
    const error = isFull ? this.#dropLeast() : this.#floor
    const taken: KeyCount = { count: error + 1, error, tally: emptyTally() }
    this.#counts.set(key, taken)
    this.#budget.used++
    return taken.tally
  }

  /** Gives its part of the budget back. */
  forget(): void {
    this.#budget.used -= this.#counts.size
    this.#counts.clear()
  }

  #dropLeast(): number {
    let least: string | undefined
    let leastCount = Number.POSITIVE_INFINITY
    for (const [key, { count }] of this.#counts) {
      if (count < leastCount) {
        least = key
        leastCount = count
      }
    }
    if (least === undefined) return this.#floor
    this.#counts.delete(least)
    this.#budget.used--
    this.#floor = Math.max(this.#floor, leastCount)
    return this.#floor
  }
}
