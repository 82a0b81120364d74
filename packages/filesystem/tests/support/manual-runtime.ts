import type { Runtime } from '@latchless/filesystem'
import { systemRuntime } from '@latchless/filesystem'

interface Deadline {
  readonly dueMs: number
  readonly resolve: () => void
}

/**
 * A clock that stands still. Sleeps of a second and more are deadlines and wait for `expire`; shorter ones are recorded and pass
 * with the next turn of the event loop.
 */
export class ManualRuntime implements Runtime {
  readonly sleptMs: number[] = []
  #nowMs = 0
  readonly #deadlines = new Set<Deadline>()

  get openDeadlines(): number {
    return this.#deadlines.size
  }

  /** Lets time pass until nobody waits for a deadline any more. */
  async expire(): Promise<void> {
    for (let turnsWithout = 0; turnsWithout < 50; turnsWithout++) {
      await systemRuntime.turn()
      if (this.#deadlines.size === 0) continue
      turnsWithout = 0
      const next = [...this.#deadlines].reduce((a, b) => (a.dueMs <= b.dueMs ? a : b))
      this.#deadlines.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.resolve()
    }
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  random(): number {
    return systemRuntime.random()
  }

  randomHex(bytes: number): string {
    return systemRuntime.randomHex(bytes)
  }

  turn(): Promise<void> {
    return systemRuntime.turn()
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < 1000) {
      this.sleptMs.push(ms)
      this.#nowMs += ms
      await systemRuntime.turn()
      signal?.throwIfAborted()
      return
    }
    await new Promise<void>((resolve, reject) => {
      const deadline = { dueMs: this.#nowMs + ms, resolve }
      this.#deadlines.add(deadline)
      signal?.addEventListener('abort', () => {
        this.#deadlines.delete(deadline)
        reject(signal.reason as Error)
      })
    })
  }
}
