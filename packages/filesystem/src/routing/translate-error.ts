import { CompactedError, FilesystemError } from '../errors.ts'
import { operationPhrase } from '../operation-phrase.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import type { Discretion } from './discretion.ts'

/** A call that was passed on under another path. */
export interface RoutedCall {
  readonly operation: string
  /** As the caller named it. */
  readonly path: string
  /** As the filesystem behind the route was given it. */
  readonly inner: string
  /** The caller's path for another one that the filesystem names. */
  readonly outward?: ((inner: string) => string | undefined) | undefined
  /** Whether a path that the filesystem names is one that the caller must not see. */
  readonly isHidden?: ((inner: string) => boolean) | undefined
  readonly signal?: AbortSignal | undefined
  /** Whether the caller may learn what stands at the path. */
  readonly mayRead: boolean
}

/**
 * The error of a filesystem as the caller of a route sees it: same class, code and `retry`, with the path that the caller
 * knows. The original is its `cause`; under `discretion` only a copy of its causes without what must not be told.
 */
export function translateError(error: unknown, call: RoutedCall, discretion?: Discretion): unknown {
  if (!(error instanceof FilesystemError)) return discretion && error instanceof Error ? bare(error, discretion) : error
  const operation = error.operation ?? call.operation
  if (error.path !== undefined && call.isHidden?.(error.path) === true) {
    const problem = 'the store failed at a path that is hidden here'
    return failure(error, operation, call.path, problem, discretion ? undefined : error)
  }
  const path = (error.path !== undefined && call.outward?.(error.path)) || call.path
  if (error instanceof VersionMismatch) {
    if (call.mayRead) return new VersionMismatch(operation, path, error.expected, error.current, error.step)
    // The winner is the content of a path that this caller may not read.
    return failure(error, operation, path, 'another version is there', undefined)
  }
  const problem = problemOf(error, call)
  const told = discretion ? discretion.text(problem) : problem
  if (error instanceof CompactedError) {
    return new CompactedError(operation, path, told.replace(keptVersions, ''), error.oldest)
  }
  return failure(error, operation, path, told, discretion ? causeOf(error, call, discretion) : error)
}

/** How `CompactedError` ends its messages. */
const keptVersions = /, (?:none is retained|the oldest retained one is \d+)$/

function failure(
  error: FilesystemError,
  operation: string,
  path: string,
  problem: string,
  cause: unknown,
): FilesystemError {
  const details = { operation, path, retry: error.retry, cause }
  return new FilesystemError(
    error.code,
    `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${problem}`,
    details,
  )
}

/** The part of a message behind the path, with the path that the caller knows wherever else it stands. */
function problemOf(error: FilesystemError, call: RoutedCall): string {
  const subject = `${JSON.stringify(error.path ?? call.inner)}: `
  const end = error.message.startsWith('Cannot ') ? error.message.indexOf(subject) : -1
  const problem = end < 0 ? error.message : error.message.slice(end + subject.length)
  return problem.replaceAll(JSON.stringify(call.inner), JSON.stringify(call.path))
}

// What the caller's own signal gives as its reason is the caller's.
function causeOf(error: FilesystemError, call: RoutedCall, discretion: Discretion): unknown {
  if (error.cause !== undefined && error.cause === call.signal?.reason) return error.cause
  return discretion.cause(error.cause)
}

function bare(error: Error, discretion: Discretion): Error {
  const message = discretion.text(error.message)
  if (error instanceof TypeError) return new TypeError(message)
  return error instanceof RangeError ? new RangeError(message) : (discretion.cause(error) ?? error)
}
