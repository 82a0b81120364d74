import type { CheckDetail } from '../../../doctor/check.ts'
import { processSurroundings } from '../../../doctor/process-surroundings.ts'
import { command, RECORDS_MAX_DEFAULT, type Surroundings } from '../../../doctor/subject.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Action } from '../../action.ts'
import { asOfAction } from '../../as-of-action.ts'
import { clickedRow } from '../../clicked-row.ts'
import { exportAction } from '../../export-action.ts'
import { timeOfFile } from '../../file-name.ts'
import { type Frame, partOf, TWO_PANES_COLUMNS } from '../../frame.ts'
import { moveAction } from '../../move-action.ts'
import type { Host, Screen } from '../../screen.ts'
import { inSight, moved, type Place } from '../../scroll.ts'
import { leftColumns, twoPanes } from '../records/two-panes.ts'
import { checkLines } from './check-lines.ts'
import { detailOf, spokenDetail, windowOf } from './detail-lines.ts'
import { DoctorRun, type ScreenCheck } from './doctor-run.ts'

/** The part of the width that the list of checks has. */
const LIST_SHARE = 0.58

/** What is wrong with the store: the checks at the left, one of them in full at the right. */
export class DoctorScreen implements Screen {
  readonly crumbs = ['doctor']
  readonly #host: Host
  readonly #surroundings: Surroundings
  #run: DoctorRun | undefined
  #onlyFailing = false
  #place: Place = { at: 0, top: 0 }
  /** The finding that is stood on, while the right pane has the keys. */
  #finding: number | undefined
  #rows = 1

  constructor(host: Host, surroundings: Surroundings = processSurroundings()) {
    this.#host = host
    this.#surroundings = surroundings
  }

  get facts(): string {
    return this.#run?.facts ?? ''
  }

  get isUnderWay(): boolean {
    return this.#run?.isOver === false
  }

  get status(): string {
    const { at } = this.#place
    const shown = this.#checks
    const which = shown.length === 0 ? 'no check' : `check ${at + 1} of ${shown.length}`
    return this.#onlyFailing ? `${which}, only failing` : which
  }

  get command(): string {
    const options = this.#run?.recordsMax === Number.POSITIVE_INFINITY ? ' --all' : ''
    return `${this.#host.writable ? '--write ' : ''}doctor --fix-hint${options}`
  }

