import type { Lane } from '../filesystem.ts'
import type { PendingUpdate } from './pending-update.ts'

/** Updates that wait for one path, in the order of their arrival. Whoever ends one takes it out. */
export class UpdateQueue {
  #waiting = new Set<PendingUpdate>()

  get length(): number {
    return this.#waiting.size
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  get first(): PendingUpdate | undefined {
    return this.#waiting.values().next().value
  }

  /** The lane in which they are to be served: one that is critical makes it so for all. */
  get lane(): Lane {
    for (const { options } of this.#waiting) if (options.lane === 'critical') return 'critical'
    return 'normal'
  }

  /** Tells those that wait why. */
  noteFailure(error: unknown): void {
    for (const { progress } of this.#waiting) progress.lastFailure = error
  }

  push(update: PendingUpdate): void {
    this.#waiting.add(update)
  }

  drop(update: PendingUpdate): void {
    this.#waiting.delete(update)
  }

  /** Puts back, in front, what was taken and has not ended. */
  giveBack(updates: readonly PendingUpdate[]): void {
    const going = updates.filter(({ isSettled }) => !isSettled)
    if (going.length > 0) this.#waiting = new Set([...going, ...this.#waiting])
  }

  /** Up to `max` updates of one codec. */
  take(max: number): PendingUpdate[] {
    const taken: PendingUpdate[] = []
    for (const update of this.#waiting) {
      if (taken.length === max || (taken[0] && update.codec !== taken[0].codec)) break
      taken.push(update)
      this.#waiting.delete(update)
    }
    return taken
  }

  /** Those that were there when something began. */
  takeArrived(asOf: number): PendingUpdate[] {
    const taken = [...this.#waiting].filter(({ arrival }) => arrival <= asOf)
    for (const update of taken) this.#waiting.delete(update)
    return taken
  }
}
