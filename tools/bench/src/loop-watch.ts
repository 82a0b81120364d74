const TICK_MS = 5

/** The longest time that this process's event loop served no timer. */
export class LoopWatch {
  readonly #timer: NodeJS.Timeout
  #lastMs = performance.now()
  #longestMs = 0

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  reset(): void {
    this.#lastMs = performance.now()
    this.#longestMs = 0
  }

  /** Beyond the distance of the ticks, in milliseconds. A stall that still goes on counts too. */
  get longestMs(): number {
    return Math.max(this.#longestMs, performance.now() - this.#lastMs - TICK_MS, 0)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const nowMs = performance.now()
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs - TICK_MS)
    this.#lastMs = nowMs
  }
}
