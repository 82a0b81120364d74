import { LOSSES_UNKNOWN } from '../../../contention/contention-report.ts'
import { msText, rateText, shareText } from '../../../contention/figures.ts'
import type { ContentionSummary } from '../../../contention/summary.ts'
import { lossRateOf } from '../../../contention/tally.ts'
import { countText } from '../../../model/measures.ts'
import { cut } from '../../../terminal/cells.ts'
import type { Role } from '../../../terminal/theme.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import { wrapped } from '../../wrapped.ts'
import { sparkline } from './pane.ts'
import { shortWriter } from './short-writer.ts'

const LABEL_COLUMNS = 20

/** How much is written and lost, and how the rate went. */
export function ratesPane(frame: Frame, summary: ContentionSummary): string[] {
  const lines = summary.isTraced ? tracedLines(frame, summary) : committedLines(frame, summary)
  const title = summary.isTraced ? 'attempts per second' : 'commits per second'
  return [rule(frame, title), ...lines].slice(0, frame.rows)
}

function tracedLines(frame: Frame, summary: ContentionSummary): string[] {
  const { total, trend, won, rateSeconds } = summary
  const open = total.unknown + total.failed
  const [p50, p90, p99, longest] = [0.5, 0.9, 0.99, 1].map((share) => {
    const us = won.percentile(share)
    return msText(us === undefined ? undefined : us / 1000)
  })
  const retries = total.won === 0 ? '-' : (total.lost / total.won).toFixed(2)
  const folded = total.won === 0 ? '-' : (total.updates / total.won).toFixed(1)
  return [
    rateLine(frame, `${frame.glyphs.won} won`, 'won', total.won / rateSeconds, trend.won),
    rateLine(frame, `${frame.glyphs.lost} lost`, 'lost', total.lost / rateSeconds, trend.lost),
    ` lost ${shareText(lossRateOf(total))}  retries/win ${retries}  updates/win ${folded}`,
    ` won in ms: half ${p50}  p90 ${p90}  p99 ${p99}  longest ${longest}`,
    ` ${fairnessText(summary)}`,
    open === 0 ? '' : ` ${countText(total.unknown)} unknown  ${countText(total.failed)} refused by the store`,
  ]
}

function committedLines(frame: Frame, summary: ContentionSummary): string[] {
  const { total, trend, rateSeconds } = summary
  const folded = total.commits === 0 ? '-' : (total.committedUpdates / total.commits).toFixed(1)
  return [
    rateLine(frame, `${frame.glyphs.won} committed`, 'won', total.commits / rateSeconds, trend.commits),
    ` ${countText(total.committedUpdates)} updates, ${folded} in a version   lost -`,
    ` ${fairnessText(summary)}`,
    ...wrapped(`${LOSSES_UNKNOWN}, or :trace FILE here`, frame.columns - 2).map(
      (line) => ` ${frame.paint('muted', line)}`,
    ),
  ]
}

function rateLine(frame: Frame, label: string, role: Role, perSecond: number, values: readonly number[]): string {
  const head = ` ${label} ${rateText(perSecond)}`.padEnd(LABEL_COLUMNS)
  const room = Math.min(values.length, Math.max(0, frame.columns - LABEL_COLUMNS - 1))
  return head + frame.paint(role, sparkline(frame, values, room))
}

function fairnessText({ fairness, writers }: ContentionSummary): string {
  if (fairness === undefined) return ''
  const text = `fairness ${fairness.toFixed(2)}`
  const [worst] = writers.toSorted((a, b) => b.longestStreak - a.longestStreak)
  if (!worst || worst.longestStreak === 0) return text
  return `${text}  longest losing streak ${worst.longestStreak} (${cut(shortWriter(worst.writer, 16), 16)})`
}
