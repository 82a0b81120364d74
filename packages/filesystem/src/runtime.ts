import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

/** Time and randomness, injected so that tests control both. Library code takes them from nowhere else. */
export interface Runtime {
  /** Functions that must be pure are run twice and compared. True for the system when NODE_ENV is `development`. */
  readonly development?: boolean | undefined
  /** Monotonic milliseconds, for durations and deadlines. */
  monotonicMs(): number
  /** Milliseconds since the epoch, for metadata only. */
  wallMs(): number
  /** Uniform in [0, 1). */
  random(): number
  /** Lowercase hex digits of `bytes` random bytes. */
  randomHex(bytes: number): string
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Resolves in the next turn of the event loop, when input and output had theirs. */
  turn(): Promise<void>
}

export const systemRuntime: Runtime = {
  development: process.env['NODE_ENV'] === 'development',
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal ? { signal } : {})
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}
