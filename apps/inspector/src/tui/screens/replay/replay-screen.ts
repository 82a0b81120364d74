import { countText } from '../../../model/measures.ts'
import { shellWord } from '../../../model/shell-word.ts'
import { jsonText } from '../../../output/json-text.ts'
import { NONE } from '../../../trace/names.ts'
import { eventsOfOp } from '../../../trace/op-events.ts'
import { namedWindow } from '../../../trace/named-window.ts'
import { readTrace } from '../../../trace/read-trace.ts'
import { momentText } from '../../../trace/time-text.ts'
import { STDIN } from '../../../trace/trace-files.ts'
import { eventRow } from '../../../trace/trace-event-row.ts'
import type { Trace } from '../../../trace/trace.ts'
import type { Cell } from '../../../terminal/mouse.ts'
import type { Action } from '../../action.ts'
import { asOfAction } from '../../as-of-action.ts'
import type { Frame } from '../../frame.ts'
import type { Destination, Host, Screen } from '../../screen.ts'
import { layOut } from './lanes-view.ts'
import { exportingAction } from './exporting-action.ts'
import { LiveTrace } from './live-trace.ts'
import { noTraceLines } from './no-trace-lines.ts'
import { Playback } from './playback.ts'
import { goToPointed } from './pointed.ts'
import { movingActions, type ReplayControls, sightActions } from './replay-actions.ts'
import { ReplayModel } from './replay-model.ts'
import { placeIn, type ReplayPlace, standAt } from './replay-place.ts'
import { ReplayView } from './replay-view.ts'
import { travelIn } from './time-travel.ts'
import { whatIfAction } from './what-if-action.ts'
import { WhatIfPanel } from './what-if-panel.ts'

type ReplayDestination = Extract<Destination, { to: 'replay' }>

/** Plays a trace: swim lanes, forwards and backwards, and who lost to whom and why. */
export class ReplayScreen implements Screen {
  readonly #host: Host
  #destination: ReplayDestination
  #view = new ReplayView()
  readonly #playback: Playback
  readonly #controls: ReplayControls
  readonly #whatIf: WhatIfPanel
  #files: readonly string[]
  #model: ReplayModel | undefined
  /** Where one stood when it went out of sight. */
  #place: ReplayPlace | undefined
  #read = 0
  #loading: AbortController | undefined
  #live: LiveTrace | undefined
  /** Keep to the end of a trace that grows, until one moves. */
  #isFollowing = false
  #rows = 24
  #columns = 80

  constructor(host: Host, destination: ReplayDestination) {
    this.#host = host
    this.#destination = destination
    this.#files = destination.files ?? []
    this.#playback = new Playback(host, () => this.#model)
    this.#whatIf = new WhatIfPanel(host)
    this.#controls = {
      host,
      model: () => this.#model,
      paused: () => this.#stopMoving(),
      lanesInSight: () => Math.max(1, this.#rows - 19),
      found: '',
    }
  }

