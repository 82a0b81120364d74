import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { countText } from '../model/measures.ts'
import { Table } from '../output/table.ts'
import { winnerOf } from '../trace/explain.ts'
import type { Makers } from '../trace/makers.ts'
import { durationText, momentText } from '../trace/time-text.ts'
import { eventRow } from '../trace/trace-event-row.ts'
import type { Percentiles, TraceFigures } from '../trace/trace-figures.ts'
import type { Grouping } from '../trace/trace-stats.ts'
import type { Trace } from '../trace/trace.ts'

/** The figures of a window, a line each. */
export function totalLines(
  { paint }: Context,
  trace: Trace,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  figures: TraceFigures,
): string[] {
  const { won, lost, unknown, unknownLanded, busy, errors } = figures
  const wins = figures.attemptsToWin.map((count, at) =>
    count === 0 ? '' : `${at + 1}${at === 7 ? ' or later' : ''}: ${share(count, won)}`,
  )
  const streak = figures.losingWriter === null ? '' : ` by ${displayText(figures.losingWriter)}`
  const landed = unknown === 0 ? '' : ` (${countText(unknownLanded)} landed)`
  const lines: [string, string][] = [
    [
      'window',
      `${momentText(fromUs)} to ${momentText(toUs)} of ${momentText(trace.endUs - trace.startUs)}, ${countText(trace.count)} events`,
    ],
    [
      'attempts',
      `${countText(figures.attempts)}: ${countText(won)} won, ${countText(lost)} lost, ${countText(unknown)} unknown${landed}, ${countText(busy)} busy, ${countText(errors)} failed`,
    ],
    [
      'loss rate',
      `${percent(figures.lossRate)}, expected from the load ${percent(figures.expectedLossRate)}, behind by ${figures.staleness?.toFixed(1) ?? '-'} versions`,
    ],
    [
      'updates',
      `${countText(figures.updates)} ended, ${countText(figures.gaveUp)} gave up, ${countText(figures.updatesWon)} in won writes, ${figures.updatesPerSecond === null ? '-' : countText(Math.round(figures.updatesPerSecond))}/s`,
    ],
    ['write', latency(figures.attemptLatency)],
    ['update', latency(figures.updateLatency)],
    [
      'wasted',
      `${durationText(figures.wastedUs)}, ${percent(figures.wastedShare)} of the time in updates; ${figures.retriesPerWin?.toFixed(2) ?? '-'} retries a win`,
    ],
    [
      'fairness',
      `${figures.fairness?.toFixed(2) ?? '-'} (Jain), longest losing streak ${figures.longestLosingStreak}${streak}`,
    ],
    ['won at try', wins.filter((text) => text !== '').join(', ') || '-'],
  ]
  return lines.map(([name, text]) => `${paint('heading', name.padEnd(12))} ${text}\n`)
}

/** A table with a line for each writer, record or update. */
export function groupLines(
  { paint }: Context,
  trace: Trace,
  by: Grouping,
  groups: readonly { readonly name: number; readonly figures: TraceFigures }[],
): string[] {
  const headings = ['ATTEMPTS', 'WON', 'LOST', 'LOSS', 'WRITE P50', 'UPDATE P99', 'WASTED', by.toUpperCase()]
  const rows = groups.map(({ name, figures }) => [
    countText(figures.attempts),
    countText(figures.won),
    countText(figures.lost),
    percent(figures.lossRate),
    figures.attemptLatency ? durationText(figures.attemptLatency.p50Us) : '-',
    figures.updateLatency ? durationText(figures.updateLatency.p99Us) : '-',
    durationText(figures.wastedUs),
    displayText(trace.names.text(name)),
  ])
  const [head = '', ...lines] = new Table(headings).lines([headings, ...rows])
  return [paint('heading', head), ...lines].map((line) => `${line}\n`)
}

/** One line for each event. */
export class EventLines {
  readonly #context: Context
  readonly #trace: Trace
  readonly #makers: Makers
  readonly #table = new Table(['', '', '', '', ''])

  constructor(context: Context, trace: Trace, makers: Makers) {
    this.#context = context
    this.#trace = trace
    this.#makers = makers
  }

  line(event: number): string {
    const { event: kind, startUs, durationUs, writer, key } = eventRow(this.#trace, event)
    const cells = [
      momentText(startUs, true).padStart(13),
      durationText(durationUs).padStart(7),
      displayText(writer),
      kind,
    ]
    return `${this.#table.lines([[...cells, displayText(key ?? '-'), this.#what(event)]])[0] ?? ''}\n`
  }

  #what(event: number): string {
    const row = eventRow(this.#trace, event)
    switch (row.event) {
      case 'read':
        return `v${row.version}`
      case 'commit':
      case 'key':
        return `v${row.version} seen`
      case 'wait':
        return displayText(`for ${row.why}, planned ${durationText(row.planUs ?? 0)}`)
      case 'done':
        return displayText(`${row.outcome} after ${row.attempt}`)
      case 'cas':
        return this.#attempt(event)
      case 'op':
        return ''
    }
  }

  #attempt(event: number): string {
    const { base, next, outcome, attempt, folded, current } = eventRow(this.#trace, event)
    const winner = winnerOf(this.#trace, this.#makers, event)
    const rival = winner ? ` to ${this.#trace.names.text(winner.writer)} (v${winner.version}), head v${current}` : ''
    const updates = folded > 1 ? `, ${folded} updates` : ''
    const role = outcome === 'won' ? 'won' : outcome === 'lost' ? 'lost' : 'waiting'
    return this.#context.paint(role, displayText(`try ${attempt} v${base} to v${next} ${outcome}${rival}${updates}`))
  }
}

function latency(percentiles: Percentiles | null): string {
  if (!percentiles) return '-'
  const { p50Us, p90Us, p99Us, p999Us, maxUs } = percentiles
  const parts = { p50: p50Us, p90: p90Us, p99: p99Us, 'p99.9': p999Us, max: maxUs }
  return Object.entries(parts)
    .map(([name, us]) => `${name} ${durationText(us)}`)
    .join('  ')
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${(rate * 100).toFixed(1)} %`
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`
}
