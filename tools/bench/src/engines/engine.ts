import type { Filesystem } from '@latchless/filesystem'

/** What an acknowledged update survives: nothing, the death of the process, the loss of power. */
export type DurabilityLevel = 'memory' | 'process' | 'disk'

export type EngineFamily = 'memory' | 'local' | 'sqlite' | 'postgres'

/** Where an update can be held up: between its reading and its writing, or inside its call of the store. */
export type StallPoint = 'apply' | 'call'

/** A way of using an engine. */
export interface EngineMode {
  readonly mode: string
  readonly durability: DurabilityLevel
  /** True for a PostgreSQL peer that writes a history row with each update, and for ours that does so by default. */
  readonly history: boolean
  /** Where one of its updates can be held up. */
  readonly stalls: readonly StallPoint[]
}

export interface Engine {
  readonly id: string
  /** The URL of the module that exports it as `engine`, when it is none of the registry. */
  readonly module?: string | undefined
  readonly family: EngineFamily
  readonly crossProcess: boolean
  /** The first one is what a reader would call the engine. */
  readonly modes: readonly EngineMode[]
  /** Bytes of the largest record body. */
  readonly bodyBytesMax: number
  /** Opens the store of a place, creating it when it is empty. Called in several processes at the same time. */
  open(options: DriverOptions): Promise<Driver>
}

export interface DriverOptions {
  /** A directory of one's own, or the URL of a database of one's own. */
  readonly place: string
  readonly mode: string
  readonly durability: DurabilityLevel
  /** The size of a record's JSON. */
  readonly bodyBytes: number
  /** Superseded bodies that an update retains; the engine's default when absent. Peers keep none or all. */
  readonly keepVersions?: number | undefined
  /** Whether one of its updates may be held up. */
  readonly stalls?: boolean | undefined
  /** Whether the counter is also an index, for pages in its order. */
  readonly indexed?: boolean | undefined
}

/** Holds an update up, at a point that its mode names, until the promise settles. */
export interface Stall {
  readonly at: StallPoint
  readonly until: Promise<void>
}

/** One process's connection to a store of counters. */
export interface Driver {
  /**
   * Adds 1 to the counter of a record, which is created when absent, and resolves when the engine has acknowledged it at
   * the stated durability. Rejects when the engine, or its usual loop of retries, gave up.
   */
  update(path: string, stall?: Stall): Promise<void>
  /** The counter as stored; 0 when absent. */
  count(path: string): Promise<number>
  /** Makes records that do not exist yet, quickly and at any durability. */
  fill?(records: readonly FilledRecord[]): Promise<void>
  /** Reads one page of at most `limit` records. `cursor` goes on from a page; resolves with how many and the next cursor. */
  page?(kind: PageKind, cursor: unknown, limit: number): Promise<{ readonly records: number; readonly next: unknown }>
  /** The store itself, for the operations of stores; ours only. */
  readonly filesystem?: Filesystem
  close(): Promise<void>
}

export interface FilledRecord {
  readonly path: string
  readonly count: number
}

/** `list`: in path order with bodies; `query`: in the order of an index. */
export type PageKind = 'list' | 'query'

/** Whether an update that was rejected may be stored all the same. */
export function mayHaveLanded(error: unknown): boolean {
  const { retry } = error as { retry?: unknown }
  return retry === undefined || retry === 'unknown'
}
