/** Measurements at one moment, as plain data. */
export interface MetricsSnapshot {
  readonly families: readonly MetricFamily[]
}

/** All series of one name. */
export type MetricFamily =
  | {
      readonly type: 'counter' | 'gauge'
      readonly name: string
      readonly help: string
      readonly series: readonly NumberSeries[]
    }
  | {
      readonly type: 'histogram'
      readonly name: string
      readonly help: string
      readonly series: readonly HistogramSeries[]
    }

export type MetricLabels = Readonly<Record<string, string>>

export interface NumberSeries {
  readonly labels: MetricLabels
  readonly value: number
}

export interface HistogramSeries {
  readonly labels: MetricLabels
  /** Ascending; `count` is of all values up to and including `le`. The last `le` is infinite. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[]
  readonly sum: number
  readonly count: number
}
