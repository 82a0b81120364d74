import type { CasUpdateErrorCode, Retry } from './errors.ts'
import { CasUpdateError, FilesystemError } from './errors.ts'
import type { Capabilities, Head } from './filesystem.ts'
import { WRITE_IDS_KEPT } from './filesystem.ts'
import type { Runtime } from './runtime.ts'
import { generationOf, sequenceOf } from './version.ts'

/** Errors that are the caller's own matter and reach it unchanged. */
const passedThrough: ReadonlySet<string> = new Set([
  'corrupt',
  'key-missing',
  'denied',
  'schema-too-new',
  'invalid-record',
  'too-large',
  'invalid-argument',
])

/** How far one `casUpdate` call has come, and the errors that tell it. */
export class UpdateProgress {
  readonly path: string
  readonly startedMs: number
  readonly #runtime: Runtime
  readonly #signal: AbortSignal | undefined
  attempts = 0
  lastVersion: string | undefined
  /** Set from the moment a write is sent until it is known to be lost. */
  writeId: string | undefined
  lastFailure: unknown

  constructor(path: string, signal: AbortSignal | undefined, runtime: Runtime) {
    this.path = path
    this.#signal = signal
    this.#runtime = runtime
    this.startedMs = runtime.monotonicMs()
  }

  saw(head: Head): void {
    this.lastVersion = head.state === 'unwritten' ? undefined : head.version
  }

  /** The error for a path whose filesystem cannot compare-and-swap, or does not know whether it can. */
  refusalOf(cas: Capabilities['cas']): CasUpdateError | undefined {
    if (cas === 'record' || cas === 'records') return undefined
    return this.#error('cas-unsupported', `compare-and-swap is ${cas} at this path, expected a store that has it`)
  }

  aborted(): CasUpdateError {
    return this.#error('aborted', 'the signal fired, nothing was written', 'safe', this.#signal?.reason)
  }

  timedOut(timeoutMs: number): CasUpdateError {
    if (this.writeId !== undefined)
      return this.unknownOutcome(`no answer came within ${timeoutMs} ms`, this.lastFailure)
    return this.#error('timeout', `it took longer than ${timeoutMs} ms, nothing was written`, 'safe', this.lastFailure)
  }

  exhausted(): CasUpdateError {
    const problem = `all ${this.attempts} attempts lost to other writers, nothing was written`
    return this.#error('retries-exhausted', problem, 'safe')
  }

  overloaded(waiting: number, retryAfterMs: number): CasUpdateError {
    const problem = `${waiting} updates wait for it already, it would not be done in time; nothing was written`
    return this.#error('overloaded', problem, 'safe', undefined, retryAfterMs)
  }

  unknownOutcome(problem: string, cause?: unknown): CasUpdateError {
    return this.#error('unknown-outcome', `${problem}, the write may have landed`, 'unknown', cause)
  }

  /** What the caller is told of an error of the filesystem after which nothing is tried again. */
  translate(error: unknown): Error {
    if (!(error instanceof FilesystemError)) return this.#error('backend', 'the store failed', 'unknown', error)
    if (passedThrough.has(error.code)) return error
    if (error.code === 'aborted') return this.aborted()
    if (error.code === 'unsupported') {
      return this.#error('cas-unsupported', 'the store answered that it does not support this', 'never', error)
    }
    return this.#error('backend', `the store failed: ${error.message}`, error.retry, error)
  }

  #error(
    code: CasUpdateErrorCode,
    problem: string,
    retry: Retry = 'never',
    cause?: unknown,
    retryAfterMs?: number,
  ): CasUpdateError {
    return new CasUpdateError(code, `Cannot update ${JSON.stringify(this.path)}: ${problem}`, {
      path: this.path,
      operation: 'update',
      attempts: this.attempts,
      elapsedMs: this.#runtime.monotonicMs() - this.startedMs,
      lastVersion: this.lastVersion,
      writeId: this.writeId,
      retry,
      retryAfterMs,
      cause,
    })
  }
}

/** An answer that tells nothing of the write yet, so that it may be sent again. */
export function isUnavailable(error: unknown): error is FilesystemError {
  return error instanceof FilesystemError && error.code === 'unavailable' && error.retry !== 'never'
}

/**
 * Whether the write ids of `current` reach back to where a write over `base` would be. Only then does a writeId that is not
 * among them prove that the write never landed.
 */
export function ringReachesBack(base: Head, current: Head): boolean {
  if (current.state === 'unwritten') return base.state === 'unwritten'
  const baseSequence = base.state === 'unwritten' ? 0 : sequenceOf(base.version)
  const sameGeneration = base.state === 'unwritten' || generationOf(base.version) === generationOf(current.version)
  return sameGeneration && sequenceOf(current.version) - baseSequence <= WRITE_IDS_KEPT
}
