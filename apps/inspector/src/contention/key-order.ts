import { comparePaths } from '@latchless/filesystem'
import type { KeyTotal } from './key-summary.ts'
import { lossRateOf, writesOf } from './tally.ts'

/** What the table of keys can be sorted by, in the order in which a key press goes through them. */
export const KEY_COLUMNS = ['lost', 'rate', 'loss', 'writers', 'longest', 'wasted', 'key'] as const
export type KeyColumn = (typeof KEY_COLUMNS)[number]

export interface KeyOrder {
  readonly column: KeyColumn
  readonly isReversed: boolean
}

/** Largest first, or paths from the first on; equal ones by rate, then by path, so that they keep their places. */
export function orderKeys(keys: readonly KeyTotal[], order: KeyOrder, writersOf: (key: string) => number): KeyTotal[] {
  const valueOf = (total: KeyTotal) => valueIn(order.column, total, writersOf)
  const values = new Map(keys.map((total) => [total, valueOf(total)]))
  const direction = order.isReversed ? -1 : 1
  return keys.toSorted((a, b) => {
    const byColumn = (values.get(b) ?? 0) - (values.get(a) ?? 0)
    if (byColumn !== 0) return direction * byColumn
    const byPath = comparePaths(a.key, b.key)
    if (order.column === 'key') return direction * byPath
    return writesOf(b.tally) - writesOf(a.tally) || byPath
  })
}

function valueIn(column: KeyColumn, { key, tally }: KeyTotal, writersOf: (key: string) => number): number {
  switch (column) {
    case 'lost':
      return tally.lost
    case 'rate':
      return writesOf(tally)
    case 'loss':
      return lossRateOf(tally) ?? -1
    case 'writers':
      return writersOf(key)
    case 'longest':
      return tally.longestMs
    case 'wasted':
      return tally.wastedMs
    case 'key':
      return 0
  }
}
