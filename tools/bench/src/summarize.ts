import { Histogram } from './histogram.ts'
import type { Measurement } from './measurement.ts'
import type { WorkerResult } from './messages.ts'
import type { Plan } from './scenarios/scenario.ts'
import { fairnessOf, median, significant } from './statistics.ts'

/** What the store holds, against what was acknowledged. */
export interface StoreCheck {
  readonly acknowledged: number | null
  readonly lost: number
  readonly repeated: number
}

/** One measurement from the reports of its processes. `undone` is how many stops of a process had to be repeated. */
export function summarize(
  plan: Plan,
  round: number,
  results: readonly WorkerResult[],
  check: StoreCheck,
  undone: number,
): Measurement {
  // A stopped process is the disturbance, not one of those that are measured.
  const measured = plan.disturbance === 'stop' ? results.slice(1) : results
  const latency = new Histogram()
  for (const result of measured) latency.add(result.latency)
  const perProcess = measured.map(({ operations }) => operations.reduce((sum, count) => sum + count, 0))
  const operations = perProcess.reduce((sum, count) => sum + count, 0)
  const windowMs = Math.max(...measured.map((result) => result.windowMs))
  const shares = measured.length > 1 ? perProcess : sharesOfWriters(plan, measured[0])
  const failureExample = results.find((result) => result.failureExample !== undefined)?.failureExample
  return {
    ...plan.subject,
    round,
    opsPerSecond: significant((operations / windowMs) * 1000),
    p50Ms: significant(latency.percentile(0.5)),
    p99Ms: significant(latency.percentile(0.99)),
    p999Ms: significant(latency.percentile(0.999)),
    maxMs: significant(latency.maxMs),
    fairness: significant(fairnessOf(shares)),
    failures: results.reduce((sum, result) => sum + result.failures, 0),
    loopStallMs: significant(Math.max(...measured.map((result) => result.loopStallMs))),
    rssMb: significant(Math.max(...results.map((result) => result.rssMb))),
    ...check,
    ...(failureExample === undefined ? {} : { failureExample }),
    details: detailsOf(plan, measured, operations, windowMs, undone),
  }
}

// The first writer does nothing while it is held up, as it is told.
function sharesOfWriters({ disturbance }: Plan, result: WorkerResult | undefined): readonly number[] {
  const operations = result?.operations ?? []
  return disturbance === 'apply' || disturbance === 'call' ? operations.slice(1) : operations
}

function detailsOf(
  plan: Plan,
  results: readonly WorkerResult[],
  operations: number,
  windowMs: number,
  undone: number,
): Record<string, number> {
  const cpuMs = results.reduce((sum, result) => sum + result.cpuMs, 0)
  const records = results.reduce((sum, result) => sum + result.records, 0)
  return {
    cpuMicrosPerOp: significant((cpuMs * 1000) / Math.max(1, operations)),
    heapMb: significant(Math.max(...results.map((result) => result.heapMb))),
    ...(records > 0 ? { recordsPerSecond: significant((records / windowMs) * 1000) } : {}),
    ...(plan.disturbance === undefined ? {} : { heldUpMs: plan.disturbance === 'none' ? 0 : plan.measureMs }),
    ...(plan.disturbance === 'stop' ? { stopsUndone: undone } : {}),
    ...growthOf(results[0]?.samples ?? []),
  }
}

/** The memory after warm-up, a fifth to a half of the work, against the last fifth. */
export function growthOf(samples: WorkerResult['samples']): Record<string, number> {
  if (samples.length < 10) return {}
  const part = (from: number, to: number) => samples.slice(samples.length * from, samples.length * to)
  const [warm, last] = [part(0.2, 0.5), part(0.8, 1)]
  return {
    heapWarmMb: significant(median(warm.map(({ heapMb }) => heapMb))),
    heapLastMb: significant(median(last.map(({ heapMb }) => heapMb))),
    rssWarmMb: significant(median(warm.map(({ rssMb }) => rssMb))),
    rssLastMb: significant(median(last.map(({ rssMb }) => rssMb))),
  }
}
