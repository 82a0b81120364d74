import {
  DURATION_BUCKETS_SECONDS,
  MemoryFilesystem,
  Metrics,
  type MetricsSnapshot,
  observed,
  prometheusText,
  unwritten,
} from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'
import { parsePrometheusText } from './support/prometheus-parser.ts'

const entry = { body: new Uint8Array([1, 2, 3]), contentType: 'text/plain' }

function recorded(seconds: readonly number[], labels?: Record<string, string>): Metrics {
  const metrics = new Metrics({ labels })
  for (const each of seconds) {
    metrics.operationStarted('get')
    metrics.operationEnded({ operation: 'get', outcome: 'ok', seconds: each, bytesRead: 0, bytesWritten: 0 })
  }
  return metrics
}

describe('prometheusText()', () => {
  it('gives text that a parser of the format reads back', async () => {
    const metrics = new Metrics()
    const store = observed(await MemoryFilesystem.open(), metrics)
    await store.put('/a', entry, unwritten)
    await expect(store.put('/a', entry, unwritten)).rejects.toMatchObject({ code: 'conflict' })
    metrics.updateWaited('conflict', 0.0025)
    metrics.updateEnded({ outcome: 'ok', seconds: 0.004, attempts: 2 })
    const families = parsePrometheusText(prometheusText(metrics.snapshot()))
    expect(families.get('latchless_operations_total')).toEqual({
      name: 'latchless_operations_total',
      type: 'counter',
      help: 'Operations that ended.',
      samples: [
        { name: 'latchless_operations_total', labels: { operation: 'put', outcome: 'ok' }, value: 1 },
        { name: 'latchless_operations_total', labels: { operation: 'put', outcome: 'conflict' }, value: 1 },
      ],
    })
    expect(families.get('latchless_operations_in_flight')?.type).toBe('gauge')
    expect(families.get('latchless_update_wait_seconds_total')?.samples[0]).toMatchObject({ value: 0.0025 })
    expect(families.has('latchless_body_read_bytes_total'), 'a family without a series is left out').toBe(false)
  })

  it('gives cumulative buckets that end with +Inf and agree with the count', () => {
    const seconds = [0, 0.0001, 0.00011, 0.3, 15, 16, 1000]
    const families = parsePrometheusText(prometheusText(recorded(seconds).snapshot()))
    const samples = families.get('latchless_operation_duration_seconds')?.samples ?? []
    const buckets = samples.filter(({ name }) => name.endsWith('_bucket'))
    expect(buckets.map(({ labels }) => labels['le'])).toEqual([...DURATION_BUCKETS_SECONDS.map(String), '+Inf'])
    for (const { labels, value } of buckets) {
      const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'])
      expect(value, `le ${labels['le']}`).toBe(seconds.filter((each) => each <= bound).length)
      expect(Object.keys(labels)).toEqual(['operation', 'outcome', 'le'])
    }
    expect(samples.find(({ name }) => name.endsWith('_count'))?.value).toBe(seconds.length)
    expect(samples.find(({ name }) => name.endsWith('_sum'))?.value).toBeCloseTo(1031.30021, 6)
  })

  it('escapes help and label values', () => {
    const hostile = 'a "quoted" \\ back\nslash'
    const snapshot: MetricsSnapshot = {
      families: [{ type: 'gauge', name: 'x', help: hostile, series: [{ labels: { store: hostile }, value: 1e-9 }] }],
    }
    const parsed = parsePrometheusText(prometheusText(snapshot)).get('x')
    expect(parsed).toMatchObject({ help: hostile, samples: [{ labels: { store: hostile }, value: 1e-9 }] })
    expect(prometheusText(snapshot).split('\n')).toHaveLength(4)
  })

  it('shows several snapshots with labels of their own together', () => {
    const snapshots = ['main', 'spare'].map((store) => recorded([0.1], { store }).snapshot())
    const samples = parsePrometheusText(prometheusText(...snapshots)).get('latchless_operations_total')?.samples
    expect(samples?.map(({ labels }) => labels['store'])).toEqual(['main', 'spare'])
  })

  it('is empty for nothing', () => {
    expect(prometheusText()).toBe('')
    expect(prometheusText(new Metrics().snapshot())).toBe('')
  })
})

describe('Metrics', () => {
  it('refuses labels that are taken or no label names', () => {
    for (const name of ['le', 'outcome', '__name__', 'with-dash', '0', '']) {
      expect(() => new Metrics({ labels: { [name]: 'x' } }), name).toThrow(RangeError)
    }
  })
})
