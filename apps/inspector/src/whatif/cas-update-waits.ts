import type { Backoff, UpdateMode } from './policy.ts'

// The rules by which casUpdate waits, which its package keeps to itself. A test holds them against waits that it records.

const PLAIN_BASE_US = 2000
const PLAIN_CEILING_US = 50_000

const COMBINED_WAIT_US_MAX = 50_000
const LOSSES_AT_ONCE = 64
const URGENT_US = 250_000

/** Wins after a conflict during which a combined writer leaves room to others. */
export const YIELDING_WINS = 4
/** Updates that one write carries at the most. */
export const BATCH_MAX = 256

/** For how long one waits at least and at most, in microseconds. */
export type WaitRange = readonly [lowUs: number, highUs: number]

/** When to wait, and for how long. */
export interface Waits {
  /** After the nth loss in a row, n from 1. */
  readonly afterLoss: (losses: number) => WaitRange
  /** After a win of who has lately lost. */
  readonly afterWin: () => WaitRange
  /** From this age on an update waits for nobody. */
  readonly urgentUs: number
}

/** `serviceUs` is how long a write takes on average. */
export function casUpdateWaits(mode: UpdateMode, serviceUs: number): Waits {
  if (mode === 'plain') {
    return {
      afterLoss: (losses) => {
        const lowUs = Math.min(PLAIN_CEILING_US, PLAIN_BASE_US * 2 ** (losses - 1))
        return [lowUs, 2 * lowUs]
      },
      afterWin: () => [0, 0],
      urgentUs: Number.POSITIVE_INFINITY,
    }
  }
  const yieldUs = Math.min(COMBINED_WAIT_US_MAX, serviceUs)
  return {
    afterLoss: (losses) => [
      0,
      Math.min(COMBINED_WAIT_US_MAX, serviceUs * Math.min(Math.max(0, losses - LOSSES_AT_ONCE), 8)),
    ],
    afterWin: () => [yieldUs, 3 * yieldUs],
    urgentUs: URGENT_US,
  }
}

/** Exponential, with full jitter. Winners go on at once. */
export function backoffWaits({ baseUs, capUs }: Backoff): Waits {
  return {
    afterLoss: (losses) => [0, Math.min(capUs, baseUs * 2 ** (losses - 1))],
    afterWin: () => [0, 0],
    urgentUs: Number.POSITIVE_INFINITY,
  }
}
