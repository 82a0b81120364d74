import { parseInstant } from '../../../model/instant.ts'
import { parsePrefix } from '../../../model/path-argument.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import { parseFilter } from '../../../model/record-filter.ts'
import { remove } from '../../../model/remove.ts'
import { shellWord } from '../../../model/shell-word.ts'
import type { Action } from '../../action.ts'
import { type Frame, partOf, TWO_PANES_COLUMNS } from '../../frame.ts'
import type { Destination, Host, Screen } from '../../screen.ts'
import { MOVEMENT_KEYS } from '../../scroll.ts'
import { AsOf } from './as-of.ts'
import { countRecords } from './count-records.ts'
import { completedFilter } from './filter-completion.ts'
import { LatestWork } from './latest-work.ts'
import { type ListControls, listActions } from './record-actions.ts'
import { type Listing, RecordList } from './record-list.ts'
import { RecordPreview } from './record-preview.ts'
import { LiveRows } from './live-rows.ts'
import { listFacts, rowStatus } from './records-facts.ts'
import { listLines } from './records-view.ts'
import { type RowControls, rowActions } from './row-actions.ts'
import { stoppable } from './stoppable.ts'
import { twoPanes } from './two-panes.ts'

/** Rows around the selected one that can be in sight in the largest frame. */
const SIGHT_ROWS = 60
const DEFAULT_LISTING: Listing = { isTree: false, withDeleted: false, sort: 'path', isReversed: false, filter: '' }

/** Browses the records below a prefix, with the value of the selected one beside them. */
export class RecordsScreen implements Screen, ListControls, RowControls {
  readonly host: Host
  readonly list: RecordList
  readonly preview: RecordPreview
  readonly marked = new Set<string>()
  readonly #filters: string[] = []
  readonly #lookUps: LatestWork
  readonly #live: LiveRows
  #asOf: AsOf | undefined
  #focus: 'list' | 'value' = 'list'
  #isWide = true
  #rowsInSight = 1
  #stopping = new AbortController()
  #counting = new AbortController()
  #count: { readonly count: number; readonly isWhole: boolean } | undefined

  constructor(host: Host, { prefix, tree = false }: Extract<Destination, { to: 'records' }>) {
    this.host = host
    const surroundings = {
      store: host.store,
      nowMs: () => host.nowMs(),
      run: (work: () => Promise<void>) => host.run(work),
      changed: () => this.#moved(),
    }
    this.preview = new RecordPreview({ ...surroundings, changed: () => host.changed() })
    this.list = new RecordList(surroundings, parsePrefix(prefix), { ...DEFAULT_LISTING, isTree: tree })
    this.#lookUps = new LatestWork(surroundings.run)
    this.#live = new LiveRows(host, this.list, (row) => this.#renewed(row))
  }

  get crumbs(): readonly string[] {
    return this.list.prefix === '/' ? ['records'] : ['records', this.list.prefix]
  }

