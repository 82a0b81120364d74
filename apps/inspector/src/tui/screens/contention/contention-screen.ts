import { adviceOf } from '../../../contention/advice.ts'
import { contentionRow } from '../../../contention/contention-row.ts'
import { KEY_COLUMNS, type KeyOrder } from '../../../contention/key-order.ts'
import type { KeySummary } from '../../../contention/key-summary.ts'
import { type ContentionSummary, summarize } from '../../../contention/summary.ts'
import { attemptsOf } from '../../../contention/tally.ts'
import { countText } from '../../../model/measures.ts'
import { jsonLine } from '../../../output/json-text.ts'
import type { Key } from '../../../terminal/key.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Action } from '../../action.ts'
import { clickedRow } from '../../clicked-row.ts'
import type { Frame } from '../../frame.ts'
import type { Destination, Host, Screen } from '../../screen.ts'
import { inSight, moved, type Place } from '../../scroll.ts'
import { contentionActions, type ContentionControls } from './contention-actions.ts'
import { ContentionFeed } from './contention-feed.ts'
import { type ContentionContent, contentionView, keyInLine, keyRows, type Panel, PANELS } from './contention-view.ts'
import { Recording } from './recording.ts'
import { spokenLines } from './spoken-lines.ts'

const WINDOWS_SECONDS = [10, 60, 600] as const

/** Which records are fought over right now, and how: of the whole store, or of one record. */
export class ContentionScreen implements Screen, ContentionControls {
  readonly #host: Host
  readonly #path: string | undefined
  readonly #feed: ContentionFeed
  #recording: Recording | undefined
  #order: KeyOrder = { column: 'lost', isReversed: false }
  #windowSeconds: number = 60
  #filter = ''
  #panel: Panel = 'records'
  #isPaused = false
  #selected: string | undefined
  #place: Place = { at: 0, top: 0 }
  #rows = 1
  /** As of the last refresh; undefined when something else is to be shown. */
  #summary: ContentionSummary | undefined
  #shownAtMs: number

  constructor(host: Host, { path, traces = [] }: Extract<Destination, { to: 'contention' }>) {
    this.#host = host
    this.#path = path
    this.#shownAtMs = host.nowMs()
    for (const trace of traces) host.traces.add(trace)
    this.#feed = new ContentionFeed(host, path, () => this.#redraw())
  }

  // What is seen.

  get crumbs(): readonly string[] {
    return this.#path === undefined ? ['contention'] : ['contention', this.#path]
  }

