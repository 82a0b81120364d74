import type { Lane } from '../filesystem.ts'
import type { PendingUpdate } from './pending-update.ts'

/** Updates that wait for one path, in the order of their arrival. */
export class UpdateQueue {
  #waiting: PendingUpdate[] = []
  /** Those before this place were taken. Moved up instead of shifting, which would cost the length of the queue. */
  #head = 0

  get length(): number {
    return this.#waiting.length - this.#head
  }

  get isEmpty(): boolean {
    return this.length === 0
  }

  get first(): PendingUpdate | undefined {
    return this.#waiting[this.#head]
  }

  /** The lane in which they are to be served: one that is critical makes it so for all. */
  get lane(): Lane {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      if (this.#waiting[at]?.options.lane === 'critical') return 'critical'
    }
    return 'normal'
  }

  /** Tells those that wait why. */
  noteFailure(error: unknown): void {
    for (const { progress } of this.#waiting) progress.lastFailure = error
  }

  push(update: PendingUpdate): void {
    this.#waiting.push(update)
  }

  /** Puts back, in front, what was taken and is not done. */
  giveBack(updates: readonly PendingUpdate[]): void {
    if (updates.length === 0) return
    this.#waiting = [...updates, ...this.#waiting.slice(this.#head)]
    this.#head = 0
  }

  /** Up to `max` updates of one codec. Those that have ended meanwhile are dropped. */
  take(max: number): PendingUpdate[] {
    const taken: PendingUpdate[] = []
    while (taken.length < max) {
      const next = this.#waiting[this.#head]
      if (!next || (taken[0] && next.codec !== taken[0].codec)) break
      this.#head++
      if (!next.isSettled) taken.push(next)
    }
    if (this.#head === this.#waiting.length) {
      this.#waiting = []
      this.#head = 0
    }
    return taken
  }
}
