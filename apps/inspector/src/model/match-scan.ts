import type { Filesystem } from '@latchless/filesystem'
import { isFiltered, type ListedRow } from './listed-row.ts'
import { readRows } from './read-rows.ts'
import type { RecordFilter } from './record-filter.ts'
import type { WalkOptions } from './walk-items.ts'

/** Matches in memory at the most; the scan stops there. */
export const MATCHES_MAX = 2000
const ROWS_PER_READ = 1000

/** `cut` when it stopped at {@link MATCHES_MAX}, `failed` when at an error. */
export type ScanState = 'scanning' | 'whole' | 'cut' | 'failed'

/** Goes through a listing page by page and keeps what passes a filter. */
export class MatchScan {
  readonly #fs: Filesystem
  readonly #prefix: string
  readonly #options: Omit<WalkOptions, 'limit'>
  readonly #filter: RecordFilter
  #rows: readonly ListedRow[] = []
  #scanned = 0
  #state: ScanState = 'scanning'

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

  get state(): ScanState {
    return this.#state
  }

  /** Calls back after each page, and before it throws what a page threw. */
  async run(signal: AbortSignal, paged: () => void): Promise<void> {
    try {
      await this.#scan(signal, paged)
    } catch (error) {
      if (signal.aborted) throw error
      this.#state = 'failed'
      paged()
      throw error
    }
  }

  /** Puts the newer state of a row at its place. */
  replace(row: ListedRow): void {
    this.#rows = this.#rows.map((old) => (old.path === row.path ? row : old))
  }

  async #scan(signal: AbortSignal, paged: () => void): Promise<void> {
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

  #take(rows: readonly ListedRow[], isLast: boolean): void {
    const matches = rows.filter((row) => isFiltered(row) && this.#filter(row))
    const kept = [...this.#rows, ...matches].slice(0, MATCHES_MAX)
    this.#scanned += rows.length
    if (kept.length === MATCHES_MAX) this.#state = 'cut'
    else if (isLast) this.#state = 'whole'
    if (matches.length > 0) this.#rows = kept
  }
}
