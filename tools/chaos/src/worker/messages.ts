import type { WorkerPlan } from './run-worker.ts'

/** What a process of a run is started with. */
export interface ProcessPlan {
  readonly worker: WorkerPlan
  readonly storeUrl: string
  /** One file of trace for each epoch goes here. */
  readonly traceDirectory: string
}

export type Command =
  | { readonly type: 'go'; readonly startUs: number }
  | { readonly type: 'jump'; readonly ms: number }
  | { readonly type: 'finish' }
  /** A sibling was stopped, or goes on. If the parent dies meanwhile, only a sibling can wake it. */
  | { readonly type: 'sibling-stopped' | 'sibling-resumed'; readonly pid: number }

export interface Ready {
  readonly type: 'ready'
}

/** One worker as the run sees it: a process, or something that behaves like one. */
export interface Worker {
  readonly number: number
  readonly pid: number
  /** False while it starts. */
  readonly isUp: boolean
  /** Resolves when it can begin. */
  readonly ready: Promise<void>
  /** Resolves when it has ended as told, rejects when it failed. */
  readonly ended: Promise<void>
  go(startUs: number): Promise<void>
  /** `kill -9`, and what answers it is a new incarnation. */
  kill(): Promise<void>
  stop(): void
  resume(): void
  jump(ms: number): Promise<void>
  tellSibling(type: 'sibling-stopped' | 'sibling-resumed', pid: number): Promise<void>
  /** Lets it end what it began. */
  finish(): Promise<void>
  /** Ends it for good, whatever it is doing. */
  destroy(): Promise<void>
}
