import type { MetricFamily, MetricLabels, MetricsSnapshot } from './snapshot.ts'

/** The content type of {@link prometheusText} in HTTP. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Snapshots in the Prometheus text exposition format 0.0.4. Families of one name become one, so that several `Metrics` with
 * labels of their own can be shown together.
 */
export function prometheusText(...snapshots: readonly MetricsSnapshot[]): string {
  const byName = Map.groupBy(
    snapshots.flatMap(({ families }) => families),
    ({ name }) => name,
  )
  return [...byName.values()].map(familyText).join('')
}

function familyText(families: readonly MetricFamily[]): string {
  const [first] = families
  const lines = families.flatMap(samples)
  if (!first || lines.length === 0) return ''
  const { name, help, type } = first
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function samples(family: MetricFamily): string[] {
  const { name } = family
  if (family.type !== 'histogram') return family.series.map(({ labels, value }) => sample(name, labels, value))
  return family.series.flatMap(({ labels, buckets, sum, count }) => [
    ...buckets.map((bucket) => sample(`${name}_bucket`, { ...labels, le: numberText(bucket.le) }, bucket.count)),
    sample(`${name}_sum`, labels, sum),
    sample(`${name}_count`, labels, count),
  ])
}

function sample(name: string, labels: MetricLabels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeValue(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : `${value}`
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
