import type { Screen, Tab } from './screen.ts'

export interface Visit {
  readonly tab: Tab
  readonly screen: Screen
}

const KEPT_MAX = 100

/** Where one was, as a browser keeps it. A screen keeps its own state, so going back shows it as it was left. */
export class Places {
  readonly #visits: Visit[] = []
  #at = -1

  get current(): Visit | undefined {
    return this.#visits[this.#at]
  }

  /** The screen of a tab where one was last. */
  lastOf(tab: Tab): Screen | undefined {
    const before = this.#visits.slice(0, this.#at + 1).findLast((visit) => visit.tab === tab)
    return (before ?? this.#visits.findLast((visit) => visit.tab === tab))?.screen
  }

  go(visit: Visit): void {
    this.#visits.splice(this.#at + 1, Number.POSITIVE_INFINITY, visit)
    if (this.#visits.length > KEPT_MAX) this.#visits.shift()
    this.#at = this.#visits.length - 1
  }

  /** Whether there was somewhere to go. */
  step(by: -1 | 1): boolean {
    if (!this.#visits[this.#at + by]) return false
    this.#at += by
    return true
  }
}
