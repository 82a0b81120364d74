import { type Filesystem, FilesystemError } from '@latchless/filesystem'
import { damagedRow, emptyRow, type ListedRow } from '../../../model/listed-row.ts'
import { versionAt } from '../../../model/version-at.ts'

/** Records that are looked up at once. */
const LOOKUPS_AT_ONCE = 8
/** Answers in memory at the most. */
const KEPT_MAX = 2000

/** What the records in sight were at an earlier time. Only those in sight are looked up, by their histories. */
export class AsOf {
  readonly timeMs: number
  readonly #fs: Filesystem
  readonly #rows = new Map<string, ListedRow>()
  #wanted: readonly ListedRow[] = []

  constructor(fs: Filesystem, timeMs: number) {
    this.#fs = fs
    this.timeMs = timeMs
  }

  /** The row as it was, as far as it is known by now. */
  row(row: ListedRow): ListedRow {
    if (row.state === 'none') return row
    const found = this.#rows.get(row.path)
    return found ? { ...found, directory: row.directory } : emptyRow(row.path, 'unread', row.directory)
  }

  /** Looks up what of these is not known yet, until other rows are wanted. Calls back when something is. */
  async lookUp(rows: readonly ListedRow[], signal: AbortSignal, found: () => void): Promise<void> {
    this.#wanted = rows
    const unknown = rows.filter(({ path, state }) => state !== 'none' && !this.#rows.has(path))
    for (let at = 0; at < unknown.length && this.#wanted === rows && !signal.aborted; at += LOOKUPS_AT_ONCE) {
      const some = unknown.slice(at, at + LOOKUPS_AT_ONCE)
      const answers = await Promise.all(some.map(({ path }) => this.#at(path, signal)))
      for (const row of answers) this.#keep(row)
      found()
    }
  }

  async #at(path: string, signal: AbortSignal): Promise<ListedRow> {
    try {
      return await versionAt(this.#fs, path, this.timeMs, signal)
    } catch (error) {
      if (error instanceof FilesystemError && error.code === 'corrupt') return damagedRow(path, error.message)
      throw error
    }
  }

  #keep(row: ListedRow): void {
    const [oldest] = this.#rows.keys()
    if (this.#rows.size >= KEPT_MAX && oldest !== undefined) this.#rows.delete(oldest)
    this.#rows.set(row.path, row)
  }
}