  get crumbs(): readonly string[] {
    return ['replay', ...this.#files]
  }

  get facts(): string {
    const model = this.#model
    if (!model) return this.#loading ? `reading, ${countText(this.#read)} events` : ''
    const { trace } = model
    const { errors } = model.checked
    const missing = trace.gaps.reduce((sum, { events }) => sum + events, 0)
    // What is cut off is at the end.
    const facts = [
      errors > 0 ? `${errors} BROKEN PROMISES` : '',
      trace.problemCount > 0 ? `${trace.problemCount} problems` : '',
      missing > 0 ? `${countText(missing)} dropped` : '',
      `${countText(model.writers)} writers`,
      `${countText(model.records)} records`,
      `${countText(trace.count)} events`,
    ]
    return facts.filter((fact) => fact !== '').join('  ')
  }

  get status(): string {
    const model = this.#model
    if (!model) return ''
    const { trace, cursorUs } = model
    const state = this.#isFollowing ? 'live' : this.#playback.isPlaying ? 'playing' : 'paused'
    return `${state} ${this.#playback.speed}x  ${momentText(cursorUs - trace.startUs)} / ${momentText(trace.endUs - trace.startUs)}`
  }

  get command(): string {
    const files = this.#files.map((file) => shellWord(file)).join(' ')
    const model = this.#model
    if (!model) return `replay ${files}`.trim()
    const only = model.onlyKey === undefined ? '' : ` --key ${shellWord(model.trace.names.text(model.onlyKey))}`
    const { fromUs, toUs } = model.sight.lens
    const at = (us: number): string => `${(Math.max(0, us - model.trace.startUs) / 1e6).toFixed(6)}s`
    const what = this.#whatIf.isOpen ? this.#whatIf.command : ' --stats'
    return `replay ${files}${what} --from ${at(fromUs)} --to ${at(toUs)}${only}`
  }

  actions(): readonly Action[] {
    const model = this.#model
    const open: Action = {
      name: 'open a trace',
      keys: model ? [] : ['o'],
      hint: 'open',
      run: () => this.#host.ask({ label: 'trace', answer: (file) => this.#open(file) }),
      command: { word: 'open', argument: 'FILE', take: (file) => this.#open(file) },
    }
    const asOf = asOfAction(this.#host, travelIn(this.#controls))
    if (!model) return [open, asOf]
    const whatIf = whatIfAction(() => this.#model, this.#whatIf)
    if (this.#whatIf.isOpen) return [...this.#whatIf.actions(), whatIf]
    const moving = movingActions(model, this.#controls)
    return [
      ...this.#playingActions(),
      ...moving,
      ...sightActions(model),
      whatIf,
      ...this.#copyingActions(model),
      exportingAction(this.#host, model, this.#files),
      asOf,
      open,
    ]
  }

  view(frame: Frame): readonly string[] {
    this.#rows = frame.rows
    this.#columns = frame.columns
    if (this.#model && this.#whatIf.isOpen) return this.#whatIf.view(frame)
    if (this.#model) return this.#view.view(this.#model, frame)
    return this.#loading ? [' reading the trace'] : noTraceLines(frame)
  }

  click(cell: Cell, frame: Frame): boolean {
    if (!this.#model || this.#whatIf.isOpen) return false
    this.#stopMoving()
    goToPointed(this.#model, this.#view.pointed(this.#model, cell, frame))
    return false
  }

  show(): void {
    if (this.#model || this.#loading || this.#files.length === 0) return
    const loading = new AbortController()
    this.#loading = loading
    this.#host.run(() => this.#load(loading))
  }

  hide(): void {
    this.#loading?.abort()
    this.#loading = undefined
    this.#stopMoving()
    this.#live?.stop()
    this.#live = undefined
    this.#whatIf.forget()
    // A trace takes hundreds of megabytes, and one can have been at many: it is read again, but what can be read only once.
    if (!this.#model || this.#files.includes(STDIN)) return
    this.#place = placeIn(this.#model)
    this.#model = undefined
    this.#view = new ReplayView()
  }

  async #load(loading: AbortController): Promise<void> {
    const signal = AbortSignal.any([loading.signal, this.#host.signal])
    try {
      const onProgress = (events: number): void => {
        this.#read = events
        this.#host.changed()
      }
      const trace = await readTrace(this.#files, { signal, onProgress })
      if (!signal.aborted) this.#show(trace)
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      if (this.#loading === loading) this.#loading = undefined
      this.#host.changed()
    }
  }

  #show(trace: Trace): void {
    const model = new ReplayModel(trace)
    this.#model = model
    layOut(model, this.#columns)
    if (this.#place) {
      standAt(model, this.#place)
      return
    }
    const { op, path, window } = this.#destination
    const key = path === undefined ? NONE : trace.names.find(path)
    if (key !== NONE) model.showOnly(key)
    else if (path !== undefined) this.#host.say('no event of the trace is about this record')
    if (window) model.showPart(namedWindow(trace, model.makers, window, model.focusKey))
    const [first = NONE] = op === undefined ? [] : eventsOfOp(trace, trace.names.find(op))
    model.select(first)
  }

  #open(file: string): void {
    if (file.trim() === '') throw new RangeError('Cannot open a trace: no file is named')
    this.hide()
    this.#files = [file.trim()]
    this.#destination = { to: 'replay' }
    this.#model = undefined
    this.#place = undefined
    this.show()
    this.#host.changed()
  }

  #stopMoving(): void {
    this.#playback.pause()
    this.#isFollowing = false
  }

  #playingActions(): Action[] {
    const { isPlaying } = this.#playback
    return [
      {
        name: isPlaying ? 'pause' : 'play',
        keys: [' '],
        hint: isPlaying ? 'pause' : 'play',
        run: () => {
          this.#isFollowing = false
          if (isPlaying) this.#playback.pause()
          else this.#playback.play()
        },
      },
      { name: 'play faster', keys: ['+', '='], run: () => this.#playback.faster(1) },
      { name: 'play slower', keys: ['-'], run: () => this.#playback.faster(-1) },
      {
        name: this.#isFollowing ? 'stop following the end' : 'follow the end while it grows',
        keys: ['T', 'F'],
        synonyms: ['live', 'tail'],
        unavailable: LiveTrace.refusal(this.#files),
        run: () => this.#toggleLive(),
      },
    ]
  }

  #toggleLive(): void {
    this.#playback.pause()
    this.#isFollowing = !this.#isFollowing
    if (!this.#isFollowing) return
    this.#model?.goToEnd()
    if (this.#live) return
    const live = new LiveTrace(this.#host, (trace) => this.#grown(trace))
    this.#live = live
    this.#host.run(() => live.follow(this.#files))
  }

  #grown(trace: Trace): void {
    const model = new ReplayModel(trace)
    if (this.#model) standAt(model, placeIn(this.#model))
    this.#model = model
    if (this.#isFollowing) model.goToEnd()
    this.#host.changed()
  }

  #copyingActions(model: ReplayModel): Action[] {
    const { selected, trace } = model
    return [
      {
        name: 'copy the selected event',
        keys: ['y'],
        unavailable: selected === NONE ? 'nothing is selected' : undefined,
        run: () => this.#host.copy(jsonText(eventRow(trace, selected)), 'event'),
      },
      {
        name: 'copy the command that tells of this time',
        keys: ['Y'],
        run: () => this.#host.copy(`inspector ${this.command}`, 'command'),
      },
    ]
  }
}
