import type { FilesystemErrorCode, Retry } from '../../errors.ts'
import type { Expectation, Head } from '../../filesystem.ts'
import type { IndexRange } from '../../index-range.ts'
import type { ListCall } from './listing.ts'
import type { PlannedAppend } from './logs.ts'
import type { PlannedWrite } from './records.ts'
import type { PlannedTransact } from './transaction.ts'

/** What the worker is started with. */
export interface WorkerSettings {
  readonly path: string
  readonly durability: 'disk' | 'process'
  /** The epoch of the store, should it be new. */
  readonly epoch: string
  readonly busyTimeoutMs: number
  readonly changesMax: number
  readonly sqliteVersionMin: string
  readonly check: boolean
  readonly readOnly: boolean
}

export type ReadCall =
  | { readonly type: 'get'; readonly path: string }
  | { readonly type: 'list'; readonly list: ListCall }
  | {
      readonly type: 'query'
      readonly collection: string
      readonly index: string
      readonly range: IndexRange
      readonly bodies: boolean
    }
  | {
      readonly type: 'history'
      readonly path: string
      readonly before: number | undefined
      readonly limit: number
      readonly bodies: boolean
    }
  | { readonly type: 'version'; readonly path: string; readonly sequence: number }
  | { readonly type: 'entries'; readonly log: string; readonly after: number | undefined; readonly limit: number }
  | { readonly type: 'changes'; readonly after: number; readonly prefix: string }
  | { readonly type: 'lastChange' }

export type WriteCall =
  | { readonly type: 'write'; readonly planned: PlannedWrite }
  | { readonly type: 'append'; readonly planned: PlannedAppend }
  | { readonly type: 'trim'; readonly log: string; readonly before: number }
  | { readonly type: 'transact'; readonly transact: PlannedTransact }
  /** Answered when the write-ahead log was emptied too, as far as no reader is in the way. */
  | { readonly type: 'purge'; readonly before: number; readonly limit: number; readonly changesMax: number }

export type Call =
  | { readonly kind: 'read'; readonly call: ReadCall }
  | { readonly kind: 'write'; readonly call: WriteCall; readonly bytes: number }
  /** Answered when there is a change behind the position. */
  | { readonly kind: 'wait'; readonly after: number }
  /** Answered when all that came before is answered; then the worker ends. */
  | { readonly kind: 'close' }

export interface Request {
  readonly id: number
  /** For messages of errors. */
  readonly operation: string
  readonly path: string
  readonly call: Call
}

export type ToWorker = Request | { readonly cancel: number }

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly refusal: Refusal }

/** An error, as it crosses to the other thread. */
export type Refusal =
  | {
      readonly type: 'mismatch'
      readonly operation: string
      readonly path: string
      readonly expected: Expectation
      readonly current: Head
      readonly step: number | undefined
    }
  | { readonly type: 'compacted'; readonly path: string; readonly oldest: number | undefined }
  | {
      readonly type: 'failure'
      readonly code: FilesystemErrorCode
      readonly message: string
      readonly retry: Retry
      readonly path: string | undefined
      readonly operation: string | undefined
      readonly cause: string | undefined
    }
  /** An error that nobody foresaw. */
  | { readonly type: 'defect'; readonly message: string }

/** The worker's first message, then lists of replies. */
export type FromWorker =
  | { readonly opened: { readonly epoch: string } }
  | { readonly refused: Refusal }
  | readonly Reply[]
