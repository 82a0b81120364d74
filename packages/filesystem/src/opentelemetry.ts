import { type Attributes, type Meter, metrics } from '@opentelemetry/api'
import { DURATION_BUCKETS_SECONDS } from './observability/metrics.ts'
import type { Observer } from './observability/observer.ts'

const advice = { explicitBucketBoundaries: [...DURATION_BUCKETS_SECONDS] }

/**
 * An observer that records into OpenTelemetry, for `observed` and `observeUpdates`. Durations are in seconds, a failure has
 * its code as `error.type`, as the semantic conventions have it; no attribute holds a path, a kind or a value.
 *
 * ```ts
 * const observer = openTelemetryObserver(metrics.getMeter('my-service'))
 * const store = observed(await openFilesystem('memory:'), observer)
 * using updates = observeUpdates(observer)
 * ```
 */
export function openTelemetryObserver(meter: Meter = metrics.getMeter('@latchless/filesystem')): Observer {
  const duration = meter.createHistogram('latchless.operation.duration', {
    unit: 's',
    description: 'Duration of operations.',
    advice,
  })
  const active = meter.createUpDownCounter('latchless.operation.active', {
    unit: '{operation}',
    description: 'Operations that have not ended.',
  })
  const bodies = meter.createCounter('latchless.body.io', {
    unit: 'By',
    description: 'Bytes of bodies that were read and written.',
  })
  const updateDuration = meter.createHistogram('latchless.update.duration', {
    unit: 's',
    description: 'Duration of calls of casUpdate, waits included.',
    advice,
  })
  const attempts = meter.createCounter('latchless.update.attempts', {
    unit: '{attempt}',
    description: 'Writes that casUpdate attempted, by how they ended.',
  })
  const waitDuration = meter.createHistogram('latchless.update.wait.duration', {
    unit: 's',
    description: 'Waits of casUpdate between attempts.',
    advice,
  })
  return {
    operationStarted: (operation) => active.add(1, nameOf(operation)),
    operationEnded({ operation, outcome, seconds, bytesRead, bytesWritten }) {
      const name = nameOf(operation)
      active.add(-1, name)
      duration.record(seconds, outcome === 'ok' ? name : { ...name, 'error.type': outcome })
      if (bytesRead > 0) bodies.add(bytesRead, { ...name, 'latchless.io.direction': 'read' })
      if (bytesWritten > 0) bodies.add(bytesWritten, { ...name, 'latchless.io.direction': 'write' })
    },
    attemptEnded: (outcome) => attempts.add(1, { 'latchless.attempt.outcome': outcome }),
    updateWaited: (why, seconds) => waitDuration.record(seconds, { 'latchless.wait.reason': why }),
    updateEnded: ({ outcome, seconds }) => updateDuration.record(seconds, updateAttributes(outcome)),
  }
}

function nameOf(operation: string): Attributes {
  return { 'latchless.operation.name': operation }
}

function updateAttributes(outcome: string): Attributes {
  const succeeded = outcome === 'ok' || outcome === 'noop' || outcome === 'replayed'
  return succeeded ? { 'latchless.update.outcome': outcome } : { 'error.type': outcome }
}
