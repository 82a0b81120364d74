import { adviceOf } from '../../../contention/advice.ts'
import { totalLines } from '../../../contention/contention-report.ts'
import { rateText, shareText } from '../../../contention/figures.ts'
import type { ContentionSummary } from '../../../contention/summary.ts'
import { lossRateOf, writesOf } from '../../../contention/tally.ts'
import { displayText } from '../../../display-text.ts'
import { wrapped } from '../../wrapped.ts'

const NAMED_MAX = 10

/** The same as the panels, in sentences. */
export function spokenLines(summary: ContentionSummary, selectedKey: string | undefined, columns: number): string[] {
  const { keys, keyCount, writers, rateSeconds } = summary
  const lines = [...totalLines(summary)]
  if (selectedKey !== undefined) lines.unshift(`selected: ${displayText(selectedKey)}`)
  for (const { key, tally, writers: count, winner } of keys.slice(0, NAMED_MAX)) {
    const lost = lossRateOf(tally)
    lines.push(
      `record ${displayText(key)}: ${rateText(writesOf(tally) / rateSeconds)} per second, ` +
        `${lost === undefined ? '' : `${shareText(lost)} lost, `}${count} writers, ` +
        `last written by ${displayText(winner ?? 'nobody known')}`,
    )
  }
  if (keyCount > NAMED_MAX) lines.push(`and ${keyCount - NAMED_MAX} more records`)
  for (const { writer, won, lost, commits } of writers.slice(0, NAMED_MAX)) {
    lines.push(
      `writer ${displayText(writer)}: ${Math.max(won, commits)} won${summary.isTraced ? `, ${lost} lost` : ''}`,
    )
  }
  for (const { about, text } of adviceOf(summary)) {
    lines.push(`advice: ${about === '' ? '' : `${displayText(about)}: `}${displayText(text)}`)
  }
  return lines.flatMap((line) => wrapped(line, columns))
}
