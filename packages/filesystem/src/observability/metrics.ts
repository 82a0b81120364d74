import type { AttemptOutcome, WaitReason } from '../trace-event.ts'
import type { ObservedOperation, Observer, OperationEvent, UpdateEvent } from './observer.ts'
import { HistogramFamily, NumberFamily } from './series.ts'
import type { MetricLabels, MetricsSnapshot } from './snapshot.ts'

/** Upper bounds of the buckets of every duration, in seconds: from a memory hit to the default deadline of an update. */
export const DURATION_BUCKETS_SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15,
]

export interface MetricsOptions {
  /** Put on every series, for a process with several stores: `{ store: 'main' }`. */
  readonly labels?: MetricLabels | undefined
}

const labelName = /^[a-zA-Z][a-zA-Z0-9_]*$/
const ownLabels: ReadonlySet<string> = new Set(['operation', 'outcome', 'why', 'le'])

/**
 * Counts and times what it is told by `observed` and `observeUpdates`. Labels are operations, outcomes and reasons, so the
 * number of series has a bound; paths, kinds and values are never among them. Conflicts are the operations with the outcome
 * `conflict` and the attempts with the outcome `lost`.
 */
export class Metrics implements Observer {
  readonly #labels: MetricLabels
  readonly #operations = new NumberFamily('counter', 'latchless_operations_total', 'Operations that ended.')
  readonly #durations = new HistogramFamily(
    'latchless_operation_duration_seconds',
    'Duration of operations.',
    DURATION_BUCKETS_SECONDS,
  )
  readonly #inFlight = new NumberFamily('gauge', 'latchless_operations_in_flight', 'Operations that have not ended.')
  readonly #read = new NumberFamily('counter', 'latchless_body_read_bytes_total', 'Bytes of bodies that were read.')
  readonly #written = new NumberFamily(
    'counter',
    'latchless_body_written_bytes_total',
    'Bytes of bodies that were written.',
  )
  readonly #updates = new NumberFamily('counter', 'latchless_updates_total', 'Calls of casUpdate that ended.')
  readonly #updateDurations = new HistogramFamily(
    'latchless_update_duration_seconds',
    'Duration of calls of casUpdate, waits included.',
    DURATION_BUCKETS_SECONDS,
  )
  readonly #attempts = new NumberFamily(
    'counter',
    'latchless_update_attempts_total',
    'Writes that casUpdate attempted, by how they ended.',
  )
  readonly #waits = new NumberFamily('counter', 'latchless_update_waits_total', 'Waits of casUpdate between attempts.')
  readonly #waited = new NumberFamily(
    'counter',
    'latchless_update_wait_seconds_total',
    'Time that casUpdate waited between attempts.',
  )

  /** @throws {RangeError} when a label has no valid name or one of its own. */
  constructor(options: MetricsOptions = {}) {
    for (const name of Object.keys(options.labels ?? {})) {
      if (!labelName.test(name) || ownLabels.has(name)) {
        throw new RangeError(`Cannot label metrics with ${JSON.stringify(name)}: it is taken or no label name`)
      }
    }
    this.#labels = { ...options.labels }
  }

  operationStarted(operation: ObservedOperation): void {
    this.#inFlight.add(this.#with({ operation }), 1)
  }

  operationEnded({ operation, outcome, seconds, bytesRead, bytesWritten }: OperationEvent): void {
    this.#inFlight.add(this.#with({ operation }), -1)
    this.#operations.add(this.#with({ operation, outcome }), 1)
    this.#durations.record(this.#with({ operation, outcome }), seconds)
    if (bytesRead > 0) this.#read.add(this.#with({ operation }), bytesRead)
    if (bytesWritten > 0) this.#written.add(this.#with({ operation }), bytesWritten)
  }

  attemptEnded(outcome: AttemptOutcome): void {
    this.#attempts.add(this.#with({ outcome }), 1)
  }

  updateWaited(why: WaitReason, seconds: number): void {
    this.#waits.add(this.#with({ why }), 1)
    this.#waited.add(this.#with({ why }), seconds)
  }

  updateEnded({ outcome, seconds }: UpdateEvent): void {
    this.#updates.add(this.#with({ outcome }), 1)
    this.#updateDurations.record(this.#with({ outcome }), seconds)
  }

  /** What has been counted so far. Later events do not change it. */
  snapshot(): MetricsSnapshot {
    const families = [
      this.#operations,
      this.#durations,
      this.#inFlight,
      this.#read,
      this.#written,
      this.#updates,
      this.#updateDurations,
      this.#attempts,
      this.#waits,
      this.#waited,
    ]
    return { families: families.map((family) => family.snapshot()) }
  }

  #with(labels: MetricLabels): MetricLabels {
    return { ...this.#labels, ...labels }
  }
}
