/** What a worker process is started with, as JSON in its only argument. */
export interface WorkerConfig {
  /** From 1. */
  readonly number: number
  readonly writers: number
  readonly storeUrl: string
  readonly hotPath: string
  readonly spreadPaths: readonly string[]
  readonly journalFile: string
  readonly traceFile: string
}

/** From the storm to a worker. */
export type WorkerCommand =
  | { readonly type: 'go' }
  /** A sibling is stopped: when the storm dies meanwhile, somebody has to wake it. */
  | { readonly type: 'sibling-stopped'; readonly pid: number }
  | { readonly type: 'sibling-continued' }
  | { readonly type: 'finish' }

/** From a worker to the storm. */
export type WorkerMessage = { readonly type: 'ready' } | { readonly type: 'progress'; readonly acknowledged: number }
