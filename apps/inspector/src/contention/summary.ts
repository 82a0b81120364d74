import type { Contention } from './contention.ts'
import { type KeyOrder, orderKeys } from './key-order.ts'
import { summarizeKeys, type KeySummary } from './key-summary.ts'
import { Histogram } from '../trace/histogram.ts'
import { jain } from '../trace/jain.ts'
import { ATTEMPTS_COUNTED_MAX, type Second } from './second.ts'
import { addTally, attemptsOf, emptyTally, type Tally } from './tally.ts'
import { successesOf, summarizeWriters, type WriterSummary } from './writer-summary.ts'

/** Contention in one window of time. */
export interface ContentionSummary {
  readonly windowSeconds: number
  /** Over how many seconds a rate is: the window, or less where the first event is not that long ago. */
  readonly rateSeconds: number
  /** Whether attempts were traced; otherwise only what was committed is known, and nothing of what was lost. */
  readonly isTraced: boolean
  readonly total: Tally
  /** Events that are known to be missing. */
  readonly missing: number
  readonly won: Histogram
  readonly lost: Histogram
  /** Updates by the attempts they needed to win; the last number is of that many and more. */
  readonly attemptsToWin: readonly number[]
  /** Updates that gave up, by their reason. */
  readonly gaveUp: ReadonlyMap<string, number>
  /** The first of them in the order asked for. */
  readonly keys: readonly KeySummary[]
  /** How many keys there are. */
  readonly keyCount: number
  readonly writers: readonly WriterSummary[]
  /** Jain's index of the writers' successes: 1 when all have as many, 1/n when one has all. */
  readonly fairness: number | undefined
  /** Wins, losses and commits over the window, oldest first. */
  readonly trend: Trend
}

export interface Trend {
  readonly secondsEach: number
  readonly won: readonly number[]
  readonly lost: readonly number[]
  readonly commits: readonly number[]
}

export interface SummaryOptions {
  readonly nowMs: number
  readonly windowSeconds: number
  readonly order: KeyOrder
  /** Only keys with this in them. */
  readonly filter?: string
  readonly keysMax?: number
}

const KEYS_MAX = 200
const TREND_POINTS = 30

export function summarize(contention: Contention, options: SummaryOptions): ContentionSummary {
  const { nowMs, windowSeconds, order, filter = '', keysMax = KEYS_MAX } = options
  const seconds = contention.seconds(nowMs, windowSeconds)
  const total = emptyTally()
  const won = new Histogram()
  const lost = new Histogram()
  const attemptsToWin = Array.from({ length: ATTEMPTS_COUNTED_MAX + 1 }, () => 0)
  const gaveUp = new Map<string, number>()
  const missing = { trace: 0, commits: 0 }
  for (const second of seconds) {
    addTally(total, second.total)
    missing.trace += second.missing.trace
    missing.commits += second.missing.commits
    if (second.durations) {
      won.addAll(second.durations.won)
      lost.addAll(second.durations.lost)
    }
    for (const [at, count] of second.attemptsToWin.entries()) attemptsToWin[at] = (attemptsToWin[at] ?? 0) + count
    for (const [why, count] of second.gaveUp) gaveUp.set(why, (gaveUp.get(why) ?? 0) + count)
  }
  const isTraced = attemptsOf(total) > 0
  const points = pointsOf(nowMs, windowSeconds)
  const keys = summarizeKeys(seconds).filter(({ key }) => key.includes(filter))
  const shown = orderKeys(keys, order, (key) => writersOf(contention, key, nowMs, windowSeconds).writers).slice(
    0,
    keysMax,
  )
  const writers = summarizeWriters(seconds)
  return {
    windowSeconds,
    rateSeconds: Math.min(windowSeconds, contention.secondsKnown(nowMs)),
    isTraced,
    total,
    // Where attempts are traced, they are what is shown, and a version that the store has forgotten is among them.
    missing: isTraced ? missing.trace : missing.trace + missing.commits,
    won,
    lost,
    attemptsToWin,
    gaveUp,
    keys: shown.map((key) => ({
      ...key,
      ...writersOf(contention, key.key, nowMs, windowSeconds),
      winner: contention.note(key.key)?.winner,
      trend: points.sum(seconds, (second) => {
        const tally = second.keys.entries.get(key.key)?.tally
        return tally ? Math.max(attemptsOf(tally), tally.commits) : 0
      }),
    })),
    keyCount: keys.length,
    writers,
    fairness: jain(writers.filter(hasTakenPart).map(successesOf)),
    trend: {
      secondsEach: points.secondsEach,
      won: points.sum(seconds, (second) => second.total.won),
      lost: points.sum(seconds, (second) => second.total.lost),
      commits: points.sum(seconds, (second) => second.total.commits),
    },
  }
}

// One of which only waits are in the window has neither won nor lost in it.
function hasTakenPart(writer: WriterSummary): boolean {
  return successesOf(writer) + writer.lost > 0
}

/** Writers of a key that were seen in the window, and how many processes they are in. */
function writersOf(
  contention: Contention,
  key: string,
  nowMs: number,
  windowSeconds: number,
): { writers: number; processes: number } {
  const sinceMs = nowMs - windowSeconds * 1000
  const processes = new Set<string>()
  let writers = 0
  for (const [writer, atMs] of contention.note(key)?.writers ?? []) {
    if (atMs <= sinceMs) continue
    writers++
    processes.add(writer.slice(writer.lastIndexOf('@') + 1))
  }
  return { writers, processes: processes.size }
}

function pointsOf(nowMs: number, windowSeconds: number) {
  const secondsEach = Math.max(1, Math.ceil(windowSeconds / TREND_POINTS))
  const length = Math.ceil(windowSeconds / secondsEach)
  const last = Math.floor(nowMs / 1000)
  return {
    secondsEach,
    sum(seconds: readonly Second[], of: (second: Second) => number): number[] {
      const sums = Array.from({ length }, () => 0)
      for (const second of seconds) {
        const at = length - 1 - Math.floor((last - second.at) / secondsEach)
        sums[at] = (sums[at] ?? 0) + of(second)
      }
      return sums
    },
  }
}
