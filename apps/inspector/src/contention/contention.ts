import type { Activity } from './activity.ts'
import type { KeyBudget } from './key-counts.ts'
import { type KeyNote, KeyNotes } from './key-notes.ts'
import { Second } from './second.ts'

/** How far back it is remembered. */
const SECONDS_KEPT = 600
/** Counts of keys in all seconds together, from which on each second keeps its most frequent keys only. */
const EXACT_KEYS_MAX = 100_000
const TOP_KEYS = 512
const STREAKS_MAX = 4096

export interface ContentionOptions {
  readonly exactKeysMax?: number
  readonly topKeys?: number
}

/** What happened to the records of a store in the last ten minutes, second by second. Its memory is bounded. */
export class Contention {
  readonly #ring: (Second | undefined)[] = Array.from({ length: SECONDS_KEPT })
  readonly #budget: KeyBudget
  readonly #notes = new KeyNotes()
  /** Attempts that each writer has lost in a row. */
  readonly #streaks = new Map<string, number>()
  #newest = Number.NEGATIVE_INFINITY
  #lastMs: number | undefined
  #revision = 0

  constructor({ exactKeysMax = EXACT_KEYS_MAX, topKeys = TOP_KEYS }: ContentionOptions = {}) {
    this.#budget = { exactMax: exactKeysMax, topMax: topKeys, used: 0 }
  }

  /** Another number after every change. */
  get revision(): number {
    return this.#revision
  }

  /** When the last event was, by the clock of the one who recorded it. */
  get lastMs(): number | undefined {
    return this.#lastMs
  }

  /** What is older than what is remembered, or has no date, is left out. */
  add(activity: Activity): void {
    const at = Math.floor(activity.atMs / 1000)
    if (!Number.isSafeInteger(at) || at <= this.#newest - SECONDS_KEPT) return
    this.#revision++
    this.#lastMs = Math.max(this.#lastMs ?? activity.atMs, activity.atMs)
    this.#secondAt(at).add(activity, this.#streakAfter(activity))
    if (activity.type === 'attempt' || activity.type === 'commit') {
      const hasWon = activity.type === 'commit' || activity.outcome === 'won'
      this.#notes.seen(activity.key, activity.writer, activity.atMs, hasWon)
    }
  }

  note(key: string): KeyNote | undefined {
    return this.#notes.get(key)
  }

  /** The seconds of a window that ends with the second of `nowMs`, oldest first. Those without any event are left out. */
  seconds(nowMs: number, windowSeconds: number): Second[] {
    const last = Math.floor(nowMs / 1000)
    const found: Second[] = []
    for (let at = last - Math.min(windowSeconds, SECONDS_KEPT) + 1; at <= last; at++) {
      const second = this.#ring[slotOf(at)]
      if (second?.at === at) found.push(second)
    }
    return found
  }

  /** For how many seconds, the one of `nowMs` included, something is remembered; at least 1. */
  secondsKnown(nowMs: number): number {
    const last = Math.floor(nowMs / 1000)
    const oldest = this.seconds(nowMs, SECONDS_KEPT)[0]
    return oldest ? last - oldest.at + 1 : 1
  }

  #secondAt(at: number): Second {
    for (let next = Math.max(this.#newest + 1, at - SECONDS_KEPT + 1); next <= at; next++) this.#clear(slotOf(next))
    this.#newest = Math.max(this.#newest, at)
    const known = this.#ring[slotOf(at)]
    if (known?.at === at) return known
    const second = new Second(at, this.#budget)
    this.#ring[slotOf(at)] = second
    return second
  }

  #clear(slot: number): void {
    this.#ring[slot]?.keys.forget()
    this.#ring[slot] = undefined
  }

  #streakAfter(activity: Activity): number {
    if (activity.type !== 'attempt') return 0
    const { writer, outcome } = activity
    const before = this.#streaks.get(writer) ?? 0
    if (outcome === 'won') this.#streaks.delete(writer)
    if (outcome !== 'lost') return 0
    if (before === 0 && this.#streaks.size >= STREAKS_MAX) return 1
    this.#streaks.set(writer, before + 1)
    return before + 1
  }
}

function slotOf(second: number): number {
  return ((second % SECONDS_KEPT) + SECONDS_KEPT) % SECONDS_KEPT
}
