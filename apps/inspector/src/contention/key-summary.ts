import type { Second } from './second.ts'
import { addTally, emptyTally, type Tally } from './tally.ts'

export interface KeyTotal {
  readonly key: string
  readonly tally: Tally
  /** So many events of this key may be missing from its tally; 0 where every key could be counted. */
  readonly error: number
}

/** One key in a window of time. */
export interface KeySummary extends KeyTotal {
  readonly writers: number
  readonly processes: number
  /** Who wrote it last. */
  readonly winner: string | undefined
  readonly trend: readonly number[]
}

/** Every key of the seconds, in no order. */
export function summarizeKeys(seconds: readonly Second[]): KeyTotal[] {
  // A key that a second does not have may have been seen there as often as the floor of that second says.
  const floors = seconds.reduce((sum, { keys }) => sum + keys.floor, 0)
  const totals = new Map<string, { key: string; tally: Tally; error: number }>()
  for (const { keys } of seconds) {
    for (const [key, { tally, error }] of keys.entries) {
      const total = totals.get(key) ?? { key, tally: emptyTally(), error: floors }
      addTally(total.tally, tally)
      total.error += error - keys.floor
      totals.set(key, total)
    }
  }
  return [...totals.values()]
}