  show(): void {
    if (!this.#run?.isOver) this.#begin(this.#run?.recordsMax ?? RECORDS_MAX_DEFAULT)
  }

  hide(): void {
    this.#run?.stop()
  }

  actions(): readonly Action[] {
    const findings = this.#current?.result?.details ?? []
    const noPath = this.#selectedRecord() === undefined ? 'no record is named here' : undefined
    const next = this.#current?.result?.next[0]
    return [
      moveAction((key, times) => this.#move(key, times)),
      {
        name: 'open the record in its history',
        keys: ['<enter>'],
        hint: 'open',
        unavailable: noPath,
        run: () => this.#open(),
      },
      ...(this.#finding === undefined
        ? [
            {
              name: 'choose a finding of the check',
              keys: ['d', ' '],
              hint: 'findings',
              unavailable: findings.length === 0 ? 'the check has found nothing' : undefined,
              run: () => (this.#finding = 0),
            },
          ]
        : [
            {
              name: 'go back to the checks',
              keys: ['<escape>', 'd', 'h', '<left>'],
              hint: 'checks',
              run: () => (this.#finding = undefined),
            },
          ]),
      {
        name: this.#onlyFailing ? 'show all checks' : 'show only checks that found something',
        keys: ['F'],
        hint: this.#onlyFailing ? 'all' : 'failing',
        run: () => this.#toggleFailing(),
      },
      { name: 'check again', keys: ['r'], hint: 're-run', run: () => this.#begin(RECORDS_MAX_DEFAULT) },
      {
        name: 'check again, all records',
        keys: ['a'],
        synonyms: ['sample', 'everything'],
        run: () => this.#begin(Number.POSITIVE_INFINITY),
      },
      {
        name: 'copy the command that looks closer',
        keys: ['y'],
        hint: 'copy',
        run: () => this.#host.copy(next ?? this.#sameCheck(), 'command'),
      },
      ...this.#reportActions(),
      asOfAction(this.#host, { cannotGoBack: 'the doctor examines what is stored now', travel: () => {} }),
    ]
  }

  view(frame: Frame): readonly string[] {
    const checks = this.#checks
    this.#rows = frame.rows
    this.#place = inSight(this.#place, checks.length, frame.rows)
    const current = checks[this.#place.at]
    if (!current) return [this.#run?.isOver ? ' nothing was found' : ' looking at the store']
    if (frame.spoken) return [`check ${this.#place.at + 1} of ${checks.length}`, ...spokenDetail(frame, current)]
    const isDetail = this.#finding !== undefined
    if (frame.columns < TWO_PANES_COLUMNS) {
      return isDetail ? this.#detail(frame, current) : checkLines(frame, checks, this.#place, true)
    }
    const columns = leftColumns(frame, LIST_SHARE)
    const left = partOf(frame, columns, frame.rows)
    const list = checkLines(left, checks, this.#place, !isDetail)
    const detail = this.#detail(partOf(frame, frame.columns - columns - 1, frame.rows), current)
    return twoPanes(frame, list, detail, columns)
  }

  #reportActions(): Action[] {
    const run = this.#run
    const unavailable = run?.isOver ? undefined : 'the checks are still running'
    return [
      {
        name: 'copy the report as JSON',
        keys: ['J'],
        unavailable,
        run: () => this.#host.copy(run?.report ?? '', 'report'),
      },
      exportAction(this.#host, {
        what: 'the report',
        name: `doctor-${timeOfFile(this.#host.nowMs())}.jsonl`,
        unavailable,
        texts: () => [run?.report ?? ''],
      }),
    ]
  }

  click(cell: Cell, frame: Frame): boolean {
    const findings = this.#current?.result?.details ?? []
    const hadKeys = this.#finding === undefined
    if (this.#isOverDetail(cell, frame)) {
      if (hadKeys && findings.length > 0) this.#finding = 0
      return false
    }
    this.#finding = undefined
    const at = this.#place.top + cell.row
    const list = { place: this.#place, select: (wanted: number) => this.#select(wanted) }
    return clickedRow(list, this.#checks[at] && at, hadKeys)
  }

  wheel(by: 1 | -1, cell: Cell, frame: Frame): void {
    const isOverFindings = this.#isOverDetail(cell, frame)
    if (isOverFindings === (this.#finding !== undefined)) this.#move(by === 1 ? '<down>' : '<up>')
    else if (!isOverFindings) this.#select(this.#place.at + by)
  }

  #isOverDetail({ column }: Cell, frame: Frame): boolean {
    return frame.columns < TWO_PANES_COLUMNS ? this.#finding !== undefined : column >= leftColumns(frame, LIST_SHARE)
  }

  #select(at: number): void {
    this.#place = { ...this.#place, at: Math.min(Math.max(0, at), Math.max(0, this.#checks.length - 1)) }
  }

  get #checks(): readonly ScreenCheck[] {
    const checks = this.#run?.checks ?? []
    if (!this.#onlyFailing) return checks
    return checks.filter(({ result }) => result?.status === 'fail' || result?.status === 'warn')
  }

  get #current(): ScreenCheck | undefined {
    return this.#checks[this.#place.at]
  }

  #detail(frame: Frame, current: ScreenCheck): readonly string[] {
    return windowOf(detailOf(frame, current, this.#finding), frame.rows, this.#finding)
  }

  #begin(recordsMax: number): void {
    const { store, storeName, storeUrl: url, writable, traces, signal } = this.#host
    this.#run?.stop()
    this.#finding = undefined
    const run = new DoctorRun({
      store,
      storeName,
      url,
      writable,
      nowMs: () => this.#host.nowMs(),
      recordsMax,
      traces: [...traces],
      surroundings: this.#surroundings,
    })
    this.#run = run
    this.#host.run(() => run.run(signal, () => this.#host.changed()))
  }

  #move(key: string, times?: number): void {
    if (this.#finding === undefined) {
      const at = moved(key, this.#place.at, this.#checks.length, this.#rows, times)
      if (at !== undefined) this.#place = { ...this.#place, at }
      return
    }
    const findings = this.#current?.result?.details ?? []
    this.#finding = moved(key, this.#finding, findings.length, this.#rows, times)
  }

  #toggleFailing(): void {
    const current = this.#current?.check.id
    this.#onlyFailing = !this.#onlyFailing
    this.#finding = undefined
    const at = this.#checks.findIndex(({ check }) => check.id === current)
    this.#place = { ...this.#place, at: Math.max(0, at) }
  }

  #selectedRecord(): CheckDetail | undefined {
    const details = this.#current?.result?.details ?? []
    const detail = this.#finding === undefined ? details.find(({ path }) => path !== undefined) : details[this.#finding]
    return detail?.path === undefined ? undefined : detail
  }

  #open(): void {
    const { path, version } = this.#selectedRecord() ?? {}
    if (path === undefined) return
    this.#host.open({ to: 'history', path, ...(version === undefined ? {} : { version }) })
  }

  #sameCheck(): string {
    return command(this.#host, 'doctor', '--fix-hint', '--only', this.#current?.check.id ?? '*')
  }
}
