import type { Filesystem } from '@latchless/filesystem'
import { mayHaveCells, READS_AT_ONCE, readListCells } from '../kinds/read-list-cells.ts'
import type { DirectoryRow, RecordRow } from '../output/rows.ts'

/** The rows with what each record is about, for which the bodies of those of a known kind are read. */
export async function withColumns(
  fs: Filesystem,
  rows: readonly (RecordRow | DirectoryRow)[],
  nowMs: number,
): Promise<(RecordRow | DirectoryRow)[]> {
  const done: (RecordRow | DirectoryRow)[] = []
  while (done.length < rows.length) {
    const some = rows.slice(done.length, done.length + READS_AT_ONCE)
    done.push(...(await Promise.all(some.map((row) => withOwnColumns(fs, row, nowMs)))))
  }
  return done
}

async function withOwnColumns(
  fs: Filesystem,
  row: RecordRow | DirectoryRow,
  nowMs: number,
): Promise<RecordRow | DirectoryRow> {
  if (row.type === 'directory') return row
  const cells = mayHaveCells(row) ? await readListCells(fs, row) : undefined
  return { ...row, columns: [...(cells?.({ nowMs }) ?? [])] }
}
