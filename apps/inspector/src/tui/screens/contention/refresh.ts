import type { Host } from '../../screen.ts'

const REFRESH_MS = 1000
const QUIET_MS_MAX = 32_000
/** With very many records a drawing takes long; it rests so many times as long, so that it never takes up a core. */
const REST_FACTOR = 20

/**
 * When to draw anew: at most once a second while something happens. When nothing does, rates still fall as their window moves
 * on, so it is done ever less often, until nothing is left to fall; then no timer is left.
 */
export class Refresh {
  readonly #host: Pick<Host, 'after' | 'nowMs'>
  readonly #draw: () => boolean
  #lastMs = Number.NEGATIVE_INFINITY
  #dueMs = Number.POSITIVE_INFINITY
  #restMs = REFRESH_MS
  #waitMs = REFRESH_MS
  #isOn = false

  /** `draw` says whether there is anything yet that time alone will change. */
  constructor(host: Pick<Host, 'after' | 'nowMs'>, draw: () => boolean) {
    this.#host = host
    this.#draw = draw
  }

  start(): void {
    this.#isOn = true
    this.#lastMs = Number.NEGATIVE_INFINITY
    this.happened()
  }

  stop(): void {
    this.#isOn = false
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  /** Something happened that should be seen. */
  happened(): void {
    this.#waitMs = REFRESH_MS
    this.#plan(Math.max(this.#host.nowMs(), this.#lastMs + this.#restMs))
  }

  #plan(dueMs: number): void {
    if (!this.#isOn || this.#dueMs <= dueMs) return
    this.#dueMs = dueMs
    this.#host.after(Math.max(0, dueMs - this.#host.nowMs()), () => this.#due(dueMs))
  }

  #due(dueMs: number): void {
    // Another one took its place, or it is out of sight.
    if (!this.#isOn || this.#dueMs !== dueMs) return
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#lastMs = this.#host.nowMs()
    const startedMs = performance.now()
    const willChange = this.#draw()
    this.#restMs = Math.max(REFRESH_MS, REST_FACTOR * (performance.now() - startedMs))
    if (!willChange) return
    const waitMs = Math.max(this.#waitMs, this.#restMs)
    this.#waitMs = Math.max(this.#restMs, Math.min(QUIET_MS_MAX, waitMs * 2))
    this.#plan(this.#lastMs + waitMs)
  }
}
