import { displayText } from '../../../display-text.ts'
import { OUTCOME } from '../../../trace/attempt-outcome.ts'
import { type CheckedTrace, checkTrace } from '../../../trace/check-trace.ts'
import { Explanation, winnerOf } from '../../../trace/explain.ts'
import { idleStretches } from '../../../trace/folded-axis.ts'
import { type Densities, densities, laneCells, type LaneCells } from '../../../trace/lane-cells.ts'
import { type Lane, type Lanes, lanesOf, stepFrom, stepUs } from '../../../trace/lanes.ts'
import { Makers } from '../../../trace/makers.ts'
import { NONE } from '../../../trace/names.ts'
import { attemptsOf, eventsOfOp } from '../../../trace/op-events.ts'
import { Timeline } from '../../../trace/timeline.ts'
import type { Grouping } from '../../../trace/trace-stats.ts'
import { KIND, type Trace } from '../../../trace/trace.ts'
import { writerLabels } from '../../../trace/writer-labels.ts'
import { Sight } from './sight.ts'

export const GROUPINGS: readonly Grouping[] = ['writer', 'key', 'op']
/** Nothing for longer than this is drawn short, and played quickly. */
export const IDLE_US = 1_000_000

/** A trace as it is being looked at: where one stands, what is in sight, and how one moves. Nothing here draws. */
export class ReplayModel {
  readonly trace: Trace
  readonly makers: Makers
  readonly timeline: Timeline
  readonly checked: CheckedTrace
  readonly idle: ReturnType<typeof idleStretches>
  grouping: Grouping = 'writer'
  /** Only this record; all of them when undefined. */
  onlyKey: number | undefined
  cursorUs: number
  /** The event that one stands at, or {@link NONE}. */
  selected = NONE
  laneAt = 0
  readonly ownMarks: number[] = []
  readonly sight: Sight
  readonly #records: number
  readonly #labels: ReadonlyMap<string, string>
  #lanes: Lanes | undefined
  #conflicts: readonly number[] | undefined
  #cells = new Map<Lane, LaneCells>()
  #cellsFor = ''
  #densities: Densities | undefined
  #explained: { readonly event: number; readonly explanation: Explanation } | undefined
  #hottestKey: number | undefined

