import type { HistogramSeries, MetricFamily, MetricLabels, NumberSeries } from './snapshot.ts'

interface Labelled {
  readonly labels: MetricLabels
}

/** The series of one family, each made when it is first needed. */
class SeriesByLabels<Series extends Labelled> {
  readonly #series = new Map<string, Series>()
  readonly #make: (labels: MetricLabels) => Series

  constructor(make: (labels: MetricLabels) => Series) {
    this.#make = make
  }

  at(labels: MetricLabels): Series {
    const key = JSON.stringify(Object.values(labels))
    let series = this.#series.get(key)
    if (!series) {
      series = this.#make(labels)
      this.#series.set(key, series)
    }
    return series
  }

  all(): Series[] {
    return [...this.#series.values()]
  }
}

/** A number per combination of labels. */
export class NumberFamily {
  readonly #series = new SeriesByLabels((labels) => ({ labels, value: 0 }))
  readonly #type: 'counter' | 'gauge'
  readonly #name: string
  readonly #help: string

  constructor(type: 'counter' | 'gauge', name: string, help: string) {
    this.#type = type
    this.#name = name
    this.#help = help
  }

  add(labels: MetricLabels, amount: number): void {
    this.#series.at(labels).value += amount
  }

  snapshot(): MetricFamily {
    const series: NumberSeries[] = this.#series.all().map((each) => ({ ...each }))
    return { type: this.#type, name: this.#name, help: this.#help, series }
  }
}

/** A distribution per combination of labels. */
export class HistogramFamily {
  readonly #series: SeriesByLabels<{ labels: MetricLabels; counts: number[]; sum: number }>
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#bounds = [...bounds, Number.POSITIVE_INFINITY]
    this.#series = new SeriesByLabels((labels) => ({ labels, counts: this.#bounds.map(() => 0), sum: 0 }))
  }

  record(labels: MetricLabels, value: number): void {
    const series = this.#series.at(labels)
    const bucket = this.#bounds.findIndex((bound) => value <= bound)
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += value
  }

  snapshot(): MetricFamily {
    const series = this.#series.all().map(({ labels, counts, sum }): HistogramSeries => {
      let count = 0
      const buckets = this.#bounds.map((le, n) => ({ le, count: (count += counts[n] ?? 0) }))
      return { labels, buckets, sum, count }
    })
    return { type: 'histogram', name: this.#name, help: this.#help, series }
  }
}
