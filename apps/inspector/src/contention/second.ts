import type { Activity } from './activity.ts'
import { type KeyBudget, KeyCounts } from './key-counts.ts'
import { Histogram } from '../trace/histogram.ts'
import { emptyTally, type Tally } from './tally.ts'
import { emptyWriterTally, STARVED_ATTEMPTS, type WriterTally } from './writer-tally.ts'

/** Writers told apart within one second; the rest is one. */
const WRITERS_MAX = 256
const OTHER_WRITERS = '(others)'
/** Reasons to give up are few, but a trace is only text. */
const REASONS_MAX = 32
const OTHER_REASONS = '(others)'
/** An update that needed this many attempts to win, or more, counts as this many. */
export const ATTEMPTS_COUNTED_MAX = 32

/** Everything that ended within one second. */
export class Second {
  /** Seconds since the epoch. */
  readonly at: number
  readonly total: Tally = emptyTally()
  readonly keys: KeyCounts
  readonly writers = new Map<string, WriterTally>()
  readonly attemptsToWin = new Uint32Array(ATTEMPTS_COUNTED_MAX + 1)
  readonly gaveUp = new Map<string, number>()
  /** Events that are known to be missing, by where they should have come from. */
  readonly missing = { trace: 0, commits: 0 }
  #durations: { readonly won: Histogram; readonly lost: Histogram } | undefined

  constructor(at: number, budget: KeyBudget) {
    this.at = at
    this.keys = new KeyCounts(budget)
  }

  /** How long attempts took; undefined where none was traced. */
  get durations(): { readonly won: Histogram; readonly lost: Histogram } | undefined {
    return this.#durations
  }

  /** `streak` is how many attempts in a row its writer has lost with this one. */
  add(activity: Activity, streak: number): void {
    switch (activity.type) {
      case 'attempt':
        return this.#addAttempt(activity, streak)
      case 'commit':
        return this.#addCommit(activity)
      case 'wait':
        return this.#addWait(activity)
      case 'update':
        return this.#addUpdate(activity)
      case 'gap':
        this.missing[activity.of] += activity.missing
    }
  }

  #addAttempt(attempt: Extract<Activity, { type: 'attempt' }>, streak: number): void {
    const { key, ms, outcome, updates } = attempt
    const writer = this.#writer(attempt.writer)
    for (const tally of [this.total, this.keys.seen(key)]) {
      tally.longestMs = Math.max(tally.longestMs, ms)
      if (outcome === 'won') {
        tally.won++
        tally.updates += updates
      } else if (outcome === 'lost') {
        tally.lost++
        tally.wastedMs += ms
      } else if (outcome === 'unknown') tally.unknown++
      else tally.failed++
    }
    if (outcome !== 'won' && outcome !== 'lost') return
    this.#durations ??= { won: new Histogram(), lost: new Histogram() }
    this.#durations[outcome].add(ms * 1000)
    writer[outcome]++
    writer.longestStreak = Math.max(writer.longestStreak, streak)
    if (outcome !== 'won') return
    if (attempt.updateWriters) for (const each of attempt.updateWriters) this.#writer(each).updates++
    else writer.updates += updates
  }

  #addCommit({ key, writer, updates }: Extract<Activity, { type: 'commit' }>): void {
    for (const tally of [this.total, this.keys.seen(key)]) {
      tally.commits++
      tally.committedUpdates += updates
    }
    this.#writer(writer).commits++
  }

  #addWait({ key, writer, ms, isAfterLoss }: Extract<Activity, { type: 'wait' }>): void {
    this.#writer(writer).waitedMs += ms
    if (!isAfterLoss) return
    this.total.wastedMs += ms
    // A wait names its update only, and the trace may begin behind the start of that.
    if (key !== '') this.keys.seen(key).wastedMs += ms
  }

  #addUpdate({ writer: name, end, attempts }: Extract<Activity, { type: 'update' }>): void {
    const writer = this.#writer(name)
    if (end === 'noop' || end === 'replayed') return
    if (end === 'ok') {
      const counted = Math.min(attempts, ATTEMPTS_COUNTED_MAX)
      this.attemptsToWin[counted] = (this.attemptsToWin[counted] ?? 0) + 1
      writer.done++
    } else {
      const why = this.gaveUp.has(end) || this.gaveUp.size < REASONS_MAX ? end : OTHER_REASONS
      this.gaveUp.set(why, (this.gaveUp.get(why) ?? 0) + 1)
      writer.gaveUp++
    }
    if (end !== 'ok' || attempts >= STARVED_ATTEMPTS) writer.starved++
  }

  #writer(name: string): WriterTally {
    const known = this.writers.get(name)
    if (known) return known
    if (this.writers.size >= WRITERS_MAX && name !== OTHER_WRITERS) return this.#writer(OTHER_WRITERS)
    const writer = emptyWriterTally()
    this.writers.set(name, writer)
    return writer
  }
}
