/** For so long, what was shown before stays in sight while something else is awaited. */
const LATE_MS = 200

/** Why there is no answer, and how that is said. */
export type Missing = 'late' | 'failed'
export const MISSING_WORDS: Record<Missing, string> = {
  late: 'reading',
  failed: 'it could not be read: r reads it again',
}

export interface WorkSurroundings {
  run(work: () => Promise<void>): void
  /** Calls back once. */
  after(ms: number, call: () => void): void
}

interface Asked {
  work(): Promise<void>
  missed(why: Missing): void
}

/**
 * Does what was asked for last. What is asked for while something is being done waits, and is forgotten as soon as something
 * newer is asked for: so a held key asks the store for one thing at a time, and never for more than it can answer.
 */
export class LatestWork {
  readonly #host: WorkSurroundings
  #next: Asked | undefined
  /** What was asked for last, until it is done. */
  #awaited: Asked | undefined
  #isBusy = false

  constructor(host: WorkSurroundings) {
    this.#host = host
  }

  /** `missed` is told when the answer is late or does not come: what is shown from before would be taken for it. */
  ask(work: () => Promise<void>, missed?: (why: Missing) => void): void {
    const asked = { work, missed: missed ?? (() => {}) }
    this.#next = asked
    this.#awaited = asked
    if (missed) this.#host.after(LATE_MS, () => this.#miss(asked, 'late'))
    if (!this.#isBusy) this.#host.run(() => this.#drain())
  }

  /** Forgets what waits. */
  cancel(): void {
    this.#next = undefined
    this.#awaited = undefined
  }

  async #drain(): Promise<void> {
    this.#isBusy = true
    try {
      while (this.#next) {
        const asked = this.#next
        this.#next = undefined
        await this.#do(asked)
      }
    } finally {
      this.#isBusy = false
      // One answer that failed is no reason to leave what was asked for after it.
      if (this.#next) this.#host.run(() => this.#drain())
    }
  }

  async #do(asked: Asked): Promise<void> {
    try {
      await asked.work()
    } catch (error) {
      this.#miss(asked, 'failed')
      throw error
    } finally {
      if (this.#awaited === asked) this.#awaited = undefined
    }
  }

  #miss(asked: Asked, why: Missing): void {
    if (this.#awaited === asked) asked.missed(why)
  }
}
