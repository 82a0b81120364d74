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
 * - `schema-too-new`: a newer program wrote the record; upgrade this one. The record is left alone.
 * - `invalid-record`: the value does not fit its record type; correct it. Nothing was written.
 * - `compacted`: the version was pruned; `CompactedError.oldest` is the oldest retained one.
 * - `closed`: the filesystem was closed; open it again.
 * - `unsupported`: this backend cannot do that at this path; see `capabilities(path)`.
 * - `aborted`: the caller's signal fired.
 */
export type FilesystemErrorCode =
  | 'conflict'
  | 'invalid-argument'
  | 'too-large'
  | 'unavailable'
  | 'corrupt'
  | 'schema-too-new'
  | 'invalid-record'
  | 'compacted'
  | 'closed'
  | 'unsupported'
  | 'aborted'

export class FilesystemError extends LatchlessError<FilesystemErrorCode> {
  static {
    this.prototype.name = 'FilesystemError'
  }
}

/** The asked version once existed and its body was pruned. `oldest` is the sequence of the oldest retained version. */
export class CompactedError extends FilesystemError {
  static {
    this.prototype.name = 'CompactedError'
  }
  readonly oldest: number | undefined

  constructor(path: string, sequence: number, oldest: number | undefined) {
    const kept = oldest === undefined ? 'none is retained' : `the oldest retained one is v${oldest}`
    super('compacted', `Cannot read v${sequence} of ${JSON.stringify(path)}: it was pruned, ${kept}`, {
      path,
      operation: 'getVersion',
    })
    this.oldest = oldest
  }
}

export interface CasUpdateDetails extends ErrorDetails {
  readonly path: string
  readonly attempts: number
  readonly elapsedMs: number
  readonly lastVersion?: string | undefined
  readonly writeId?: string | undefined
}

/**
 * Why `casUpdate` gave up, and what the caller does now:
 * - `timeout`: the deadline passed and nothing was written; try again when the store answers faster.
 * - `retries-exhausted`: every attempt lost to other writers, nothing was written; try again later.
 * - `cas-unsupported`: the store cannot compare-and-swap here; mount one that can. Nothing was read or written.
 * - `backend`: the store failed; see `cause`.
 * - `aborted`: the signal fired before anything was written.
 * - `unknown-outcome`: the write may have landed and could not be resolved; look for `writeId` in the record's history.
 */
export type CasUpdateErrorCode =
  | 'timeout'
  | 'retries-exhausted'
  | 'cas-unsupported'
  | 'backend'
  | 'aborted'
  | 'unknown-outcome'

export class CasUpdateError extends LatchlessError<CasUpdateErrorCode> {
  static {
    this.prototype.name = 'CasUpdateError'
  }
  readonly attempts: number
  readonly elapsedMs: number
  readonly lastVersion: string | undefined
  readonly writeId: string | undefined

  constructor(code: CasUpdateErrorCode, message: string, details: CasUpdateDetails) {
    super(code, message, details)
    this.attempts = details.attempts
    this.elapsedMs = details.elapsedMs
    this.lastVersion = details.lastVersion
    this.writeId = details.writeId
  }
}
