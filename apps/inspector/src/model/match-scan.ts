import type { Filesystem } from '@latchless/filesystem'
import { isFiltered, type ListedRow } from './listed-row.ts'
import { readRows } from './read-rows.ts'
import type { RecordFilter } from './record-filter.ts'
import type { WalkOptions } from './walk-items.ts'

/** Matches in memory at the most; the scan stops there. */
export const MATCHES_MAX = 2000
const ROWS_PER_READ = 1000

/** Goes through a listing page by page and keeps what passes a filter. */
export class MatchScan {
  readonly #fs: Filesystem
  readonly #prefix: string
  readonly #options: Omit<WalkOptions, 'limit'>
  readonly #filter: RecordFilter
  #rows: readonly ListedRow[] = []
  #scanned = 0
  #state: 'scanning' | 'whole' | 'cut' = 'scanning'

  constructor(fs: Filesystem, prefix: string, options: Omit<WalkOptions, 'limit'>, filter: RecordFilter) {
    this.#fs = fs
    this.#prefix = prefix
    this.#options = options
    this.#filter = filter
  }

  get rows(): readonly ListedRow[] {
    return this.#rows
  }

  get scanned(): number {
    return this.#scanned
  }

  /** `cut` when it stopped at {@link MATCHES_MAX}. */
  get state(): 'scanning' | 'whole' | 'cut' {
    return this.#state
  }

  /** Calls back after each page. */
  async run(signal: AbortSignal, paged: () => void): Promise<void> {
    let after = this.#options.after
    while (!signal.aborted) {
      // The first page is small, so that something is in sight at once.
      const limit = this.#scanned === 0 ? ROWS_PER_READ / 10 : ROWS_PER_READ
      const { rows, isLast } = await readRows(this.#fs, this.#prefix, { ...this.#options, after, limit, signal })
      if (signal.aborted) return
      this.#take(rows, isLast)
      paged()
      after = rows.at(-1)?.path
      if (this.#state !== 'scanning') return
    }
  }

  /** Puts the newer state of a row at its place. */
  replace(row: ListedRow): void {
    this.#rows = this.#rows.map((old) => (old.path === row.path ? row : old))
  }

  #take(rows: readonly ListedRow[], isLast: boolean): void {
    const matches = rows.filter((row) => isFiltered(row) && this.#filter(row))
    const kept = [...this.#rows, ...matches].slice(0, MATCHES_MAX)
    this.#scanned += rows.length
    if (kept.length === MATCHES_MAX) this.#state = 'cut'
    else if (isLast) this.#state = 'whole'
    if (matches.length > 0) this.#rows = kept
  }
}
