import { OUTCOME } from './attempt-outcome.ts'
import type { Makers } from './makers.ts'
import { NONE } from './names.ts'
import { upperBound } from './order.ts'
import { KIND, type Trace } from './trace.ts'
import { FigureSums, type TraceFigures } from './trace-figures.ts'

export type Grouping = 'writer' | 'key' | 'op'

export interface StatsWindow {
  /** Microseconds since the epoch; an attempt belongs to the window in which it ended. */
  readonly fromUs: number
  readonly toUs: number
  /** Only this record. */
  readonly key?: number | undefined
}

export interface TraceStats {
  readonly total: TraceFigures
  /** By the name's number, the most losses first. */
  readonly groups: readonly { readonly name: number; readonly figures: TraceFigures }[]
  /** Groups with fewer losses that are left out. */
  readonly moreGroups: number
}

/** Figures take kilobytes for each group, and every update can be one. */
const GROUPS_MAX = 10_000

/** An update that ended with one of these has succeeded. */
export const SUCCEEDED: ReadonlySet<string> = new Set(['ok', 'noop', 'replayed'])

/** Adds up what happened in a window, in all and for each writer, record or update. */
export function traceStats(trace: Trace, makers: Makers, window: StatsWindow, by?: Grouping): TraceStats {
  const sums = new WindowSums(trace, makers, window, by)
  return sums.stats()
}

class WindowSums {
  readonly #trace: Trace
  readonly #makers: Makers
  readonly #window: StatsWindow
  readonly #by: Grouping | undefined
  readonly #total = new FigureSums()
  readonly #groups = new Map<number, FigureSums>()
  #moreGroups = 0
  /** When an update last began to read: the others could win from then on. */
  readonly #readUs = new Map<number, number>()
  /** Updates whose last attempt lost. */
  readonly #losers = new Set<number>()
  readonly #commits = new Map<number, Map<number, number>>()

  constructor(trace: Trace, makers: Makers, window: StatsWindow, by: Grouping | undefined) {
    this.#trace = trace
    this.#makers = makers
    this.#window = window
    this.#by = by
  }

