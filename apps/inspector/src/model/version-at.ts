import { type Filesystem, sequenceOf } from '@latchless/filesystem'
import { emptyRow, type ListedRow, rowOfHead } from './listed-row.ts'

const VERSIONS_PER_READ = 20

/**
 * The version of a record that was its head at a time, by the clocks of the writers: the newest that is not younger. So it is
 * as right as those clocks are. The row is `unwritten` when there was none yet, `pruned` when it is not retained any more.
 */
export async function versionAt(fs: Filesystem, path: string, timeMs: number, signal: AbortSignal): Promise<ListedRow> {
  let before: number | undefined
  let oldest = Number.POSITIVE_INFINITY
  for (;;) {
    const { versions, next } = await fs.history(path, { before, limit: VERSIONS_PER_READ, signal })
    const head = versions.find(({ info }) => info.time <= timeMs)
    if (head) return { path, directory: false, ...rowOfHead(head) }
    oldest = Math.min(oldest, ...versions.map(({ info }) => sequenceOf(info.version)))
    if (next === undefined)
      return emptyRow(path, oldest <= 1 || oldest === Number.POSITIVE_INFINITY ? 'unwritten' : 'pruned', false)
    before = next
  }
}