  constructor(trace: Trace) {
    this.trace = trace
    this.makers = new Makers(trace)
    this.timeline = new Timeline(trace)
    this.checked = checkTrace(trace, this.makers)
    this.idle = idleStretches(trace, IDLE_US)
    this.#labels = writerLabels(
      [...new Set(trace.columns.writer.subarray(0, trace.count))].map((name) => trace.names.text(name)),
    )
    this.#records = new Set(trace.columns.key.subarray(0, trace.count)).size
    const [first] = trace.byStart
    // Spans that were under way when the trace began have started before it.
    this.cursorUs = Math.max(trace.startUs, first === undefined ? 0 : (trace.columns.startUs[first] ?? 0))
    const whole = { fromUs: trace.startUs, toUs: Math.max(trace.endUs, trace.startUs + 1) }
    let answers = 1
    for (const { events } of this.lanes) answers = Math.max(answers, events.length)
    this.sight = new Sight(whole, (whole.toUs - whole.fromUs) / answers)
    this.sight.show(this.cursorUs)
  }

  get lostUpdates(): ReadonlySet<number> {
    return this.checked.faults
  }

  /** How many writers and records events tell of. */
  get writers(): number {
    return this.#labels.size
  }

  get records(): number {
    return this.#records
  }

  get lanes(): readonly Lane[] {
    return this.#parted.lanes
  }

  /** All events in some lane. */
  get all(): Lane {
    return this.#parted.all
  }

  get lane(): Lane | undefined {
    return this.lanes[this.laneAt]
  }

  /** The record whose versions are shown. */
  get focusKey(): number {
    const { columns } = this.trace
    const ofLane = this.grouping === 'key' ? this.lane?.name : undefined
    const ofSelected = this.selected === NONE ? NONE : (columns.key[this.selected] ?? NONE)
    if (this.onlyKey !== undefined) return this.onlyKey
    if (ofSelected !== NONE) return ofSelected
    return ofLane ?? this.#hottest
  }

  get marks(): readonly { readonly atUs: number; readonly label: string }[] {
    const own = this.ownMarks.map((atUs) => ({ atUs, label: 'your mark' }))
    return [...this.trace.marks, ...own].toSorted((a, b) => a.atUs - b.atUs)
  }

  /** A short name of a writer, escaped. */
  writerLabel(writer: number): string {
    const name = this.trace.names.text(writer)
    return displayText(this.#labels.get(name) ?? name)
  }

  laneLabel({ name }: Lane): string {
    return this.grouping === 'writer' ? this.writerLabel(name) : displayText(this.trace.names.text(name))
  }

  cellsOf(lane: Lane): LaneCells {
    this.#forgetOtherSights()
    const { lens, columns } = this.sight
    let cells = this.#cells.get(lane)
    if (!cells) this.#cells.set(lane, (cells = laneCells(this.trace, lane, lens, columns, this.lostUpdates)))
    return cells
  }

  /** How many updates were in flight and waiting. */
  densities(): Densities {
    this.#forgetOtherSights()
    this.#densities ??= densities(this.trace, this.all, this.sight.lens, this.sight.columns)
    return this.#densities
  }

  explanation(): Explanation | undefined {
    if (this.selected === NONE) return undefined
    if (this.#explained?.event === this.selected) return this.#explained.explanation
    const labelOf = (writer: number): string =>
      this.#labels.get(this.trace.names.text(writer)) ?? this.trace.names.text(writer)
    const explanation = new Explanation(this.trace, this.makers, labelOf, this.selected)
    this.#explained = { event: this.selected, explanation }
    return explanation
  }

  // Moving. Each tells whether there was somewhere to go.

  step(by: number, within: 'all' | 'lane' | 'conflicts'): boolean {
    const steps = within === 'all' ? this.all.steps : within === 'lane' ? (this.lane?.steps ?? []) : this.#conflictSteps
    return this.select(
      stepFrom(this.trace, steps, { atUs: this.cursorUs, event: this.selected }, by),
      within === 'lane',
    )
  }

  /** Along the conditional writes of the selected update. */
  stepAttempt(by: number): boolean {
    const attempts = attemptsOf(this.trace, eventsOfOp(this.trace, this.trace.columns.op[this.selected] ?? NONE))
    return this.select(stepFrom(this.trace, attempts, { atUs: this.cursorUs, event: this.selected }, by))
  }

  stepMark(by: 1 | -1): boolean {
    const times = this.marks.map(({ atUs }) => atUs)
    const us = by === 1 ? times.find((at) => at > this.cursorUs) : times.findLast((at) => at < this.cursorUs)
    if (us === undefined) return false
    this.goTo(us)
    return true
  }

  /** To whoever made the selected attempt lose. */
  goToWinner(): boolean {
    const winner = this.selected === NONE ? undefined : winnerOf(this.trace, this.makers, this.selected)
    return winner?.isRecorded === true && this.select(winner.event)
  }

  /** To an event whose writer, record or update is called so. */
  find(text: string, by: number): boolean {
    const { names, columns } = this.trace
    const wanted = new Set<number>()
    for (let name = 0; name < names.size; name++) if (names.text(name).includes(text)) wanted.add(name)
    const isWanted = (event: number): boolean =>
      [columns.op, columns.writer, columns.key].some((column) => wanted.has(column[event] ?? NONE))
    const steps = this.all.steps.filter(isWanted)
    return this.select(stepFrom(this.trace, steps, { atUs: this.cursorUs, event: this.selected }, by))
  }

  /** Stands at an event. */
  select(event: number, staysInLane = false): boolean {
    if (event === NONE) return false
    this.selected = event
    this.#moveTo(stepUs(this.trace, event))
    if (staysInLane) return true
    const name = this.trace.columns[this.grouping][event]
    const lane = this.lanes.findIndex((each) => each.name === name)
    if (lane >= 0) this.laneAt = lane
    return true
  }

  goTo(us: number): void {
    const { startUs, endUs } = this.trace
    this.selected = NONE
    this.#moveTo(Math.min(Math.max(Math.round(us), startUs), endUs))
  }

  /** To the last moment, which stands at the right. */
  goToEnd(): void {
    this.goTo(this.trace.endUs)
    this.sight.showAtEnd(this.trace.endUs)
  }

  /** Shows a part of the time, and stands at its start. */
  showPart({ fromUs, toUs }: { readonly fromUs: number; readonly toUs: number }): void {
    this.goTo(fromUs)
    this.sight.fit({ fromUs, toUs: Math.max(toUs, fromUs + 1) })
  }

  mark(): void {
    const at = this.ownMarks.indexOf(this.cursorUs)
    if (at >= 0) this.ownMarks.splice(at, 1)
    else this.ownMarks.push(this.cursorUs)
  }

  /** All of the trace; or the selected update when all is in sight already. */
  fit(): void {
    const events = eventsOfOp(this.trace, this.trace.columns.op[this.selected] ?? NONE)
    if (!this.sight.isWhole || events.length === 0) {
      this.sight.fit()
      return
    }
    const { startUs, endUs } = this.trace.columns
    let [fromUs, toUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const event of events) {
      fromUs = Math.min(fromUs, startUs[event] ?? 0)
      toUs = Math.max(toUs, endUs[event] ?? 0)
    }
    this.sight.fit({ fromUs, toUs })
  }

  group(by: Grouping): void {
    this.grouping = by
    this.#part()
  }

  /** Only the focused record, or all again. */
  toggleOnlyKey(): void {
    this.showOnly(this.onlyKey === undefined && this.focusKey !== NONE ? this.focusKey : undefined)
  }

  showOnly(key: number | undefined): void {
    this.onlyKey = key
    this.#part()
  }

  #forgetOtherSights(): void {
    const { lens, columns } = this.sight
    const cellsFor = `${lens.fromUs} ${lens.toUs} ${columns}`
    if (cellsFor === this.#cellsFor) return
    this.#forgetCells()
    this.#cellsFor = cellsFor
  }

  #forgetCells(): void {
    this.#cells.clear()
    this.#densities = undefined
  }

  get #parted(): Lanes {
    this.#lanes ??= lanesOf(this.trace, this.grouping, this.onlyKey)
    return this.#lanes
  }

  #part(): void {
    const name = this.selected === NONE ? NONE : (this.trace.columns[this.grouping][this.selected] ?? NONE)
    this.#lanes = undefined
    this.#conflicts = undefined
    this.#forgetCells()
    this.laneAt = Math.max(
      0,
      this.lanes.findIndex((lane) => lane.name === name),
    )
  }

  #moveTo(us: number): void {
    this.cursorUs = us
    this.sight.show(us)
  }

  /** Answers that were no win, and updates that gave up. */
  get #conflictSteps(): readonly number[] {
    const { columns } = this.trace
    this.#conflicts ??= this.all.steps.filter((event) => {
      if (this.lostUpdates.has(event)) return true
      const outcome = columns.outcome[event]
      return columns.kind[event] === KIND.cas && (outcome === OUTCOME.lost || outcome === OUTCOME.unknown)
    })
    return this.#conflicts
  }

  /** The record that was fought over most. */
  get #hottest(): number {
    this.#hottestKey ??= lanesOf(this.trace, 'key').lanes[0]?.name ?? NONE
    return this.#hottestKey
  }
}