  get facts(): string {
    const { total, missing, isTraced } = this.#current
    const counted = isTraced ? `${countText(attemptsOf(total))} attempts` : `${countText(total.commits)} commits`
    const facts = [counted]
    if (!isTraced && this.#host.traces.size > 0) facts.push(`no attempts traced in ${this.#current.windowSeconds} s`)
    if (missing > 0) facts.push(`${countText(missing)} missing`)
    if (this.#feed.damaged > 0) facts.push(`${countText(this.#feed.damaged)} damaged lines`)
    if (this.#recording) facts.push(`recording ${countText(this.#recording.commits)}`)
    return facts.join('  ')
  }

  get status(): string {
    const { keys } = this.#current
    const row = keys.length === 0 ? 'no records' : `record ${this.#place.at + 1} of ${countText(keys.length)}`
    return `${this.#isPaused ? 'paused  ' : this.#feed.isLive ? 'live  ' : ''}${this.#windowSeconds}s  ${row}`
  }

  get command(): string {
    const traces = [...this.#host.traces].map((trace) => ` --trace ${quoted(trace)}`).join('')
    return `contention${this.#path === undefined ? '' : ` ${quoted(this.#path)}`}${traces} --for ${this.#windowSeconds}s`
  }

  view(frame: Frame): readonly string[] {
    const summary = this.#current
    this.#rows = keyRows(frame, summary)
    this.#keepSelected(summary)
    this.#place = inSight(this.#place, summary.keys.length, this.#rows)
    if (frame.spoken) return spokenLines(summary, this.selectedKey, frame.columns)
    return contentionView(frame, this.#content, this.#place)
  }

  click({ row }: Cell, frame: Frame): boolean {
    const list = { place: this.#place, select: (at: number) => this.#select(at) }
    return clickedRow(list, keyInLine(frame, this.#content, this.#place, row), true)
  }

  actions(): readonly Action[] {
    return contentionActions(this, this.#host)
  }

  show(): void {
    this.#feed.start()
  }

  hide(): void {
    this.#feed.stop()
    this.#recording?.stop()
  }

  // What keys do.

  get path(): string | undefined {
    return this.#path
  }

  get selectedKey(): string | undefined {
    return this.#selectedSummary?.key
  }

  get json(): string {
    const summary = this.#current
    return jsonLine(contentionRow(this.#path ?? '/', summary, adviceOf(summary), this.#feed.damaged))
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  get isRecording(): boolean {
    return this.#recording !== undefined
  }

  get filter(): string {
    return this.#filter
  }

  move(key: Key, times?: number): void {
    const { keys } = this.#current
    const at = moved(key, this.#place.at, keys.length, this.#rows, times)
    if (at !== undefined) this.#select(at)
  }

  #select(at: number): void {
    this.#place = { ...this.#place, at }
    this.#selected = this.#current.keys[at]?.key
  }

  sortBy(step: 'next' | 'reversed'): void {
    const { column, isReversed } = this.#order
    const next = KEY_COLUMNS[(KEY_COLUMNS.indexOf(column) + 1) % KEY_COLUMNS.length] ?? column
    this.#order = step === 'next' ? { column: next, isReversed: false } : { column, isReversed: !isReversed }
    this.#summary = undefined
  }

  turnWindow(): void {
    const at = WINDOWS_SECONDS.findIndex((seconds) => seconds === this.#windowSeconds)
    this.#windowSeconds = WINDOWS_SECONDS[(at + 1) % WINDOWS_SECONDS.length] ?? 60
    this.#summary = undefined
  }

  turnPanel(): void {
    this.#panel = PANELS[(PANELS.indexOf(this.#panel) + 1) % PANELS.length] ?? 'records'
  }

  pause(): void {
    this.#isPaused = !this.#isPaused
    if (!this.#isPaused) this.#redraw()
  }

  setFilter(text: string): void {
    this.#filter = text
    this.#summary = undefined
    this.#host.changed()
  }

  /** Follows one more file or directory. */
  addTrace(file: string): void {
    if (file.trim() === '') throw new RangeError('Cannot follow a trace: expected a file or a directory')
    this.#host.traces.add(file.trim())
    this.#feed.start()
    this.#host.say(`following ${file.trim()}`)
  }

  startRecording(file: string): void {
    if (file.trim() === '') throw new RangeError('Cannot record: expected a file')
    this.#recording = Recording.start(this.#host, file.trim(), this.#path, () => {
      this.#recording = undefined
      this.#host.changed()
    })
  }

  stopRecording(): void {
    this.#recording?.stop()
  }

  // How it stays up to date.

  get #content(): ContentionContent {
    return { summary: this.#current, order: this.#order, filter: this.#filter, panel: this.#panel }
  }

  get #current(): ContentionSummary {
    this.#summary ??= this.#summarized()
    return this.#summary
  }

  #summarized(): ContentionSummary {
    return summarize(this.#feed.seen, {
      nowMs: this.#shownAtMs,
      windowSeconds: this.#windowSeconds,
      order: this.#order,
      filter: this.#filter,
    })
  }

  get #selectedSummary(): KeySummary | undefined {
    return this.#current.keys[this.#place.at]
  }

  // The record stays selected when others pass it.
  #keepSelected({ keys }: ContentionSummary): void {
    const at = this.#selected === undefined ? -1 : keys.findIndex(({ key }) => key === this.#selected)
    if (at >= 0) this.#place = { ...this.#place, at }
    else if (this.#place.at > 0) this.#selected = keys[inSight(this.#place, keys.length, this.#rows).at]?.key
  }

  #redraw(): boolean {
    if (this.#isPaused) return false
    this.#shownAtMs = this.#host.nowMs()
    // Here and not when it is looked at, so that what it costs is known to who decides on the next time.
    this.#summary = this.#summarized()
    this.#host.changed()
    return this.#feed.seen.seconds(this.#shownAtMs, this.#windowSeconds).length > 0
  }
}

function quoted(text: string): string {
  return /^[\w/.:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
