/**
 * Does what was asked for last. What is asked for while something is being done waits, and is forgotten as soon as something
 * newer is asked for: so a held key asks the store for one thing at a time, and never for more than it can answer.
 */
export class LatestWork {
  readonly #run: (work: () => Promise<void>) => void
  #next: (() => Promise<void>) | undefined
  #isBusy = false

  /** `run` does work in the background. */
  constructor(run: (work: () => Promise<void>) => void) {
    this.#run = run
  }

  ask(work: () => Promise<void>): void {
    this.#next = work
    if (!this.#isBusy) this.#run(() => this.#drain())
  }

  /** Forgets what waits. */
  cancel(): void {
    this.#next = undefined
  }

  async #drain(): Promise<void> {
    this.#isBusy = true
    try {
      while (this.#next) {
        const work = this.#next
        this.#next = undefined
        await work()
      }
    } finally {
      this.#isBusy = false
    }
  }
}
