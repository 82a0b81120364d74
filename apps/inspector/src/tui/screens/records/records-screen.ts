import { parsePrefix } from '../../../model/path-argument.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import { parseFilter } from '../../../model/record-filter.ts'
import { shellWord } from '../../../model/shell-word.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Action } from '../../action.ts'
import { asOfAction, type TimeTraveller } from '../../as-of-action.ts'
import { asOfLines } from '../../as-of-lines.ts'
import { clickedRow } from '../../clicked-row.ts'
import { type Frame, partOf, TWO_PANES_COLUMNS } from '../../frame.ts'
import { moveAction } from '../../move-action.ts'
import type { Destination, Host, Screen } from '../../screen.ts'
import { ColumnChoice } from './column-choice.ts'
import { countRecords } from './count-records.ts'
import { offerDeletion } from './delete-offer.ts'
import { completedFilter } from './filter-completion.ts'
import { PastRows } from './past-rows.ts'
import { type ListControls, listActions } from './record-actions.ts'
import type { Listing } from './listing.ts'
import { RecordList } from './record-list.ts'
import { RecordPreview } from './record-preview.ts'
import { LiveRows } from './live-rows.ts'
import { type Counted, isUnderWay, listFacts, rowStatus } from './records-facts.ts'
import { listLines, rowInLine } from './records-view.ts'
import { type RowControls, rowActions } from './row-actions.ts'
import { RowSummaries } from './row-summaries.ts'
import { stoppable } from './stoppable.ts'
import { leftColumns, twoPanes } from './two-panes.ts'

/** The part of the width that the list has. */
const LIST_SHARE = 0.6
/** Rows around the selected one that can be in sight in the largest frame. */
const SIGHT_ROWS = 60
const DEFAULT_LISTING: Listing = { isTree: false, withDeleted: false, sort: 'path', isReversed: false, filter: '' }

/** Browses the records below a prefix, with the value of the selected one beside them. */
export class RecordsScreen implements Screen, ListControls, RowControls, TimeTraveller {
  readonly host: Host
  readonly list: RecordList
  readonly preview: RecordPreview
  readonly columns: ColumnChoice
  readonly marked = new Set<string>()
  readonly #filters: string[] = []
  readonly #past: PastRows
  readonly #live: LiveRows
  readonly #summaries: RowSummaries
  #focus: 'list' | 'value' = 'list'
  #isWide = true
  #rowsInSight = 1
  #counting = new AbortController()
  #count: Counted | undefined

  constructor(host: Host, { prefix, tree = false }: Extract<Destination, { to: 'records' }>) {
    this.host = host
    const surroundings = {
      store: host.store,
      nowMs: () => host.nowMs(),
      run: (work: () => Promise<void>) => host.run(work),
      after: (ms: number, call: () => void) => host.after(ms, call),
      reveals: () => host.reveals,
      changed: () => this.#moved(),
    }
    this.preview = new RecordPreview({ ...surroundings, changed: () => host.changed() })
    const listing = { ...DEFAULT_LISTING, isTree: tree, withDeleted: host.asOfMs !== undefined }
    this.list = new RecordList(surroundings, parsePrefix(prefix), listing)
    const seen = { inSight: () => this.#sight(), found: () => this.preview.show(this.row, true) }
    this.#past = new PastRows(host, seen)
    this.#live = new LiveRows(host, this.list, (row) => this.#renewed(row))
    this.columns = new ColumnChoice(host)
    this.#summaries = new RowSummaries(host)
  }

  get crumbs(): readonly string[] {
    return this.list.prefix === '/' ? ['records'] : ['records', this.list.prefix]
  }

  get facts(): string {
    return listFacts(this.list, this.marked.size, this.#live.isOn ? this.#live : undefined, this.#count, this.isPast)
  }

  get isUnderWay(): boolean {
    return isUnderWay(this.list, this.#count)
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
    return this.#past.asOf !== undefined
  }

  /** The selected row, as it was at the time one looks at. */
  get row(): ListedRow | undefined {
    const row = this.list.selected
    return row && (this.#past.asOf?.row(row) ?? row)
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
      asOfAction(this.host, this),
      ...this.preview.view.actions(),
      moveAction((key, times) => this.#move(key, times)),
      ...this.#closing(),
    ]
  }

  view(frame: Frame): readonly string[] {
    this.#isWide = frame.columns >= TWO_PANES_COLUMNS && !frame.spoken
    const isList = this.#focus === 'list'
    const listed = { list: this.list, wanted: this.columns.names, summaries: this.#summaries }
    const pane = { ...listed, asOf: this.#past.asOf, marked: this.marked, isFocused: isList }
    const above = asOfLines(frame, this.#past.asOf?.timeMs)
    const room = partOf(frame, frame.columns, frame.rows - above.length)
    this.#rowsInSight = Math.max(1, room.rows - 2)
    const value = (part: Frame) => this.preview.view.view(part, !isList, this.preview.note)
    if (!this.#isWide) return [...above, ...(isList ? listLines(room, pane) : value(room))]
    const left = leftColumns(frame, LIST_SHARE)
    const [list, preview] = [partOf(room, left, room.rows), partOf(room, room.columns - left - 1, room.rows)]
    return [...above, ...twoPanes(room, listLines(list, pane), value(preview), left)]
  }

  click(cell: Cell, frame: Frame): boolean {
    const wasList = this.#focus === 'list'
    if (this.#paneAt(cell, frame) !== this.#focus) this.turnFocus()
    const at = this.#focus === 'list' ? rowInLine(this.list, cell.row - (this.isPast ? 1 : 0)) : undefined
    return clickedRow(this.list, at, wasList)
  }

  wheel(by: 1 | -1, cell: Cell, frame: Frame): void {
    this.#move(by === 1 ? '<down>' : '<up>', 1, this.#paneAt(cell, frame))
  }

  show(): void {
    this.#adopt()
    this.list.start()
    this.#live.resume()
    this.#moved()
  }

  revealed(): void {
    this.#moved()
  }

  hide(): void {
    this.list.stop()
    this.#live.pause()
    this.#past.stop()
    if (!this.#count?.isWhole) this.#forgetCount()
    this.#summaries.stop()
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
    this.#summaries.retry()
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

  travel(timeMs: number | undefined): void {
    this.host.asOfMs = timeMs
    this.#adopt()
  }

  openDirectory(path: string): void {
    this.host.open({ to: 'records', prefix: path, tree: true })
  }

  turnFocus(): void {
    this.#focus = this.#focus === 'list' ? 'value' : 'list'
    this.#moved()
  }

  delete(row: ListedRow): void {
    offerDeletion(this.host, row, () => this.#live.renew(row.path))
  }

  /** The time that is looked at may have been set on another screen. */
  #adopt(): void {
    if (this.cannotGoBack !== undefined || !this.#past.adopt()) return
    // What was deleted since was still there.
    if (this.isPast && !this.list.listing.withDeleted) this.change({ withDeleted: true })
    this.preview.forget()
    this.#moved()
  }

  #paneAt({ column }: Cell, frame: Frame): 'list' | 'value' {
    if (!this.#isWide) return this.#focus
    return column < leftColumns(frame, LIST_SHARE) ? 'list' : 'value'
  }

  #move(key: string, times?: number, pane = this.#focus): void {
    if (pane === 'value') this.preview.view.move(key, times)
    else this.list.move(key, this.#rowsInSight, times)
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
    this.#past.lookUp()
    if (this.#isWide || this.#focus === 'value') this.preview.show(this.row, this.isPast)
    this.#live.seen(this.#sight())
    this.host.changed()
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
