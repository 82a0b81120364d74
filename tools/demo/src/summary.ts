import type { StormResult } from './storm.ts'

/** What `--json` prints, in this order. */
export interface Summary {
  readonly backend: string
  readonly processes: number
  /** Per process. */
  readonly writers: number
  readonly acknowledged: number
  readonly applied: number
  readonly lost: number
  readonly duplicated: number
  readonly failed: number
  readonly conflicts: number
  readonly attempts: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly fairness: number
  /** `null` when a window has no update to compare. */
  readonly stoppedProcessDelayMs: number | null
  readonly storeUrl: string
  readonly tracePath: string
}

/** The result of a storm, as the one object that scripts read. */
export function summarize(result: StormResult): Summary {
  const { acknowledged, applied, lost, duplicated, failed } = result.proof
  return {
    backend: result.backend,
    processes: result.processes,
    writers: result.writers,
    acknowledged,
    applied,
    lost,
    duplicated,
    failed,
    conflicts: result.conflicts,
    attempts: result.attempts,
    p50Ms: result.latency.p50Ms,
    p99Ms: result.latency.p99Ms,
    maxMs: result.latency.maxMs,
    fairness: result.fairness,
    stoppedProcessDelayMs: result.stoppedProcessDelayMs,
    storeUrl: result.storeUrl,
    tracePath: result.tracePath,
  }
}
