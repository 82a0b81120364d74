import type { ListedRow } from '../../../model/listed-row.ts'
import type { SortKey } from './record-columns.ts'

/** Rows by a column, what has nothing in it last. Rows that are equal there stay in the order they are in. */
export function sortedRows(
  rows: readonly ListedRow[],
  sort: Exclude<SortKey, 'path'>,
  isReversed: boolean,
): readonly ListedRow[] {
  const direction = isReversed ? -1 : 1
  return rows.toSorted((a, b) => {
    const left = VALUES[sort](a)
    const right = VALUES[sort](b)
    if (left === right) return 0
    if (left === undefined) return 1
    if (right === undefined) return -1
    return left < right ? -direction : direction
  })
}

// The largest, the youngest and the most often written first: that is what one sorts for.
const VALUES: Record<Exclude<SortKey, 'path'>, (row: ListedRow) => number | string | undefined> = {
  ver: ({ version }) => (version === null ? undefined : -version),
  age: ({ timeMs }) => (Number.isNaN(timeMs) ? undefined : -timeMs),
  size: ({ state, size }) => (state === 'live' ? -size : undefined),
  writer: ({ writer }) => (writer === '' ? undefined : writer),
  kind: ({ kind }) => kind ?? undefined,
}
