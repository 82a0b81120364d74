import type { Results, SubjectResults } from '../results.ts'
import type { ChartBar, ChartRow } from './bar-chart.ts'
import { barChart } from './bar-chart.ts'
import { formatNumber } from './format.ts'

/** Pictures by file name; none of what was not measured. */
export function pictures(results: Results): Map<string, string> {
  const found = new Map<string, string>()
  const hot = results.where({ scenario: 'hot-4x4' })
  if (hot.length > 0) {
    found.set('hot-record-operations.svg', hotOperations(hot))
    found.set('hot-record-p99.svg', hotLatency(hot))
  }
  const convoy = results.where({ scenario: 'convoy' })
  if (convoy.length > 0) found.set('convoy.svg', convoyLatency(convoy))
  return found
}

const LEGEND = [
  { series: 'ours', label: 'latchless' },
  { series: 'peer', label: 'others' },
] as const

function hotOperations(subjects: readonly SubjectResults[]): string {
  return barChart({
    title: 'Updates per second of one record',
    subtitle: '4 processes × 4 writers; longer is better; logarithmic scale; medians of the rounds',
    legend: LEGEND,
    rows: subjects
      .toSorted((a, b) => b.median('opsPerSecond') - a.median('opsPerSecond'))
      .map((subject) => rowOf(subject, subject.median('opsPerSecond'), '/s')),
  })
}

function hotLatency(subjects: readonly SubjectResults[]): string {
  return barChart({
    title: 'How long the slowest 1 % of updates take (p99)',
    subtitle: '4 processes × 4 writers of one record; shorter is better; logarithmic scale; medians of the rounds',
    legend: LEGEND,
    rows: subjects
      .toSorted((a, b) => a.median('p99Ms') - b.median('p99Ms'))
      .map((subject) => rowOf(subject, subject.median('p99Ms'), ' ms')),
  })
}

function convoyLatency(subjects: readonly SubjectResults[]): string {
  const byEngine = Map.groupBy(subjects, ({ subject }) => `${subject.engine}|${subject.mode}`)
  const rows = [...byEngine.values()].flatMap((variants) => {
    const first = variants[0]
    if (!first) return []
    const bars = variants.map((result) => {
      const disturbed = result.subject.variant !== 'stall=none'
      const kind = result.subject.variant.replace('stall=', '')
      const value = result.median('p99Ms')
      const series: ChartBar['series'] = disturbed ? seriesOf(result) : 'quiet'
      return {
        value,
        label: `${formatNumber(value)} ms · ${kind}, longest ${formatNumber(result.median('maxMs'))} ms`,
        series,
      }
    })
    return [{ label: labelOf(first), bars }]
  })
  return barChart({
    title: 'p99 of the other writers while one is held up',
    subtitle: 'none: nobody; apply, call: one writer stalls there; stop: SIGSTOP of its process; logarithmic scale',
    legend: [{ series: 'quiet', label: 'nobody held up' }, ...LEGEND],
    rows,
  })
}

function rowOf(result: SubjectResults, value: number, unit: string): ChartRow {
  const label = `${formatNumber(value)}${unit}`
  return { label: labelOf(result), bars: [{ value, label, series: seriesOf(result) }] }
}

function labelOf({ subject }: SubjectResults): string {
  return `${subject.engine} · ${subject.mode} (${subject.durability})`
}

function seriesOf({ subject }: SubjectResults): 'ours' | 'peer' {
  return subject.engine.startsWith('latchless/') ? 'ours' : 'peer'
}
