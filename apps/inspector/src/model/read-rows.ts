import type { Filesystem } from '@latchless/filesystem'
import { damagedRow, type ListedRow, listedRow } from './listed-row.ts'
import { walkItems, type WalkOptions } from './walk-items.ts'

/** Rows that follow each other. */
export interface ReadRows {
  readonly rows: readonly ListedRow[]
  /** There is nothing behind them. */
  readonly isLast: boolean
}

/** Some rows of a listing, damaged records among them at their place. */
export async function readRows(
  fs: Filesystem,
  prefix: string,
  options: WalkOptions & { readonly limit: number },
): Promise<ReadRows> {
  const rows: ListedRow[] = []
  let items = 0
  const walk = walkItems(fs, prefix, { pageItems: options.limit, ...options }, async ({ path, message }) => {
    // What is damaged below a directory is found there.
    if (path !== undefined && !rows.some((row) => path === row.path || path.startsWith(`${row.path}/`))) {
      rows.push(damagedRow(path, message))
    }
  })
  for await (const item of walk) {
    items++
    rows.push(listedRow(item))
  }
  return { rows, isLast: items < options.limit }
}
