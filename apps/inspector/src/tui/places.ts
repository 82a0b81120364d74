import { type Destination, type Screen, type Tab, TABS } from './screen.ts'

export interface Visit {
  readonly tab: Tab
  readonly screen: Screen
}

const KEPT_MAX = 100

/**
 * Where one was, as a browser keeps it. A screen keeps its own state, so going back shows it as it was left. The screen that is
 * left is hidden, the one that is reached is shown.
 */
export class Places {
  readonly #make: (destination: Destination) => Screen
  readonly #arrived: () => void
  readonly #visits: Visit[] = []
  #at = -1

  constructor(make: (destination: Destination) => Screen, arrived: () => void) {
    this.#make = make
    this.#arrived = arrived
  }

  get current(): Visit | undefined {
    return this.#visits[this.#at]
  }

  open(destination: Destination): void {
    this.#go({ tab: destination.to, screen: this.#make(destination) })
  }

  /** Back or forward, where there is somewhere to go. */
  step(by: -1 | 1): void {
    if (this.#visits[this.#at + by]) this.#arrive(this.#at + by, this.current?.screen)
  }

  /** To the screen of a tab where one was last. */
  toTab(tab: Tab): void {
    if (this.current?.tab === tab) return
    const screen = this.#lastOf(tab)
    if (screen) this.#go({ tab, screen })
    else this.open({ to: tab })
  }

  /** To the tab so many places further. */
  turn(by: 1 | -1): void {
    const at = TABS.indexOf(this.current?.tab ?? 'records')
    this.toTab(TABS[(at + by + TABS.length) % TABS.length] ?? 'records')
  }

  #lastOf(tab: Tab): Screen | undefined {
    const before = this.#visits.slice(0, this.#at + 1).findLast((visit) => visit.tab === tab)
    return (before ?? this.#visits.findLast((visit) => visit.tab === tab))?.screen
  }

  #go(visit: Visit): void {
    const left = this.current?.screen
    this.#visits.splice(this.#at + 1, Number.POSITIVE_INFINITY, visit)
    if (this.#visits.length > KEPT_MAX) this.#visits.shift()
    this.#arrive(this.#visits.length - 1, left)
  }

  #arrive(at: number, left: Screen | undefined): void {
    this.#at = at
    left?.hide?.()
    this.current?.screen.show?.()
    this.#arrived()
  }
}
