import { countText } from '../../../model/measures.ts'
import { shellWord } from '../../../model/shell-word.ts'
import { VersionBodies } from '../../../model/version-bodies.ts'
import type { VersionEntry } from '../../../model/version-entries.ts'
import { cut } from '../../../terminal/cells.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Action } from '../../action.ts'
import { asOfAction } from '../../as-of-action.ts'
import { asOfLines } from '../../as-of-lines.ts'
import { clickedRow } from '../../clicked-row.ts'
import { type Frame, partOf, TWO_PANES_COLUMNS } from '../../frame.ts'
import { moveAction } from '../../move-action.ts'
import type { Destination, Host, Screen } from '../../screen.ts'
import { LatestWork } from '../records/latest-work.ts'
import { RecordPreview } from '../records/record-preview.ts'
import { leftColumns, twoPanes } from '../records/two-panes.ts'
import { copyValue } from '../records/value/copy-value.ts'
import { ComparisonPane } from './comparison-pane.ts'
import { type ComparisonControls, comparisonActions } from './comparison-actions.ts'
import { timelineLine } from './history-summary.ts'
import { PastHead } from './past-head.ts'
import { patchAction } from './patch-action.ts'
import { RevertOffer } from './revert-offer.ts'
import { valueActions, versionActions, type VersionControls } from './version-actions.ts'
import { VersionChanges } from './version-changes.ts'
import { isReadable, VersionList } from './version-list.ts'
import { versionPane } from './version-pane.ts'
import { entryInLine } from './versions-view.ts'

/** From so many rows on, there is a line for the times of the versions. */
const TIMELINE_ROWS = 14
/** The part of the width that the list has. */
const LIST_SHARE = 0.4
/** Rows of the largest frame, before there was one. */
const ROWS_MAX = 60

/** The versions of a record, and what differs between two of them. */
export class HistoryScreen implements Screen, ComparisonControls, VersionControls {
  readonly comparison: ComparisonPane
  readonly host: Host
  readonly path: string
  readonly list: VersionList
  readonly #bodies: VersionBodies
  readonly #changes: VersionChanges
  readonly preview: RecordPreview
  readonly #lookUps: LatestWork
  readonly revert: RevertOffer
  #focus: 'versions' | 'detail' = 'versions'
  #detail: 'comparison' | 'value' = 'comparison'
  #base: number | undefined
  #isSwapped = false
  #hidesSame = false
  #rowsInSight = ROWS_MAX
  #stopping = new AbortController()
  #isWide = true
  readonly #past: PastHead

