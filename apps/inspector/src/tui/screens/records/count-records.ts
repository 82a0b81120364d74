import type { Filesystem } from '@latchless/filesystem'
import { readRows } from '../../../model/read-rows.ts'

const ROWS_PER_READ = 1000

/** Counts what is below a prefix, page by page. Calls back after each; stops when the signal fires. */
export async function countRecords(
  fs: Filesystem,
  prefix: string,
  deleted: boolean,
  signal: AbortSignal,
  counted: (count: number, isWhole: boolean) => void,
): Promise<void> {
  let count = 0
  let after: string | undefined
  for (;;) {
    const options = { depth: 'descendants', deleted, after, limit: ROWS_PER_READ, signal } as const
    const { rows, isLast } = await readRows(fs, prefix, options)
    if (signal.aborted) return
    count += rows.length
    after = rows.at(-1)?.path
    counted(count, isLast)
    if (isLast) return
  }
}
