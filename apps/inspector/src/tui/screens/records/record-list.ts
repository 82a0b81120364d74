import type { Filesystem } from '@latchless/filesystem'
import type { ListedRow } from '../../../model/listed-row.ts'
import { MatchScan } from '../../../model/match-scan.ts'
import { readRows } from '../../../model/read-rows.ts'
import { parseFilter } from '../../../model/record-filter.ts'
import { RowWindow } from '../../../model/row-window.ts'
import { type Order, oppositeOf } from '../../../model/walk-items.ts'
import type { Key } from '../../../terminal/key.ts'
import { inSight, moved, type Place } from '../../scroll.ts'
import { RowLeap } from './row-leap.ts'
import { hasSameSource, type Listing } from './listing.ts'
import { sortedRows } from './sorted-rows.ts'
import { stoppable } from './stoppable.ts'

/** How near to the last row in memory one has to come for more to be read. */
const READ_AHEAD_ROWS = 120

/** Keys that lead to a row by its number when they have a count. */
const TO_AN_END: ReadonlySet<Key> = new Set(['g', 'G', '<home>', '<end>'])

export interface ListSurroundings {
  readonly store: Filesystem
  run(work: () => Promise<void>): void
  nowMs(): number
  /** Other rows, or another row selected. */
  changed(): void
}

/**
 * The records below a prefix, of which a window or the matches of a filter are in memory, and the one that is selected. The
 * selection is a path, so it stays where it is while rows come and go around it.
 */
export class RecordList {
  readonly prefix: string
  readonly #host: ListSurroundings
  #listing: Listing
  #window: RowWindow
  #scan: MatchScan | undefined
  #reading = new AbortController()
  #leap: RowLeap | undefined
  #isRead = false
  #isOpening = false
  #hasFailed = false
  #place: Place = { at: 0, top: 0 }
  #path: string | undefined
  #sorted: { readonly of: readonly ListedRow[]; readonly rows: readonly ListedRow[] } | undefined

  constructor(host: ListSurroundings, prefix: string, listing: Listing) {
    this.#host = host
    this.prefix = prefix
    this.#listing = listing
    this.#window = this.#newWindow()
  }

  get listing(): Listing {
    return this.#listing
  }

  get scan(): MatchScan | undefined {
    return this.#scan
  }

  get window(): RowWindow {
    return this.#window
  }

  /** The way to a row that one is on. */
  get leap(): RowLeap | undefined {
    return this.#leap?.isOver ? undefined : this.#leap
  }

  /** Whether an error ended the reading before there was anything to show. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Whether the first rows have come. */
  get isRead(): boolean {
    return this.#isRead
  }

