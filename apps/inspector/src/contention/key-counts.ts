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
  /**
   * Every key, below the count that it had when that was last looked at. Made when the first one has to go: then the least is
   * found without a look at all others.
   */
  #byCount: Map<number, string[]> | undefined
  #least = 0
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
    this.#place(key, taken.count)
    return taken.tally
  }

  /** Gives its part of the budget back. */
  forget(): void {
    this.#budget.used -= this.#counts.size
    this.#counts.clear()
    this.#byCount = undefined
  }

  #dropLeast(): number {
    if (this.#counts.size === 0) return this.#floor
    if (!this.#byCount) this.#placeAll()
    for (;;) {
      const key = this.#byCount?.get(this.#least)?.pop()
      if (key === undefined) {
        this.#byCount?.delete(this.#least)
        this.#least++
        continue
      }
      const count = this.#counts.get(key)?.count ?? 0
      if (count > this.#least) {
        this.#place(key, count)
        continue
      }
      this.#counts.delete(key)
      this.#budget.used--
      this.#floor = Math.max(this.#floor, count)
      return this.#floor
    }
  }

  #placeAll(): void {
    this.#byCount = new Map()
    this.#least = Number.POSITIVE_INFINITY
    for (const [key, { count }] of this.#counts) this.#place(key, count)
  }

  #place(key: string, count: number): void {
    if (!this.#byCount) return
    this.#least = Math.min(this.#least, count)
    const those = this.#byCount.get(count)
    if (those) those.push(key)
    else this.#byCount.set(count, [key])
  }
}
