import { displayText } from '../display-text.ts'
import { countText } from '../model/measures.ts'
import { Table } from '../output/table.ts'
import type { Advice } from './advice.ts'
import { msText, rateText, shareText } from './figures.ts'
import type { ContentionSummary } from './summary.ts'
import { attemptsOf, lossRateOf, writesOf } from './tally.ts'

const ROWS_MAX = 20

/** The summary as lines of text for people, also where it is read aloud. */
export function contentionReport(summary: ContentionSummary, advice: readonly Advice[], damaged: number): string {
  const lines = [...totalLines(summary), ...keyLines(summary), ...writerLines(summary)]
  for (const { about, text } of advice)
    lines.push(`advice: ${about === '' ? '' : `${displayText(about)}: `}${displayText(text)}`)
  if (damaged > 0) lines.push(`${damaged} lines are none of a trace and were left out`)
  return `${lines.join('\n')}\n`
}

/** What there is to say about the whole. */
export function totalLines({
  total,
  isTraced,
  won,
  rateSeconds,
  fairness,
  missing,
  gaveUp,
}: ContentionSummary): string[] {
  const lines: string[] = []
  if (isTraced) {
    const { lost, unknown, failed } = total
    lines.push(
      `${countText(attemptsOf(total))} attempts in the last ${rateSeconds} s: ${countText(total.won)} won, ${countText(lost)} lost` +
        ` (${shareText(lossRateOf(total))}), ${unknown} unknown, ${failed} refused`,
    )
    const [p50, p90, p99, longest] = [0.5, 0.9, 0.99, 1].map((share) => msText(usToMs(won.percentile(share))))
    lines.push(`a write that won took ${p50} ms (half), ${p90} ms (p90), ${p99} ms (p99), ${longest} ms (longest)`)
    lines.push(`${msText(total.wastedMs)} ms went into attempts that were lost and the waits behind them`)
    for (const [why, count] of gaveUp) lines.push(`${count} updates gave up: ${displayText(why)}`)
  } else {
    lines.push(
      `${countText(total.commits)} versions committed in the last ${rateSeconds} s, with ${countText(total.committedUpdates)} updates`,
    )
    lines.push(LOSSES_UNKNOWN)
  }
  if (fairness !== undefined) lines.push(`fairness of the writers ${fairness.toFixed(2)} (Jain; 1 is equal)`)
  if (missing > 0) lines.push(`${missing} events are missing`)
  return lines
}

/** A store knows only what was written. */
export const LOSSES_UNKNOWN =
  'what was lost is unknown to a store: record it in the services with recordTrace, and give the files with --trace'

function keyLines(summary: ContentionSummary): string[] {
  if (summary.keys.length === 0) return []
  const table = new Table([])
  const rows = summary.keys
    .slice(0, ROWS_MAX)
    .map(({ key, tally, error, writers, winner }) => [
      rateText(writesOf(tally) / summary.rateSeconds),
      error === 0 ? '' : `±${error}`,
      shareText(lossRateOf(tally)),
      String(writers),
      msText(summary.isTraced ? tally.longestMs : undefined),
      msText(summary.isTraced ? tally.wastedMs : undefined),
      displayText(winner ?? '-'),
      displayText(key),
    ])
  const headings = ['PER SECOND', '', 'LOST', 'WRITERS', 'LONGEST MS', 'WASTED MS', 'LAST WINNER', 'RECORD']
  const more = summary.keyCount > rows.length ? [`and ${summary.keyCount - rows.length} more records`] : []
  return ['', ...table.lines([headings, ...rows]), ...more]
}

function writerLines({ writers, isTraced }: ContentionSummary): string[] {
  if (writers.length === 0) return []
  const table = new Table([])
  const rows = writers
    .slice(0, ROWS_MAX)
    .map(({ writer, won, lost, commits, starved, longestStreak, share }) => [
      String(Math.max(won, commits)),
      isTraced ? String(lost) : '-',
      isTraced ? String(longestStreak) : '-',
      isTraced ? String(starved) : '-',
      share.toFixed(2),
      displayText(writer),
    ])
  const more = writers.length > rows.length ? [`and ${writers.length - rows.length} more writers`] : []
  return ['', ...table.lines([['WON', 'LOST', 'IN A ROW', 'STARVED', 'SHARE', 'WRITER'], ...rows]), ...more]
}

function usToMs(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / 1000
}