  get rows(): readonly ListedRow[] {
    const rows = this.#scan?.rows ?? this.#window.rows
    const { sort, isReversed } = this.#listing
    if (sort === 'path') return rows
    if (this.#sorted?.of !== rows) this.#sorted = { of: rows, rows: sortedRows(rows, sort, isReversed) }
    return this.#sorted.rows
  }

  get place(): Place {
    return this.#place
  }

  get selected(): ListedRow | undefined {
    return this.rows[this.#place.at]
  }

  /**
   * Makes the listing in another way, around the selected row where that can stay.
   *
   * @throws {RangeError} when the filter is none; nothing has changed then.
   */
  change(change: Partial<Listing>): void {
    const next = { ...this.#listing, ...change }
    if (change.filter !== undefined) parseFilter(change.filter, this.#host.nowMs())
    const isReorderedOnly = hasSameSource(this.#listing, next)
    if (next.isTree !== this.#listing.isTree) this.#path = undefined
    this.#listing = next
    this.#sorted = undefined
    if (isReorderedOnly) this.#settle()
    else this.#begin()
  }

  /** Reads the first rows, unless they are there. */
  start(): void {
    if (this.#reading.signal.aborted || !this.#isRead) this.#begin()
  }

  /** Reads anew what is in memory. */
  refresh(): void {
    if (this.#scan || this.#isOpening) this.#begin()
    else this.#read((window) => window.around(this.#path))
  }

  stop(): void {
    this.#reading.abort()
  }

  /** Whether the key is one of movement. */
  move(key: Key, rowsInSight: number, times?: number): boolean {
    const at = moved(key, this.#place.at, this.rows.length, rowsInSight, times)
    if (at === undefined) return false
    this.#leap?.end()
    if (times !== undefined && TO_AN_END.has(key)) {
      this.#toRow(times)
      return true
    }
    this.#stand(at)
    if (!this.#isPaged) return true
    if ((key === 'G' || key === '<end>') && this.#window.behind !== 0) this.#jump((window) => window.toEnd(), 'last')
    else if ((key === 'g' || key === '<home>') && this.#window.before !== 0)
      this.#jump((window) => window.toStart(), 'first')
    else this.#readAround(at)
    return true
  }

  select(at: number): void {
    this.#leap?.end()
    this.#stand(at)
    if (this.#isPaged) this.#readAround(at)
  }

  #stand(at: number): void {
    this.#place = { at, top: this.#place.top }
    this.#path = this.rows[at]?.path
    this.#host.changed()
  }

  /** The rows that are shown in so many lines. */
  visible(rowCount: number): readonly ListedRow[] {
    this.#place = inSight(this.#place, this.rows.length, rowCount)
    return this.rows.slice(this.#place.top, this.#place.top + rowCount)
  }

  /** Puts the newer state of a row at its place, without moving any. */
  replace(row: ListedRow): void {
    this.#window.replace(row)
    this.#scan?.replace(row)
    this.#settle()
  }

  #begin(): void {
    this.stop()
    this.#reading = new AbortController()
    this.#isOpening = true
    this.#hasFailed = false
    if (this.#listing.filter.trim() === '') {
      this.#open(this.#newWindow())
      return
    }
    const filter = parseFilter(this.#listing.filter, this.#host.nowMs())
    const scan = new MatchScan(this.#host.store, this.prefix, { ...this.#options(), depth: 'descendants' }, filter)
    const { signal } = this.#reading
    const paged = () => {
      this.#scan = scan
      this.#isOpening = false
      this.#settle()
    }
    this.#host.run(() => stoppable(signal, () => scan.run(signal, paged)))
  }

  /** What was shown before stays until there is something else to show. */
  #open(window: RowWindow): void {
    const { signal } = this.#reading
    const path = this.#path
    this.#host.run(() =>
      stoppable(signal, async () => {
        await window.around(path).catch(this.#failed)
        if (signal.aborted) return
        this.#window = window
        this.#scan = undefined
        this.#isOpening = false
        this.#settle()
      }),
    )
  }

  readonly #failed = (error: unknown): never => {
    this.#hasFailed = true
    throw error
  }

  #newWindow(): RowWindow {
    const listing = this.#listing
    const order: Order = listing.isReversed && listing.sort === 'path' ? 'descending' : 'ascending'
    const { signal } = this.#reading
    const options = { ...this.#options(), depth: listing.isTree ? 'children' : 'descendants', signal } as const
    return new RowWindow((after, backwards, limit) =>
      readRows(this.#host.store, this.prefix, {
        ...options,
        after,
        limit,
        order: backwards ? oppositeOf(order) : order,
      }),
    )
  }

  #options() {
    const { withDeleted, isReversed, sort } = this.#listing
    const order: Order = isReversed && sort === 'path' ? 'descending' : 'ascending'
    return { deleted: withDeleted, order }
  }

  /** Whether only a part of the rows is in memory, which follows where one stands. */
  get #isPaged(): boolean {
    return !this.#scan && !this.#isOpening && this.#listing.sort === 'path'
  }

  #readAround(at: number): void {
    if (at + READ_AHEAD_ROWS > this.rows.length) this.#read((window) => window.forwards())
    else if (at < READ_AHEAD_ROWS) this.#read((window) => window.backwards())
  }

  /** To the row with a number, counted from 1. */
  #toRow(row: number): void {
    const last = Math.max(0, this.rows.length - 1)
    const at = this.#isPaged ? row - 1 - (this.#window.before ?? Number.POSITIVE_INFINITY) : Math.min(row - 1, last)
    if (at >= 0 && at <= last) {
      this.select(at)
      return
    }
    // What is shown stays meanwhile, and any move ends it.
    const before = this.#window
    const leap = new RowLeap(row, this.#newWindow())
    this.#leap = leap
    const { signal } = this.#reading
    this.#host.run(() =>
      stoppable(signal, async () => {
        const at = await leap.run(signal, () => this.#host.changed())
        if (at === undefined || before !== this.#window) return
        this.#window = leap.window
        this.#place = { at, top: at }
        this.#path = leap.window.rows[at]?.path
        this.#settle()
      }),
    )
  }

  #jump(read: (window: RowWindow) => Promise<void>, to: 'first' | 'last'): void {
    this.#read(async (window) => {
      await read(window)
      if (window !== this.#window) return
      const at = to === 'first' ? 0 : Math.max(0, window.rows.length - 1)
      this.#path = window.rows[at]?.path
      this.#place = { at, top: at }
    })
  }

  #read(read: (window: RowWindow) => Promise<unknown>): void {
    const window = this.#window
    const { signal } = this.#reading
    this.#host.run(() =>
      stoppable(signal, async () => {
        const hasChanged = await read(window)
        if (window === this.#window && hasChanged !== false) this.#settle()
      }),
    )
  }

  // Rows have come or gone: the selected one keeps its place in the window, wherever it is among them now.
  #settle(): void {
    this.#isRead = true
    const { rows } = this
    const found = this.#path === undefined ? -1 : rows.findIndex(({ path }) => path === this.#path)
    const at = found === -1 ? Math.min(this.#place.at, Math.max(0, rows.length - 1)) : found
    this.#place = { at, top: Math.max(0, this.#place.top + at - this.#place.at) }
    this.#path = rows[at]?.path
    this.#host.changed()
  }
}
