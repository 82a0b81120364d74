import { operationPhrase } from './operation-phrase.ts'

/**
 * What a caller may do after an error: `safe` = nothing was written, trying again is harmless; `never` = trying again
 * gives the same answer; `unknown` = the write may have landed.
 */
export type Retry = 'safe' | 'never' | 'unknown'

export interface ErrorDetails {
  readonly cause?: unknown
  readonly retry?: Retry
  readonly path?: string
  readonly operation?: string
}

/** Base of every error that latchless throws on purpose. Programmer errors stay `TypeError` and `RangeError`. */
export class LatchlessError<Code extends string = string> extends Error {
  static {
    this.prototype.name = 'LatchlessError'
  }
  readonly code: Code
  readonly retry: Retry
  readonly path: string | undefined
  readonly operation: string | undefined

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.retry = details.retry ?? 'never'
    this.path = details.path
    this.operation = details.operation
  }
}

/**
 * What went wrong in a filesystem, and what the caller does now:
 * - `conflict`: the precondition was lost; continue from `VersionMismatch.current`.
 * - `invalid-argument`: correct the path, option or entry; nothing was written.
 * - `too-large`: make the entry, path or page smaller; nothing was written.
 * - `unavailable`: with `retry: 'safe'` try again later, with `'unknown'` repeat the identical write (same writeId).
 * - `corrupt`: stored bytes fail their check; run the inspector and restore. Nothing was overwritten.
 * - `key-missing`: the body is sealed under a key that the keyring does not hold; add that key. Nothing is lost.
 * - `schema-too-new`: a newer program wrote the record; upgrade this one. The record is left alone.
 * - `invalid-record`: the value does not fit its record type; correct it. Nothing was written.
 * - `compacted`: the version was pruned; `CompactedError.oldest` is the oldest retained one.
 * - `closed`: the filesystem was closed; open it again.
 * - `unsupported`: this backend cannot do that at this path; see `capabilities(path)`.
 * - `denied`: no grant of this view permits it; ask whoever made the view. Nothing was asked of the store.
 * - `aborted`: the caller's signal fired.
 */
export type FilesystemErrorCode =
  | 'conflict'
  | 'invalid-argument'
  | 'too-large'
  | 'unavailable'
  | 'corrupt'
  | 'key-missing'
  | 'schema-too-new'
  | 'invalid-record'
  | 'compacted'
  | 'closed'
  | 'unsupported'
  | 'denied'
  | 'aborted'

export class FilesystemError extends LatchlessError<FilesystemErrorCode> {
  static {
    this.prototype.name = 'FilesystemError'
  }
}

/** What was asked for once existed and is gone. `oldest` is the sequence of the oldest that is retained. */
export class CompactedError extends FilesystemError {
  static {
    this.prototype.name = 'CompactedError'
  }
  readonly oldest: number | undefined

  constructor(operation: string, path: string, gone: string, oldest: number | undefined) {
    const kept = oldest === undefined ? 'none is retained' : `the oldest retained one is ${oldest}`
    super('compacted', `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${gone}, ${kept}`, {
      path,
      operation,
    })
    this.oldest = oldest
  }
}

/** The error for a version whose body was pruned. */
export function prunedVersion(path: string, sequence: number, oldest: number | undefined): CompactedError {
  return new CompactedError('getVersion', path, `version ${sequence} was pruned`, oldest)
}

/** The error for log entries behind `after` that were trimmed. */
export function trimmedEntries(log: string, after: number, oldest: number): CompactedError {
  return new CompactedError('read', log, `entries behind ${after} were trimmed`, oldest)
}

export interface CasUpdateDetails extends ErrorDetails {
  readonly path: string
  readonly attempts: number
  readonly elapsedMs: number
  readonly lastVersion?: string | undefined
  readonly writeId?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/**
 * Why `casUpdate` gave up, and what the caller does now:
 * - `timeout`: the deadline passed and nothing was written; try again when the store answers faster.
 * - `retries-exhausted`: every attempt lost to other writers, nothing was written; try again later.
 * - `cas-unsupported`: the store cannot compare-and-swap here; mount one that can. Nothing was read or written.
 * - `backend`: the store failed; see `cause`.
 * - `aborted`: the signal fired before anything was written.
 * - `overloaded`: too many updates wait for this record to be done in time, nothing was written; come back after
 *   `retryAfterMs`, do not try again at once.
 * - `unknown-outcome`: the write may have landed and could not be resolved; look for `writeId` in the record's history.
 */
export type CasUpdateErrorCode =
  | 'timeout'
  | 'retries-exhausted'
  | 'cas-unsupported'
  | 'backend'
  | 'aborted'
  | 'overloaded'
  | 'unknown-outcome'

export class CasUpdateError extends LatchlessError<CasUpdateErrorCode> {
  static {
    this.prototype.name = 'CasUpdateError'
  }
  readonly attempts: number
  readonly elapsedMs: number
  readonly lastVersion: string | undefined
  readonly writeId: string | undefined
  /** With `overloaded`: in how many milliseconds what waits now will be done, about. */
  readonly retryAfterMs: number | undefined

  constructor(code: CasUpdateErrorCode, message: string, details: CasUpdateDetails) {
    super(code, message, details)
    this.attempts = details.attempts
    this.elapsedMs = details.elapsedMs
    this.lastVersion = details.lastVersion
    this.writeId = details.writeId
    this.retryAfterMs = details.retryAfterMs
  }
}
