import type { AttemptOutcome } from '@latchless/filesystem'

/** Something that happened to a record, as far as contention is concerned. Times are milliseconds since the epoch. */
export type Activity =
  /** One conditional write. `updates` are folded in it. */
  | {
      readonly type: 'attempt'
      readonly atMs: number
      readonly ms: number
      readonly key: string
      readonly writer: string
      readonly outcome: AttemptOutcome
      readonly updates: number
      /** Whose updates they are, one name for each; without it all are those of the writer. */
      readonly updateWriters?: readonly string[]
    }
  | {
      readonly type: 'wait'
      readonly atMs: number
      readonly ms: number
      readonly key: string
      readonly writer: string
      /** It waits because it lost, and not because the store was busy or to leave the record to others. */
      readonly isAfterLoss: boolean
    }
  /** The end of an update: `ok`, `noop`, `replayed`, or why it gave up. */
  | {
      readonly type: 'update'
      readonly atMs: number
      readonly ms: number
      readonly key: string
      readonly writer: string
      readonly end: string
      readonly attempts: number
    }
  /** A version that the store has. */
  | {
      readonly type: 'commit'
      readonly atMs: number
      readonly key: string
      readonly writer: string
      readonly updates: number
    }
  /** So many events of a trace, or versions of a store, are known to be missing. */
  | { readonly type: 'gap'; readonly atMs: number; readonly of: 'trace' | 'commits'; readonly missing: number }