  get facts(): string {
    return listFacts(this.list, this.marked.size, this.#live.isOn ? this.#live : undefined, this.#count, this.isPast)
  }

  get status(): string {
    // What is counted are records; the rows of a tree are directories too.
    const isOfRows = this.#count?.isWhole && !this.list.listing.isTree
    return rowStatus(this.list, isOfRows ? this.#count?.count : undefined)
  }

  get command(): string {
    const { isTree, withDeleted, filter } = this.list.listing
    return [
      `ls ${shellWord(this.list.prefix)} --long`,
      ...(isTree ? ['--depth children'] : []),
      ...(withDeleted ? ['--deleted'] : []),
      ...(filter.trim() === '' ? [] : [`--filter ${shellWord(filter.trim())}`]),
    ].join(' ')
  }

  get isFocusedOnValue(): boolean {
    return this.#focus === 'value'
  }

  get isPast(): boolean {
    return this.#asOf !== undefined
  }

  /** The selected row, as it was at the time one looks at. */
  get row(): ListedRow | undefined {
    const row = this.list.selected
    return row && (this.#asOf?.row(row) ?? row)
  }

  get isWatching(): boolean {
    return this.#live.isOn
  }

  get cannotWatch(): string | undefined {
    return this.#lacks('watch') ? 'this store cannot tell of changes' : undefined
  }

  get cannotGoBack(): string | undefined {
    return this.#lacks('history') ? 'this store keeps no versions' : undefined
  }

  actions(): readonly Action[] {
    return [
      ...rowActions(this),
      ...listActions(this),
      ...this.preview.view.actions(),
      { name: 'move', keys: MOVEMENT_KEYS, hint: 'move', run: (key) => this.#move(key) },
      ...this.#closing(),
    ]
  }

  view(frame: Frame): readonly string[] {
    this.#isWide = frame.columns >= TWO_PANES_COLUMNS && !frame.spoken
    const isList = this.#focus === 'list'
    const pane = { list: this.list, asOf: this.#asOf, marked: this.marked, isFocused: isList }
    this.#rowsInSight = Math.max(1, frame.rows - 2)
    const value = (part: Frame) => this.preview.view.view(part, !isList, this.preview.note)
    if (!this.#isWide) return isList ? listLines(frame, pane) : value(frame)
    const left = Math.floor(frame.columns * 0.6)
    const [list, preview] = [partOf(frame, left, frame.rows), partOf(frame, frame.columns - left - 1, frame.rows)]
    return twoPanes(frame, listLines(list, pane), value(preview), left)
  }

  show(): void {
    this.#stopping = new AbortController()
    this.list.start()
    this.#live.resume()
    this.#moved()
  }

  hide(): void {
    this.list.stop()
    this.#live.pause()
    this.#stopping.abort()
    if (!this.#count?.isWhole) this.#forgetCount()
    this.#lookUps.cancel()
  }

  change(listing: Partial<Listing>): void {
    this.#forgetCount()
    this.list.change(listing)
  }

  askFilter(): void {
    const before = this.list.listing.filter
    this.host.ask({
      label: '/',
      initial: before,
      earlier: this.#filters,
      changed: (filter) => this.change({ filter }),
      completions: completedFilter,
      answer: (filter) => {
        parseFilter(filter, this.host.nowMs())
        if (filter.trim() !== '') this.#filters.push(filter)
      },
      cancelled: () => this.change({ filter: before }),
    })
  }

  toggleWatch(): void {
    if (this.#live.isOn) this.#live.stop()
    else this.#live.start()
  }

  refresh(): void {
    this.#live.forget()
    this.preview.forget()
    this.list.refresh()
  }

  count(): void {
    this.#forgetCount()
    const { signal } = this.#counting
    const { prefix, listing } = this.list
    const counted = (count: number, isWhole: boolean) => {
      this.#count = { count, isWhole }
      this.host.changed()
    }
    const work = () => countRecords(this.host.store, prefix, listing.withDeleted, signal, counted)
    this.host.run(() => stoppable(signal, work))
  }

  askTime(): void {
    this.host.ask({ label: 'as of', answer: (time) => this.goTo(time) })
  }

  goTo(time: string): void {
    const timeMs = time.trim() === 'now' ? undefined : parseInstant(time.trim(), this.host.nowMs())
    this.#asOf = timeMs === undefined ? undefined : new AsOf(this.host.store, timeMs)
    // What was deleted since was still there.
    if (timeMs !== undefined && !this.list.listing.withDeleted) this.change({ withDeleted: true })
    this.preview.forget()
    this.#moved()
  }

  openDirectory(path: string): void {
    this.host.open({ to: 'records', prefix: path, tree: true })
  }

  turnFocus(): void {
    this.#focus = this.#focus === 'list' ? 'value' : 'list'
    this.#moved()
  }

  delete(row: ListedRow): void {
    const { path, token, version } = row
    if (token === undefined) return
    this.host.confirm({
      title: `Delete ${path}`,
      word: path,
      lines: [
        ` Its version v${version} gets a tombstone on top, if it is still the newest. Versions that the store keeps stay.`,
      ],
      act: async () => {
        await remove(this.host.store, path, token, undefined)
        this.host.say(`deleted ${path}`)
        await this.#live.renew(path)
      },
    })
  }

  #move(key: string): void {
    if (this.#focus === 'value') this.preview.view.move(key)
    else this.list.move(key, this.#rowsInSight)
  }

  #forgetCount(): void {
    this.#counting.abort()
    this.#counting = new AbortController()
    this.#count = undefined
  }

  #closing(): readonly Action[] {
    if (this.#focus === 'value')
      return [{ name: 'go back to the list', keys: ['<escape>'], run: () => this.turnFocus() }]
    if (this.list.listing.filter === '') return []
    return [{ name: 'clear the filter', keys: ['<escape>'], run: () => this.change({ filter: '' }) }]
  }

  /** Another row is selected, or other rows are in sight. */
  #moved(): void {
    const asOf = this.#asOf
    if (asOf) this.#lookUps.ask(() => this.#lookUp(asOf))
    if (this.#isWide || this.#focus === 'value') this.preview.show(this.row, asOf !== undefined)
    this.#live.seen(this.#sight())
    this.host.changed()
  }

  async #lookUp(asOf: AsOf): Promise<void> {
    const { signal } = this.#stopping
    const found = () => {
      if (asOf === this.#asOf) this.preview.show(this.row, true)
      this.host.changed()
    }
    await stoppable(signal, () => asOf.lookUp(this.#sight(), signal, found))
  }

  #sight(): readonly ListedRow[] {
    const { at, top } = this.list.place
    const first = Math.min(top, at)
    return this.list.rows.slice(first, Math.max(first, at) + SIGHT_ROWS)
  }

  #renewed(row: ListedRow): void {
    this.list.replace(row)
    if (this.row?.path === row.path) this.preview.show(this.row, this.isPast)
  }

  #lacks(what: 'watch' | 'history'): boolean {
    return !this.host.store.capabilities(this.list.prefix)[what]
  }
}
