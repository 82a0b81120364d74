import type { DurabilityLevel, StallPoint } from './engines/engine.ts'
import type { HistogramData } from './histogram.ts'
import type { PathChoice, Plan } from './scenarios/scenario.ts'

/** What a worker process is started with, as JSON in its only argument. */
export interface WorkerConfig {
  readonly engine: string
  readonly mode: string
  readonly durability: DurabilityLevel
  readonly place: string
  /** From 1. */
  readonly number: number
  readonly writers: number
  readonly paths: PathChoice
  readonly pathsMax: number
  readonly work: Plan['work']
  readonly bodyBytes: number
  readonly keepVersions?: number | undefined
  readonly updatesBefore: number
  /** Records to make before the work, in at most so many milliseconds. */
  readonly fill: number
  readonly fillMs: number
  /** Whether one of the measurement's writers is to be held up. */
  readonly stalls: boolean
  /** Where this process holds up its first writer. */
  readonly stall?: StallPoint | undefined
  /** Ends after so many updates. */
  readonly updates?: number | undefined
  readonly operation?: string | undefined
}

/** To a worker. Times are milliseconds since the epoch. */
export type WorkerCommand =
  | { readonly type: 'go'; readonly atMs: number }
  | { readonly type: 'window'; readonly fromMs: number; readonly untilMs: number }
  | { readonly type: 'count'; readonly paths: readonly string[] }
  | { readonly type: 'close' }

/** From a worker. `broken` says why it cannot go on. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | ({ readonly type: 'result' } & WorkerResult)
  | { readonly type: 'counts'; readonly counts: readonly number[] }
  | { readonly type: 'broken'; readonly message: string }

export interface WorkerResult {
  /** Operations that ended inside the window, for each writer. A writer that was held up has none. */
  readonly operations: readonly number[]
  /** Records read by pages inside the window. */
  readonly records: number
  readonly windowMs: number
  readonly latency: HistogramData
  readonly acknowledged: readonly (readonly [path: string, count: number])[]
  /** Rejected updates that may be stored all the same. */
  readonly unknown: readonly (readonly [path: string, count: number])[]
  readonly failures: number
  readonly failureExample?: string | undefined
  readonly loopStallMs: number
  readonly rssMb: number
  readonly heapMb: number
  /** Of all threads of the process, inside the window. */
  readonly cpuMs: number
  /** Taken at even distances, when the memory is watched. */
  readonly samples: readonly MemorySample[]
}

export interface MemorySample {
  readonly updates: number
  readonly heapMb: number
  readonly rssMb: number
}
