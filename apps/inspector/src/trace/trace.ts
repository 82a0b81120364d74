import { OUTCOME } from './attempt-outcome.ts'
import { EventColumns } from './event-columns.ts'
import { Names, NONE } from './names.ts'
import { extendOrder } from './order.ts'
import type { TraceLine } from './trace-line.ts'

/** What an event is, as its column holds it. */
export const KIND = { op: 0, read: 1, cas: 2, wait: 3, done: 4, commit: 5, key: 6 } as const

/** A file that the events came from. */
export interface TraceSource {
  readonly file: string
  readonly title: string | undefined
  /** When it began, in microseconds since the epoch. */
  readonly wallUs: number
  /** The process that recorded it; absent when it holds several. */
  readonly pid: number | undefined
}

/** Something wrong with a file. `truncated` is what a process that was killed leaves, and the rest is still right. */
export interface TraceProblem {
  readonly kind: 'bad-line' | 'no-head' | 'truncated' | 'checksum' | 'unreadable'
  readonly file: string
  /** Counted from 1. */
  readonly line: number | undefined
  readonly message: string
}

export interface TraceMark {
  readonly atUs: number
  readonly label: string
}

export interface TraceGap {
  readonly atUs: number
  readonly events: number
}

/** Of each update: its record, its writer and when it began. */
interface Update {
  key: number
  writer: number
}

/** How much a trace may hold. */
export interface TraceRoom {
  readonly events: number
  /** What is beside the events: names, marks, gaps and the updates of folded writes. */
  readonly bytes: number
}

const ROOM: TraceRoom = { events: 2_000_000, bytes: 512 * 1024 * 1024 }
/** About what one of these takes: a mark beside its label, a gap, and an update in a folded write with its way back. */
const MARK_BYTES = 100
const GAP_BYTES = 50
const FOLDED_BYTES = 50
/** Of files that are damaged, and of files that were cut short. */
const PROBLEMS_KEPT_MAX = 100

/**
 * What was recorded of updates, from one file or several. Times are microseconds since the epoch: each file's monotonic clock,
 * laid on the wall clock at the file's head. Texts are as they stood in the files: show them through `displayText`.
 */
export class Trace {
  readonly names = new Names()
  readonly columns = new EventColumns()
  readonly sources: TraceSource[] = []
  readonly marks: TraceMark[] = []
  readonly gaps: TraceGap[] = []
  readonly #room: TraceRoom
  /** Problems other than files that were cut short. */
  damageCount = 0
  readonly #damages: TraceProblem[] = []
  readonly #cuts: TraceProblem[] = []
  #cutCount = 0
  #besideBytes = 0
  readonly #updates: Update[] = []
  readonly #folded = new Map<number, Int32Array>()
  readonly #carriers = new Map<number, number[]>()
  readonly #clocks = new Names()
  #startUs = Number.POSITIVE_INFINITY
  #endUs = Number.NEGATIVE_INFINITY
  #byStart: Int32Array = new Int32Array()
  #byEnd: Int32Array = new Int32Array()

  constructor(room: TraceRoom = ROOM) {
    this.#room = room
  }

  get count(): number {
    return this.columns.count
  }

  /** What there is too much of to take more; undefined while there is room. */
  get excess(): string | undefined {
    const { events, bytes } = this.#room
    if (this.count >= events) return `more than ${events} events`
    const beside = this.#besideBytes + this.names.bytes + this.#clocks.bytes
    return beside < bytes ? undefined : `more than ${bytes} bytes of names, marks, gaps and folded updates`
  }

