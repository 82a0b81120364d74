/** The record of every engine: a counter, a filler that makes it as large as wanted, and a value to index. */
export interface CounterBody {
  readonly count: number
  readonly filler: string
}

// The digits of a growing counter belong to the filler's share.
const OVERHEAD_BYTES = JSON.stringify({ count: 100_000_000, filler: '' }).length

export function fillerOf(bodyBytes: number): string {
  return 'x'.repeat(Math.max(0, bodyBytes - OVERHEAD_BYTES))
}

export function increment(current: CounterBody | undefined, filler: string): CounterBody {
  return { count: (current?.count ?? 0) + 1, filler }
}
