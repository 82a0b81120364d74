import type { Wait } from '../backoff.ts'

/** Updates folded into one version at the most, if the filesystem's own limit is not lower. */
export const BATCH_MAX = 256
/** Updates of one path in one process that may be without an answer. */
export const QUEUE_MAX = 16_384
/** How long updates are folded, and how long batches go on, before others get the event loop, in milliseconds. */
export const SLICE_MS = 5
/** Wins after a conflict during which the winner yields. */
export const YIELDING_WINS = 4
/** From this age on an update waits for nobody, in milliseconds. */
const URGENT_MS = 250
const WAIT_MS_MAX = 50
const STALL_MS_MIN = 100

// The rules of the waits come from comparing retry policies on hot records. `pnpm bench hot-4x4` shows what they do.

/** Losses in a row after which a loser goes on at once. */
const LOSSES_AT_ONCE = 64

/**
 * How long a loser waits after its nth loss in a row (n from 1): not at all, since it has just been told the winner, and who
 * waits comes back with a head that is old. It is the winners that make room. Only where even that is not enough, because very
 * many write, it waits up to a few times the measured duration of an attempt.
 */
export function lossWait(losses: number, serviceMs: number, fraction: number): Wait {
  const highMs = Math.min(WAIT_MS_MAX, serviceMs * Math.min(Math.max(0, losses - LOSSES_AT_ONCE), 8))
  return { lowMs: 0, highMs, planMs: fraction * highMs }
}

/** How long a winner that has seen contention leaves the record to the others: about two attempts. */
export function winnerYield(serviceMs: number, fraction: number): Wait {
  const lowMs = Math.min(WAIT_MS_MAX, serviceMs)
  return { lowMs, highMs: 3 * lowMs, planMs: lowMs + fraction * 2 * lowMs }
}

/** How long one waits after the nth answer in a row (n from 1) that was none: busy, or lost on the way. */
export function busyWait(failures: number, serviceMs: number, fraction: number): Wait {
  const lowMs = Math.min(WAIT_MS_MAX, Math.max(1, serviceMs) * 2 ** Math.min(failures - 1, 10))
  return { lowMs, highMs: 2 * lowMs, planMs: lowMs + fraction * lowMs }
}

/** Stalled attempts that double the limit. Some never end, and must not keep those behind them waiting ever longer. */
const STALLS_DOUBLING = 2

/** When an attempt counts as stalled, so that who waits behind it makes an attempt of its own. Doubles with each stalled one. */
export function stallLimitMs(serviceMs: number, stalled: number): number {
  return Math.max(4 * serviceMs, STALL_MS_MIN) * 2 ** Math.min(stalled, STALLS_DOUBLING)
}

export function isUrgent(ageMs: number): boolean {
  return ageMs > URGENT_MS
}