  stats(): TraceStats {
    const { names } = this.#trace
    const events = this.#events()
    if (this.#by !== undefined) this.#chooseGroups(events, this.#by)
    for (const event of events) this.#countCommit(event)
    for (const event of events) this.#add(event)
    const seconds = this.#seconds
    const nameOf = (writer: number): string => names.text(writer)
    const groups = [...this.#groups].map(([name, sums]) => ({ name, figures: sums.figures(seconds, nameOf) }))
    groups.sort((a, b) => b.figures.lost - a.figures.lost || b.figures.attempts - a.figures.attempts)
    return { total: this.#total.figures(seconds, nameOf), groups, moreGroups: this.#moreGroups }
  }

  get #seconds(): number {
    const { startUs, endUs } = this.#trace
    return (Math.min(this.#window.toUs, endUs) - Math.max(this.#window.fromUs, startUs)) / 1e6
  }

  #events(): Int32Array {
    const { byEnd, columns, count } = this.#trace
    const at = (limit: number): number => upperBound(count, (place) => columns.endUs[byEnd[place] ?? 0] ?? 0, limit)
    const inTime = byEnd.subarray(at(this.#window.fromUs - 1), at(this.#window.toUs))
    const { key } = this.#window
    return key === undefined ? inTime : inTime.filter((event) => columns.key[event] === key)
  }

  /** The groups with the most losses, and among them those with the most attempts. */
  #chooseGroups(events: Int32Array, by: Grouping): void {
    const { columns, names } = this.#trace
    const [lost, attempts] = [new Uint32Array(names.size), new Uint32Array(names.size)]
    const seen = new Set<number>()
    for (const event of events) {
      const name = columns[by][event] ?? NONE
      if (name === NONE) continue
      seen.add(name)
      if (columns.kind[event] !== KIND.cas) continue
      attempts[name] = (attempts[name] ?? 0) + 1
      if (columns.outcome[event] === OUTCOME.lost) lost[name] = (lost[name] ?? 0) + 1
    }
    const order = Int32Array.from(seen)
    if (order.length > GROUPS_MAX) {
      order.sort((a, b) => (lost[b] ?? 0) - (lost[a] ?? 0) || (attempts[b] ?? 0) - (attempts[a] ?? 0) || a - b)
    }
    for (const name of order.subarray(0, GROUPS_MAX)) this.#groups.set(name, new FigureSums())
    this.#moreGroups = order.length - this.#groups.size
  }

  #countCommit(event: number): void {
    const { columns } = this.#trace
    if (columns.kind[event] !== KIND.cas || columns.outcome[event] !== OUTCOME.won) return
    const [key = NONE, writer = NONE] = [columns.key[event], columns.writer[event]]
    let ofKey = this.#commits.get(key)
    if (!ofKey) this.#commits.set(key, (ofKey = new Map([[NONE, 0]])))
    ofKey.set(writer, (ofKey.get(writer) ?? 0) + 1)
    ofKey.set(NONE, (ofKey.get(NONE) ?? 0) + 1)
  }

  #add(event: number): void {
    const { columns } = this.#trace
    const [op = NONE, startUs = 0, endUs = 0] = [columns.op[event], columns.startUs[event], columns.endUs[event]]
    const sums = [this.#total, ...this.#groupsOf(event)]
    switch (columns.kind[event] ?? NONE) {
      case KIND.read:
        this.#readUs.set(op, startUs)
        return
      case KIND.cas:
        this.#addAttempt(event, sums)
        this.#readUs.delete(op)
        return
      case KIND.wait:
        if (!this.#losers.has(op)) return
        for (const each of sums) each.wastedUs += endUs - startUs
        return
      case KIND.done:
        this.#addEnd(event, sums)
    }
  }

  #addAttempt(event: number, sums: readonly FigureSums[]): void {
    const { columns } = this.#trace
    const [op = NONE, writer = NONE, endUs = 0] = [columns.op[event], columns.writer[event], columns.endUs[event]]
    const outcome = columns.outcome[event]
    const startUs = columns.startUs[event] ?? 0
    const openUs = endUs - (this.#readUs.get(op) ?? startUs)
    const expected = this.#expectedLoss(event, openUs)
    const head = columns.third[event] ?? NONE
    const hasLanded = outcome === OUTCOME.unknown && this.#makers.landingOf(columns.write[event] ?? NONE) !== NONE
    if (outcome === OUTCOME.lost) this.#losers.add(op)
    else this.#losers.delete(op)
    for (const each of sums) {
      each.attemptLatency.add(endUs - startUs)
      if (outcome === OUTCOME.won) {
        each.addWin(writer, columns.attempt[event] ?? 1)
        for (const won of this.#writersIn(event))
          each.updatesOfWriters.set(won, (each.updatesOfWriters.get(won) ?? 0) + 1)
      } else if (outcome === OUTCOME.lost) {
        each.addLoss(writer)
        each.wastedUs += openUs
        if (head > (columns.first[event] ?? 0)) {
          each.behind += head - (columns.first[event] ?? 0)
          each.losses++
        }
        if (!each.updatesOfWriters.has(writer)) each.updatesOfWriters.set(writer, 0)
      } else if (outcome === OUTCOME.unknown) {
        each.unknown++
        if (hasLanded) each.unknownLanded++
      } else if (outcome === OUTCOME.busy) each.busy++
      else each.errors++
      if (outcome === OUTCOME.won || outcome === OUTCOME.lost) each.expectedLosses += expected
    }
  }

  #addEnd(event: number, sums: readonly FigureSums[]): void {
    const { columns, names } = this.#trace
    const [startUs = 0, endUs = 0, word = NONE] = [columns.startUs[event], columns.endUs[event], columns.word[event]]
    this.#losers.delete(columns.op[event] ?? NONE)
    for (const each of sums) {
      each.updates++
      each.updateUs += endUs - startUs
      each.updateLatency.add(endUs - startUs)
      if (!SUCCEEDED.has(names.text(word))) each.gaveUp++
    }
  }

  // Others commit at some rate; the chance that none does while this attempt is open falls with both (Poisson).
  #expectedLoss(event: number, openUs: number): number {
    const { columns } = this.#trace
    const ofKey = this.#commits.get(columns.key[event] ?? NONE)
    if (!ofKey || this.#seconds <= 0) return 0
    const others = (ofKey.get(NONE) ?? 0) - (ofKey.get(columns.writer[event] ?? NONE) ?? 0)
    return 1 - Math.exp((-others / this.#seconds) * (openUs / 1e6))
  }

  #writersIn(event: number): readonly number[] {
    const folded = this.#trace.foldedOps(event)
    if (!folded) return [this.#trace.columns.writer[event] ?? NONE]
    return Array.from(folded, (op) => this.#trace.writerOfOp(op))
  }

  #groupsOf(event: number): readonly FigureSums[] {
    const { columns } = this.#trace
    if (this.#by === undefined) return []
    const group = this.#groups.get(columns[this.#by][event] ?? NONE)
    return group ? [group] : []
  }
}
