import type { EndRow } from '../output/rows.ts'

export interface WatchTimes {
  readonly for?: number
  readonly idleTimeout?: number
  readonly heartbeat?: number
}

/** What ends a watch, and what shows that a quiet one still lives. */
export class WatchTimers implements Disposable {
  readonly #times: WatchTimes
  readonly #beat: () => Promise<void>
  readonly #ending = new AbortController()
  readonly #whole: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #quiet: NodeJS.Timeout | undefined
  #reason: EndRow['reason'] | undefined
  #failure: unknown

  constructor(times: WatchTimes, beat: () => Promise<void>) {
    this.#times = times
    this.#beat = beat
    if (times.for !== undefined) this.#whole = setTimeout(() => this.end('for'), times.for)
    this.heard()
  }

  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Why it ended, once it has. */
  get reason(): EndRow['reason'] | undefined {
    return this.#reason
  }

  /** Something changed, so the quiet begins anew. */
  heard(): void {
    clearTimeout(this.#idle)
    clearInterval(this.#quiet)
    const { idleTimeout, heartbeat } = this.#times
    if (idleTimeout !== undefined) this.#idle = setTimeout(() => this.end('idle-timeout'), idleTimeout)
    if (heartbeat !== undefined) {
      this.#quiet = setInterval(() => {
        this.#beat().catch((error: unknown) => {
          this.#failure ??= error
          this.#ending.abort()
        })
      }, heartbeat)
    }
  }

  end(reason: EndRow['reason']): void {
    this.#reason ??= reason
    this.#ending.abort()
  }

  /** @throws what a sign of life met, such as a reader that went away. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#whole)
    clearTimeout(this.#idle)
    clearInterval(this.#quiet)
  }
}
