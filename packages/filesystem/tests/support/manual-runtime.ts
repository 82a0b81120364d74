import type { Runtime } from '@latchless/filesystem'
import { systemRuntime } from '@latchless/filesystem'

/** Sleeps of a second and more are deadlines and wait for `expire`; shorter ones pass at once and are recorded. */
export class ManualRuntime implements Runtime {
  readonly sleptMs: number[] = []
  #nowMs = 0
  readonly #deadlines = new Map<() => void, number>()

  get openDeadlines(): number {
    return this.#deadlines.size
  }

  expire(): void {
    for (const [resolve, ms] of this.#deadlines) {
      this.#nowMs += ms
      resolve()
    }
    this.#deadlines.clear()
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
      return
    }
    await new Promise<void>((resolve, reject) => {
      this.#deadlines.set(resolve, ms)
      signal?.addEventListener('abort', () => {
        this.#deadlines.delete(resolve)
        reject(signal.reason as Error)
      })
    })
  }
}