  constructor(host: Host, { path = '', version }: Extract<Destination, { to: 'history' }>) {
    this.host = host
    this.path = path
    const run = (work: () => Promise<void>) => host.run(work)
    const after = (ms: number, call: () => void) => host.after(ms, call)
    this.#bodies = new VersionBodies(host.store, path)
    this.list = new VersionList({ store: host.store, run, changed: () => this.#moved() }, path, version)
    this.#past = new PastHead(host, path, this.list, version === undefined)
    this.#changes = new VersionChanges(this.#bodies)
    this.#lookUps = new LatestWork(host)
    this.preview = new RecordPreview({
      store: host.store,
      run,
      after,
      nowMs: () => host.nowMs(),
      reveals: () => host.reveals,
      changed: () => host.changed(),
    })
    this.comparison = new ComparisonPane(
      { run, after, changed: () => host.changed(), reveals: () => host.reveals },
      this.#bodies,
    )
    this.revert = new RevertOffer(host, path, this.comparison)
  }

  get crumbs(): readonly string[] {
    return this.path === '' ? ['history'] : [this.path, 'history']
  }

  get facts(): string {
    if (this.path === '') return ''
    const { all, state } = this.list
    const { from, to } = this.#versions() ?? {}
    const compared = to === undefined ? [] : [`${from === undefined ? 'nothing' : `v${from}`} to v${to}`]
    const readable = all.filter(isReadable).length
    const count = `${countText(readable)}${state === 'whole' ? '' : '+'} ${readable === 1 ? 'version' : 'versions'}`
    return [...compared, ...(all.length === 0 ? [] : [count]), ...(this.#hidesSame ? ['without no-ops'] : [])].join(
      ', ',
    )
  }

  get status(): string {
    const { place, shown } = this.list
    return shown.length === 0 ? '' : `${countText(place.at + 1)}/${countText(shown.length)}`
  }

  get command(): string {
    if (this.path === '') return 'ls'
    const path = shellWord(this.path)
    const { from, to } = this.#versions() ?? {}
    return from === undefined || this.#detail === 'value'
      ? `history ${path}`
      : `diff ${path}@${from} @${to}${this.host.reveals ? ' --reveal' : ''}`
  }

  get isFocusedOnDetail(): boolean {
    return this.#focus === 'detail'
  }

  get isShowingValue(): boolean {
    return this.#detail === 'value'
  }

  actions(): readonly Action[] {
    if (this.#nothing !== undefined) return [asOfAction(this.host, this.#past)]
    return [
      ...versionActions(this),
      ...(this.isShowingValue ? valueActions(this) : []),
      ...comparisonActions(this),
      ...(this.isShowingValue ? [] : [patchAction(this.host, this.path, this.comparison, this.#versions())]),
      asOfAction(this.host, this.#past),
      moveAction((key, times) => this.#move(key, times)),
    ]
  }

  view(frame: Frame): readonly string[] {
    if (this.#nothing !== undefined) return ['', cut(` ${this.#nothing}`, frame.columns, frame.glyphs.ellipsis)]
    const hasTimeline = frame.rows >= TIMELINE_ROWS && !frame.spoken
    const above = asOfLines(frame, this.#past.timeMs, this.#past.words)
    const room = partOf(frame, frame.columns, frame.rows - above.length - (hasTimeline ? 1 : 0))
    this.#isWide = frame.columns >= TWO_PANES_COLUMNS && !frame.spoken
    const below = hasTimeline ? [timelineLine(this.list.all, this.list.selected, frame)] : []
    if (!this.#isWide) {
      const lines = this.#focus === 'versions' ? this.#versionPane(room) : this.#detailPane(room)
      return [...above, ...lines, ...Array.from({ length: Math.max(0, room.rows - lines.length) }, () => ''), ...below]
    }
    const left = leftColumns(frame, LIST_SHARE)
    const versions = this.#versionPane(partOf(room, left, room.rows))
    const detail = this.#detailPane(partOf(room, frame.columns - left - 1, room.rows))
    return [...above, ...twoPanes(room, versions, detail, left), ...below]
  }

  show(): void {
    if (this.#nothing !== undefined) return
    this.#stopping = new AbortController()
    this.list.start()
    this.#past.adopt()
    this.#moved()
  }

  click(cell: Cell, frame: Frame): boolean {
    const wasVersions = this.#focus === 'versions'
    if (this.#paneAt(cell, frame) !== this.#focus) this.turnFocus()
    if (this.#focus !== 'versions') return false
    const line = cell.row - (this.#past.timeMs === undefined ? 0 : 1)
    return clickedRow(this.list, entryInLine(this.list, line, this.#rowsInSight), wasVersions)
  }

  wheel(by: 1 | -1, cell: Cell, frame: Frame): void {
    this.#move(by === 1 ? '<down>' : '<up>', 1, this.#paneAt(cell, frame))
  }

  revealed(): void {
    this.#moved()
  }

  hide(): void {
    this.#stopping.abort()
    this.#past.stop()
    this.#lookUps.cancel()
    // One can have been at the versions of many records.
    this.#bodies.forget()
  }

  setBase(): void {
    const { selected } = this.list
    if (selected?.type !== 'version') return
    this.#base = this.#base === selected.sequence ? undefined : selected.sequence
    this.#isSwapped = false
    this.#moved()
  }

  swap(): void {
    this.#isSwapped = !this.#isSwapped
    this.#moved()
  }

  showComparison(): void {
    this.#detail = 'comparison'
    this.#moved()
  }

  hideSame(): void {
    this.#hidesSame = !this.#hidesSame
    const isSame = (entry: VersionEntry) => isReadable(entry) && this.#changes.of(entry)?.type === 'same'
    this.list.hide(this.#hidesSame ? isSame : () => false)
  }

  ask(label: string, answer: (text: string) => void): void {
    this.host.ask({ label, answer })
  }

  compare(from: number, to: number): void {
    this.#base = from
    this.#isSwapped = false
    this.#detail = 'comparison'
    this.list.goTo(to)
    this.host.changed()
  }

  #paneAt({ column }: Cell, frame: Frame): 'versions' | 'detail' {
    if (!this.#isWide) return this.#focus
    return column < leftColumns(frame, LIST_SHARE) ? 'versions' : 'detail'
  }

  /** Why there are no versions to show. */
  get #nothing(): string | undefined {
    if (this.path === '') return 'No record is chosen: in 1 Records, the enter key lists the versions of one here.'
    return this.host.store.capabilities(this.path).history ? undefined : 'This store keeps no versions of a record.'
  }

  #versionPane(frame: Frame): string[] {
    const { lines, rows } = versionPane(frame, {
      list: this.list,
      base: this.#versions()?.from,
      isFocused: this.#focus === 'versions',
      changeOf: (entry: Extract<VersionEntry, { type: 'version' }>) => this.#changes.of(entry),
    })
    this.#rowsInSight = rows
    return lines
  }

  #detailPane(frame: Frame): readonly string[] {
    const isFocused = this.#focus === 'detail'
    if (!this.isShowingValue) return this.comparison.view(frame, isFocused)
    return this.preview.view.view(frame, isFocused, this.preview.note)
  }

  #move(key: string, times?: number, pane = this.#focus): void {
    if (pane === 'versions') this.list.move(key, this.#rowsInSight, times)
    else if (this.isShowingValue) this.preview.view.move(key, times)
    else this.comparison.move(key, times)
  }

  turnFocus(): void {
    this.#focus = this.#focus === 'versions' ? 'detail' : 'versions'
  }

  showValue(): void {
    this.#detail = 'value'
    this.#moved()
  }

  copyDetail(): void {
    if (this.isShowingValue) copyValue(this.host, this.preview.view, this.#focus === 'detail')
    else this.host.copy(this.comparison.text, 'what differs')
  }

  /** The two that are compared: the one that is selected, and the base or else the one before it. */
  #versions(): { readonly from: number | undefined; readonly to: number } | undefined {
    const { selected } = this.list
    if (selected?.type !== 'version') return undefined
    const base = this.#base === selected.sequence ? undefined : this.#base
    const from = base ?? this.list.before(selected)?.sequence
    // Before the first version there was nothing. Before any other there was something that cannot be compared.
    if (from === undefined && selected.sequence > 1) return undefined
    if (this.#isSwapped && from !== undefined) return { from: selected.sequence, to: from }
    return { from, to: selected.sequence }
  }

  get #whyNothing(): string {
    return this.list.selected && this.list.isAtEnd ? 'the version before it is not retained: b sets another base' : ''
  }

  /** Another version is selected, or others are in sight. */
  #moved(): void {
    if (this.isShowingValue) this.preview.show(this.list.row, true)
    else this.comparison.show(this.#versions(), this.#whyNothing)
    this.#lookUps.ask(() => this.#lookUp())
    this.host.changed()
  }

  async #lookUp(): Promise<void> {
    const { at, top } = this.list.place
    const first = Math.min(at, top)
    const inSight = this.list.shown.slice(first, Math.max(at, first) + this.#rowsInSight).filter(isReadable)
    await this.#changes.lookUp(this.list.pairs(inSight), this.#stopping.signal, () => this.host.changed())
  }
}
