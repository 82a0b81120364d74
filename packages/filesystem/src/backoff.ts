import type { Runtime } from './runtime.ts'

/** First wait in milliseconds; it doubles with each lost attempt. */
const BASE_MS = 2
/** Where the doubling stops, in milliseconds. */
const CEILING_MS = 50

export interface Wait {
  readonly lowMs: number
  readonly highMs: number
  readonly planMs: number
}

/**
 * How long the plain mode waits after its nth failure in a row (n from 1): a base of 2 ms doubling to 50 ms, plus a uniform
 * part of up to the base. Never less than the base: full jitter lets a loser come back at once and was measured worse.
 */
export function planWait(failures: number, runtime: Runtime): Wait {
  const lowMs = Math.min(CEILING_MS, BASE_MS * 2 ** (failures - 1))
  return { lowMs, highMs: 2 * lowMs, planMs: lowMs + runtime.random() * lowMs }
}
