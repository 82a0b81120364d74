import type { ContentionRow } from '../output/rows.ts'
import type { Advice } from './advice.ts'
import type { Histogram } from '../trace/histogram.ts'
import type { ContentionSummary } from './summary.ts'
import { attemptsOf, lossRateOf } from './tally.ts'

/** The summary as JSON. */
export function contentionRow(
  prefix: string,
  summary: ContentionSummary,
  advice: readonly Advice[],
  damaged: number,
): ContentionRow {
  const { total, keys, writers, isTraced } = summary
  return {
    type: 'contention',
    v: 1,
    prefix,
    windowSeconds: summary.rateSeconds,
    traced: isTraced,
    attempts: isTraced ? attemptsOf(total) : null,
    won: isTraced ? total.won : null,
    lost: isTraced ? total.lost : null,
    unknown: isTraced ? total.unknown : null,
    failed: isTraced ? total.failed : null,
    lossRate: lossRateOf(total) ?? null,
    commits: total.commits,
    updates: isTraced ? total.updates : total.committedUpdates,
    wastedMs: isTraced ? total.wastedMs : null,
    wonMs: percentilesOf(summary.won),
    lostMs: percentilesOf(summary.lost),
    attemptsToWin: [...summary.attemptsToWin],
    gaveUp: Object.fromEntries(summary.gaveUp),
    fairness: summary.fairness ?? null,
    missing: summary.missing,
    damagedLines: damaged,
    keyCount: summary.keyCount,
    keys: keys.map(({ key, tally, error, writers: writerCount, processes, winner }) => ({
      key,
      won: tally.won,
      lost: tally.lost,
      unknown: tally.unknown,
      failed: tally.failed,
      commits: tally.commits,
      lossRate: lossRateOf(tally) ?? null,
      writers: writerCount,
      processes,
      winner: winner ?? null,
      longestMs: tally.longestMs,
      wastedMs: tally.wastedMs,
      error,
    })),
    writers: writers.map(
      ({ writer, won, lost, commits, updates, done, gaveUp, starved, waitedMs, longestStreak, share }) => ({
        writer,
        won,
        lost,
        commits,
        updates,
        done,
        gaveUp,
        starved,
        waitedMs,
        longestStreak,
        share,
      }),
    ),
    advice: advice.map(({ about, text }) => ({ about, text })),
  }
}

function percentilesOf(histogram: Histogram): ContentionRow['wonMs'] {
  const [p50, p90, p99, longest] = [0.5, 0.9, 0.99, 1].map((share) => histogram.percentile(share))
  if (p50 === undefined || p90 === undefined || p99 === undefined || longest === undefined) return null
  return { p50: p50 / 1000, p90: p90 / 1000, p99: p99 / 1000, max: longest / 1000 }
}
