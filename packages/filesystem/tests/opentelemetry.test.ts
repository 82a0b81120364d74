import { casUpdate, MemoryFilesystem, observed, observeUpdates, unwritten } from '@latchless/filesystem'
import { openTelemetryObserver } from '@latchless/filesystem/opentelemetry'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  type MetricData,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import { Counter, increment } from './support/counter.ts'

const path = '/secret-tenant/a'
const entry = { body: new Uint8Array([1, 2, 3]), contentType: 'text/plain' }

async function collect(act: (observer: ReturnType<typeof openTelemetryObserver>) => Promise<void>) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  await act(openTelemetryObserver(provider.getMeter('test')))
  await provider.forceFlush()
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  await provider.shutdown()
  return new Map(metrics.map((metric) => [metric.descriptor.name, metric]))
}

function pointsOf(metric: MetricData | undefined): (readonly [object, number])[] {
  if (!metric) throw new Error('Cannot go on: the metric was not recorded')
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return metric.dataPoints.map(({ attributes, value }) => [attributes, value.count])
  }
  return metric.dataPoints.map(({ attributes, value }) => [attributes, value as number])
}

it('openTelemetryObserver() records operations with their failures as error.type', async () => {
  const recorded = await collect(async (observer) => {
    const store = observed(await MemoryFilesystem.open(), observer)
    await store.put(path, entry, unwritten)
    await expect(store.put(path, entry, unwritten)).rejects.toMatchObject({ code: 'conflict' })
    await store.get(path)
  })
  const name = (operation: string) => ({ 'latchless.operation.name': operation })
  const duration = recorded.get('latchless.operation.duration')
  expect(duration?.descriptor.unit).toBe('s')
  expect(pointsOf(duration)).toEqual([
    [name('put'), 1],
    [{ ...name('put'), 'error.type': 'conflict' }, 1],
    [name('get'), 1],
  ])
  expect(pointsOf(recorded.get('latchless.operation.active'))).toEqual([
    [name('put'), 0],
    [name('get'), 0],
  ])
  expect(pointsOf(recorded.get('latchless.body.io'))).toEqual([
    [{ ...name('put'), 'latchless.io.direction': 'write' }, 3],
    [{ ...name('get'), 'latchless.io.direction': 'read' }, 3],
  ])
  expect(JSON.stringify([...recorded.values()])).not.toContain('secret')
})

it('openTelemetryObserver() records updates, attempts and waits', async () => {
  const recorded = await collect(async (observer) => {
    using _observing = observeUpdates(observer)
    const store = await MemoryFilesystem.open()
    await casUpdate(store, path, Counter, increment)
    await store.put('/other', entry, unwritten)
    await expect(casUpdate(store, '/other', Counter, increment)).rejects.toMatchObject({ code: 'corrupt' })
    observer.updateWaited('conflict', 0.002)
  })
  expect(pointsOf(recorded.get('latchless.update.duration'))).toEqual([
    [{ 'latchless.update.outcome': 'ok' }, 1],
    [{ 'error.type': 'error' }, 1],
  ])
  expect(pointsOf(recorded.get('latchless.update.attempts'))).toEqual([[{ 'latchless.attempt.outcome': 'won' }, 1]])
  expect(pointsOf(recorded.get('latchless.update.wait.duration'))).toEqual([
    [{ 'latchless.wait.reason': 'conflict' }, 1],
  ])
})

it('openTelemetryObserver() without a provider records nothing and breaks nothing', async () => {
  const store = observed(await MemoryFilesystem.open(), openTelemetryObserver())
  await expect(store.get(path)).resolves.toEqual({ state: 'unwritten' })
})
