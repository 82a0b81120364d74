import type { ListedRow } from './listed-row.ts'
import type { ReadRows } from './read-rows.ts'

/** Reads rows strictly behind a path, or from an end of the listing; `backwards` against the order of the window. */
export type ReadMore = (after: string | undefined, backwards: boolean, limit: number) => Promise<ReadRows>

/** Rows in memory at the most. */
export const WINDOW_ROWS_MAX = 2000
const ROWS_PER_READ = 200
/** On the way to a row far off, of which only the last ones stay. */
const ROWS_PER_LONG_READ = 1000

/**
 * A listing of any length, of which some rows that follow each other are in memory. It grows at both ends and lets go of what
 * is furthest away.
 */
export class RowWindow {
  readonly #read: ReadMore
  #rows: readonly ListedRow[] = []
  /** How many rows lie before and behind those in memory, as far as they were counted in passing. */
  #before: number | undefined = 0
  #behind: number | undefined
  #isReading = false

  constructor(read: ReadMore) {
    this.#read = read
  }

  get rows(): readonly ListedRow[] {
    return this.#rows
  }

  /** The number of the first row in memory, counted from 0. */
  get before(): number | undefined {
    return this.#before
  }

  get behind(): number | undefined {
    return this.#behind
  }

  /** Known once both ends were seen. */
  get total(): number | undefined {
    if (this.#before === undefined || this.#behind === undefined) return undefined
    return this.#before + this.#rows.length + this.#behind
  }

  async toStart(limit: number = ROWS_PER_READ): Promise<void> {
    const { rows, isLast } = await this.#read(undefined, false, limit)
    this.#rows = rows
    this.#before = 0
    this.#behind = isLast ? 0 : undefined
  }

  async toEnd(): Promise<void> {
    const { rows, isLast } = await this.#read(undefined, true, ROWS_PER_READ)
    this.#rows = rows.toReversed()
    this.#before = isLast ? 0 : undefined
    this.#behind = 0
  }

  /**
   * Reads from the first row on, until the one with a number is in memory and some are behind it, or all were read. Resolves
   * with its place among those in memory, or with that of the last one. Calls back after each page.
   */
  async toRow(number: number, ahead: number, signal: AbortSignal, paged: () => void = () => {}): Promise<number> {
    await this.toStart()
    const end = () => (this.#before ?? 0) + this.#rows.length
    while (!signal.aborted && end() <= number + ahead && (await this.forwards(ROWS_PER_LONG_READ))) paged()
    return Math.max(0, Math.min(number - (this.#before ?? 0), this.#rows.length - 1))
  }

  /** Reads anew around a path, or from the start. */
  async around(path: string | undefined): Promise<void> {
    if (path === undefined) return await this.toStart()
    if (this.#before === 0 && this.#rows.some((row) => row.path === path))
      return await this.toStart(Math.max(ROWS_PER_READ, this.#rows.length))
    const before = await this.#read(path, true, ROWS_PER_READ)
    const start = before.rows.at(-1)?.path
    const { rows, isLast } = await this.#read(start, false, 2 * ROWS_PER_READ)
    const [first] = before.rows.slice(-1)
    this.#rows = first ? [first, ...rows] : rows
    this.#before = before.isLast ? 0 : undefined
    this.#behind = isLast ? 0 : undefined
  }

  /** Reads behind the last row in memory, unless that is the last there is. Resolves with whether something came. */
  async forwards(limit: number = ROWS_PER_READ): Promise<boolean> {
    return await this.#grow(this.#behind === 0, this.#rows.at(-1), false, limit)
  }

  /** The same before the first row. */
  async backwards(): Promise<boolean> {
    return await this.#grow(this.#before === 0, this.#rows[0], true, ROWS_PER_READ)
  }

  /** Puts the newer state of a row at its place. */
  replace(row: ListedRow): void {
    this.#rows = this.#rows.map((old) => (old.path === row.path ? { ...row, directory: old.directory } : old))
  }

  async #grow(isAtEnd: boolean, edge: ListedRow | undefined, backwards: boolean, limit: number): Promise<boolean> {
    if (isAtEnd || edge === undefined || this.#isReading) return false
    this.#isReading = true
    try {
      const { rows, isLast } = await this.#read(edge.path, backwards, limit)
      if (backwards) this.#takeBefore(rows.toReversed(), isLast)
      else this.#takeBehind(rows, isLast)
      return true
    } finally {
      this.#isReading = false
    }
  }

  #takeBehind(rows: readonly ListedRow[], isLast: boolean): void {
    const all = [...this.#rows, ...rows]
    const dropped = Math.max(0, all.length - WINDOW_ROWS_MAX)
    this.#rows = all.slice(dropped)
    this.#before = this.#before === undefined ? undefined : this.#before + dropped
    this.#behind = left(this.#behind, rows.length, isLast)
  }

  #takeBefore(rows: readonly ListedRow[], isLast: boolean): void {
    const all = [...rows, ...this.#rows]
    this.#rows = all.slice(0, WINDOW_ROWS_MAX)
    const dropped = all.length - this.#rows.length
    this.#behind = this.#behind === undefined ? undefined : this.#behind + dropped
    this.#before = left(this.#before, rows.length, isLast)
  }
}

// The store may have changed since the rows were counted.
function left(counted: number | undefined, taken: number, isLast: boolean): number | undefined {
  if (isLast) return 0
  return counted === undefined ? undefined : Math.max(1, counted - taken)
}
