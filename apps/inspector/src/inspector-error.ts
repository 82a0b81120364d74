import { LatchlessError } from '@latchless/filesystem'

/**
 * What the inspector itself refuses, and what the caller does now:
 * - `usage`: correct the command line.
 * - `not-found`: nothing is stored there; look with `ls` or `history`.
 * - `store-missing`: correct the store URL. Nothing was created.
 * - `refused`: ask in another way; the message names it.
 * - `partial`: some rows could not be read; each was reported before.
 * - `damaged`: a trace file is not as it was recorded; use its other copy, or what could be read of it.
 */
export type InspectorErrorCode = 'usage' | 'not-found' | 'store-missing' | 'refused' | 'partial' | 'damaged'

export interface InspectorErrorDetails {
  readonly cause?: unknown
  readonly path?: string
}

export class InspectorError extends LatchlessError<InspectorErrorCode> {
  static {
    this.prototype.name = 'InspectorError'
  }
  /** The next thing to try, printed below the message. */
  readonly hint: string | undefined

  constructor(code: InspectorErrorCode, message: string, hint?: string, details: InspectorErrorDetails = {}) {
    super(code, message, details)
    this.hint = hint
  }
}
