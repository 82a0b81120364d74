import type { Gate } from './simulated-disk.ts'

/** Stops a process at its nth scheduling point until released. */
export class StallingGate implements Gate {
  readonly stalled: Promise<void>
  #left = Number.POSITIVE_INFINITY
  readonly #stalled = Promise.withResolvers<void>()
  readonly #released = Promise.withResolvers<void>()

  constructor() {
    this.stalled = this.#stalled.promise
  }

  stallAt(nth: number): void {
    this.#left = nth
  }

  release(): void {
    this.#released.resolve()
  }

  async point(): Promise<void> {
    if (--this.#left !== 0) return
    this.#stalled.resolve()
    await this.#released.promise
  }

  shows(): boolean {
    return true
  }
}
