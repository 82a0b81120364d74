import type { Retry } from '../errors.ts'
import { LatchlessError } from '../errors.ts'

/**
 * What may go wrong in any store besides what its own domain refuses, and what the caller does now:
 * - `timeout`: the deadline passed and nothing was written; try again when the filesystem answers faster.
 * - `retries-exhausted`: every attempt lost to other writers, nothing was written; try again later.
 * - `cas-unsupported`: the mount cannot compare-and-swap; mount one that can. Nothing was read or written.
 * - `aborted`: the caller's signal fired and nothing was written.
 * - `overloaded`: too many updates wait for this record, nothing was written; `retryAfterMs` of the `cause` says when to come back.
 * - `unknown-outcome`: the write may have landed; read what is there before acting again.
 * - `unavailable`: the filesystem failed; see `cause`, and `retry` for whether the write may have landed.
 * - `corrupt`: stored bytes fail their check; run the inspector and restore. Nothing was overwritten.
 * - `schema-too-new`: a newer program wrote the record; upgrade this one. The record is left alone.
 * - `too-large`: the record would exceed a limit of the filesystem; give less. Nothing was written.
 * - `denied`: the view that the store was given does not permit it; ask whoever made the view.
 * - `closed`: the filesystem was closed; open it again.
 * - `invalid-argument`: correct the argument; nothing was written.
 */
export type StoreFailureCode =
  | 'timeout'
  | 'retries-exhausted'
  | 'cas-unsupported'
  | 'aborted'
  | 'overloaded'
  | 'unknown-outcome'
  | 'unavailable'
  | 'corrupt'
  | 'schema-too-new'
  | 'too-large'
  | 'denied'
  | 'closed'
  | 'invalid-argument'

/** What a store was asked to do, for messages: `Cannot <operation> "<id>": …`. */
export interface StoreAct {
  readonly operation: string
  /** What the caller named; absent where an operation is about the store as a whole, such as a sweep. */
  readonly id?: string | undefined
}

/** The words for what a store was asked to do: `<operation> "<id>"`. */
export function actPhrase({ operation, id }: StoreAct): string {
  return id === undefined ? operation : `${operation} ${JSON.stringify(id)}`
}

export interface StoreErrorDetails extends StoreAct {
  readonly cause?: unknown
  readonly retry?: Retry
}

/**
 * Base of the error class of every store. Its message and its JSON name the operation and what the caller named; paths, stored
 * values and the words of a driver are in `cause` only, which is for logs.
 */
export class StoreError<Code extends string = string> extends LatchlessError<Code | StoreFailureCode> {
  static {
    this.prototype.name = 'StoreError'
  }
  readonly id: string | undefined

  constructor(code: Code | StoreFailureCode, message: string, { id, ...details }: StoreErrorDetails) {
    super(code, message, details)
    this.id = id
  }

  toJSON(): StoreErrorJson {
    const { code, message, operation, id, retry } = this
    return { code, message, operation, id, retry }
  }
}

/** All that a service may hand on of an error. */
export interface StoreErrorJson {
  readonly code: string
  readonly message: string
  readonly operation: string | undefined
  readonly id: string | undefined
  readonly retry: Retry
}
