import { setMaxListeners } from 'node:events'
import type { Runtime } from '@latchless/filesystem'
import { systemRuntime } from '@latchless/filesystem'

/** The clock and the timers of one worker. Its wall clock can be set, and all of it stops for good when the worker dies. */
export class WorkerClock implements Runtime {
  readonly #death: AbortSignal
  #offsetMs = 0

  constructor(death: AbortSignal) {
    this.#death = death
    // One listener for each sleeper.
    setMaxListeners(0, death)
  }

  /** Moves the wall clock, forwards or back. */
  jump(ms: number): void {
    this.#offsetMs += ms
  }

  monotonicMs(): number {
    return systemRuntime.monotonicMs()
  }

  wallMs(): number {
    return Math.max(0, systemRuntime.wallMs() + this.#offsetMs)
  }

  random(): number {
    return systemRuntime.random()
  }

  randomHex(bytes: number): string {
    return systemRuntime.randomHex(bytes)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const ends = signal ? AbortSignal.any([signal, this.#death]) : this.#death
    try {
      await systemRuntime.sleep(ms, ends)
    } catch (error) {
      await this.#stayDead()
      throw signal?.aborted ? signal.reason : error
    }
    await this.#stayDead()
  }

  async turn(): Promise<void> {
    await systemRuntime.turn()
    await this.#stayDead()
  }

  /** A dead process does nothing more, not even fail. */
  async #stayDead(): Promise<void> {
    if (this.#death.aborted) await new Promise<never>(() => {})
  }
}
