import { FilesystemError } from './errors.ts'
import { operationPhrase } from './operation-phrase.ts'

/** The error for a filesystem that was closed. */
export function closedError(operation: string, path: string): FilesystemError {
  return refusal('closed', operation, path, 'the filesystem is closed')
}

/** The error for an operation that this backend lacks at this path. */
export function unsupported(backend: string, operation: string, path: string, why?: string): FilesystemError {
  return refusal('unsupported', operation, path, why ?? `the ${backend} backend does not support ${operation}()`)
}

/** The error for an argument that no store would take. */
export function invalid(operation: string, path: string, problem: string, cause?: unknown): FilesystemError {
  return refusal('invalid-argument', operation, path, problem, cause)
}

/** The error for an argument above a limit. */
export function tooLarge(operation: string, path: string, problem: string): FilesystemError {
  return refusal('too-large', operation, path, problem)
}

function refusal(
  code: 'closed' | 'unsupported' | 'invalid-argument' | 'too-large',
  operation: string,
  path: string,
  problem: string,
  cause?: unknown,
): FilesystemError {
  return new FilesystemError(code, `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${problem}`, {
    path,
    operation,
    cause,
  })
}
