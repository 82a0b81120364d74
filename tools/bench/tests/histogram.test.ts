import { Histogram } from '@latchless/bench'
import { describe, expect, test } from 'vitest'

function exactPercentile(values: readonly number[], fraction: number): number {
  const ascending = values.toSorted((a, b) => a - b)
  return ascending[Math.max(1, Math.ceil(fraction * ascending.length)) - 1] ?? 0
}

/** Durations from 100 nanoseconds to 100 seconds, the same in each run. */
function durations(count: number): number[] {
  let state = 12_345
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return 10 ** (-4 + (state / 2 ** 31) * 9)
  })
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe('Histogram', () => {
  test('tells percentiles within 1 % above the exact ones, from microseconds to minutes', () => {
    const values = durations(20_000)
    const histogram = histogramOf(values)
    for (const fraction of [0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = exactPercentile(values, fraction)
      expect(histogram.percentile(fraction) / exact).toBeGreaterThanOrEqual(0.999_99)
      expect(histogram.percentile(fraction) / exact).toBeLessThan(1.01)
    }
  })

  test('keeps the exact maximum', () => {
    const values = durations(1000)
    expect(histogramOf(values).maxMs).toBe(Math.max(...values))
    expect(histogramOf(values).percentile(1)).toBe(Math.max(...values))
  })

  test('is the same whether recorded in one process or added up from several', () => {
    const values = durations(3000)
    const parts = [values.slice(0, 1000), values.slice(1000, 1500), values.slice(1500)]
    const sum = new Histogram()
    for (const part of parts) sum.add(JSON.parse(JSON.stringify(histogramOf(part).toData())))
    expect(sum.toData()).toEqual(histogramOf(values).toData())
    expect(sum.count).toBe(3000)
  })

  test('tells 0 when nothing was recorded', () => {
    expect(new Histogram().percentile(0.99)).toBe(0)
    expect(new Histogram().maxMs).toBe(0)
  })

  test('takes durations beyond its range without losing their count', () => {
    const histogram = histogramOf([0, 1e-9, 1e12])
    expect(histogram.count).toBe(3)
    expect(histogram.maxMs).toBe(1e12)
  })
})