  /** What is wrong with the files, damage first: a hundred of each, and {@link problemCount} counts all. */
  get problems(): readonly TraceProblem[] {
    return [...this.#damages, ...this.#cuts]
  }

  get problemCount(): number {
    return this.damageCount + this.#cutCount
  }

  /** When the first file began. */
  get startUs(): number {
    return Number.isFinite(this.#startUs) ? this.#startUs : 0
  }

  /** When the last event ended. */
  get endUs(): number {
    return Math.max(this.startUs, this.#endUs)
  }

  /** Whether something is wrong beyond files that were cut short. */
  get isDamaged(): boolean {
    return this.damageCount > 0
  }

  /** Events in the order of their starts. */
  get byStart(): Int32Array {
    if (this.#byStart.length < this.count) this.#byStart = extendOrder(this.#byStart, this.columns.startUs, this.count)
    return this.#byStart
  }

  /** Events in the order of their ends. */
  get byEnd(): Int32Array {
    if (this.#byEnd.length < this.count) this.#byEnd = extendOrder(this.#byEnd, this.columns.endUs, this.count)
    return this.#byEnd
  }

  addSource(source: TraceSource): number {
    this.sources.push(source)
    this.#startUs = Math.min(this.#startUs, source.wallUs)
    return this.sources.length - 1
  }

  addProblem(problem: TraceProblem): void {
    const isCut = problem.kind === 'truncated'
    if (isCut) this.#cutCount++
    else this.damageCount++
    const kept = isCut ? this.#cuts : this.#damages
    // That a file was not read to its end says more than any of its lines.
    if (problem.kind === 'unreadable') kept.unshift(problem)
    else kept.push(problem)
    if (kept.length > PROBLEMS_KEPT_MAX) kept.pop()
  }

  /** Adds an event of a source. */
  add(line: Exclude<TraceLine, { e: 'head' | 'end' }>, sourceNumber: number): void {
    const zeroUs = this.sources[sourceNumber]?.wallUs ?? 0
    const startUs = zeroUs + line.t
    if (line.e === 'mark') {
      this.marks.push({ atUs: startUs, label: line.label })
      this.#besideBytes += MARK_BYTES + 2 * line.label.length
    } else if (line.e === 'gap') {
      this.gaps.push({ atUs: startUs, events: line.n })
      this.#besideBytes += GAP_BYTES
    } else this.#addEvent(line, startUs, sourceNumber)
    this.#endUs = Math.max(this.#endUs, startUs + ('d' in line ? line.d : 0))
  }

  /** The updates of a folded write, the first of them included; undefined when it was one. */
  foldedOps(event: number): Int32Array | undefined {
    return this.#folded.get(event)
  }

  /** Writes of other updates that this one was folded into. */
  carriersOf(op: number): readonly number[] {
    return this.#carriers.get(op) ?? []
  }

  /** The record of an update. */
  keyOfOp(op: number): number {
    return this.#updates[op]?.key ?? NONE
  }

  writerOfOp(op: number): number {
    return this.#updates[op]?.writer ?? NONE
  }

  #addEvent(line: Exclude<TraceLine, { e: 'head' | 'end' | 'mark' | 'gap' }>, startUs: number, source: number): void {
    const { names, columns } = this
    const row = columns.add()
    const writer = names.numberOf(line.w)
    const op = names.numberOf(line.op)
    columns.kind[row] = KIND[line.e]
    columns.startUs[row] = startUs
    columns.endUs[row] = startUs + ('d' in line ? line.d : 0)
    columns.op[row] = op
    columns.writer[row] = writer
    columns.attempt[row] = 'a' in line ? line.a : 0
    columns.clock[row] = this.#clockOf(source, line.w ?? '')
    const key = 'key' in line ? names.numberOf(line.key) : this.keyOfOp(op)
    columns.key[row] = key
    for (const column of [columns.write, columns.by, columns.byWrite, columns.word]) column[row] = NONE
    if (op !== NONE && line.e !== 'commit' && this.keyOfOp(op) === NONE) this.#updates[op] = { key, writer }
    this.#addFields(line, row)
  }

  #addFields(line: Exclude<TraceLine, { e: 'head' | 'end' | 'mark' | 'gap' }>, row: number): void {
    const { names, columns } = this
    switch (line.e) {
      case 'op':
        return
      case 'read':
      case 'key':
        columns.first[row] = line.ver
        return
      case 'cas':
        columns.first[row] = line.base
        columns.second[row] = line.next
        columns.third[row] = line.cur ?? NONE
        columns.outcome[row] = OUTCOME[line.out]
        columns.write[row] = names.numberOf(line.write)
        columns.by[row] = names.numberOf(line.by)
        columns.byWrite[row] = names.numberOf(line.byWrite)
        if (line.ops && line.ops.length > 1) this.#fold(line.ops, row)
        return
      case 'wait':
        columns.word[row] = names.numberOf(line.why)
        columns.first[row] = line.lo
        columns.second[row] = line.hi
        columns.third[row] = line.plan
        return
      case 'done':
        columns.word[row] = names.numberOf(line.out)
        return
      case 'commit':
        columns.second[row] = line.ver
        columns.write[row] = names.numberOf(line.write)
    }
  }

  #fold(ops: readonly string[], row: number): void {
    const folded = Int32Array.from(ops, (op) => this.names.numberOf(op))
    this.#folded.set(row, folded)
    this.#besideBytes += FOLDED_BYTES * folded.length
    for (const op of folded) {
      if (op === this.columns.op[row]) continue
      const carriers = this.#carriers.get(op)
      if (carriers) carriers.push(row)
      else this.#carriers.set(op, [row])
    }
  }

  // Times of one process compare exactly, those of different ones only as well as their wall clocks agree. A file of one
  // process says so; in a merged one the process is told by the end of the writer's name, `service@host/pid`.
  #clockOf(source: number, writer: string): number {
    const isOfOne = this.sources[source]?.pid !== undefined
    return this.#clocks.numberOf(isOfOne ? `${source}` : `${source}@${writer.slice(writer.lastIndexOf('@') + 1)}`)
  }
}
