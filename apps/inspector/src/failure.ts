import { CasUpdateError, FilesystemError, type FilesystemErrorCode } from '@latchless/filesystem'
import { CommanderError } from 'commander'
import { codeOf } from './error-code.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { InspectorError, type InspectorErrorCode } from './inspector-error.ts'

/** An error as a person or a script is told of it. */
export interface Failure {
  readonly code: ExitCode
  /** Stable upper-case name for scripts. */
  readonly name: string
  readonly message: string
  readonly hint: string | undefined
  readonly path: string | undefined
}

/** Turns whatever was thrown into an exit code, a name, a message and a hint. */
export function failureOf(error: unknown): Failure {
  if (error instanceof InspectorError) {
    return failure(INSPECTOR_EXIT[error.code], error.code, error.message, error.hint, error.path)
  }
  if (error instanceof CommanderError) return usageFailure(error)
  if (error instanceof FilesystemError) return filesystemFailure(error)
  if (error instanceof CasUpdateError)
    return failure(EXIT.unreachable, error.code, error.message, undefined, error.path)
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return failure(EXIT.internal, 'internal', message, 'this is a bug of the inspector; please report it')
}

const INSPECTOR_EXIT: Record<InspectorErrorCode, ExitCode> = {
  usage: EXIT.usage,
  'not-found': EXIT.notFound,
  'store-missing': EXIT.unreachable,
  refused: EXIT.refused,
  partial: EXIT.partial,
  damaged: EXIT.integrity,
}

const FILESYSTEM_EXIT: Record<FilesystemErrorCode, ExitCode> = {
  conflict: EXIT.conflict,
  'invalid-argument': EXIT.usage,
  'too-large': EXIT.usage,
  unavailable: EXIT.unreachable,
  corrupt: EXIT.integrity,
  'key-missing': EXIT.refused,
  'schema-too-new': EXIT.integrity,
  'invalid-record': EXIT.integrity,
  compacted: EXIT.notFound,
  closed: EXIT.internal,
  unsupported: EXIT.refused,
  aborted: EXIT.interrupted,
  denied: EXIT.refused,
}

const HINTS: Partial<Record<FilesystemErrorCode, string>> = {
  compacted: '`inspector history PATH` lists the versions that are retained',
  'invalid-argument': 'a path looks like /turns/t1, and PATH@7 names its version 7',
  unavailable: 'check that the store URL is right and that this user may read it',
}

function filesystemFailure(error: FilesystemError): Failure {
  const denied = error.code === 'unavailable' && isDenied(error.cause)
  const code = denied ? EXIT.refused : FILESYSTEM_EXIT[error.code]
  return failure(code, denied ? 'permission' : error.code, error.message, HINTS[error.code], error.path)
}

function isDenied(cause: unknown): boolean {
  const code = codeOf(cause)
  return code === 'EACCES' || code === 'EPERM'
}

function usageFailure(error: CommanderError): Failure {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  return failure(EXIT.usage, 'usage', first, suggestion === '' ? '`inspector --help` lists the commands' : suggestion)
}

function failure(code: ExitCode, name: string, message: string, hint?: string, path?: string): Failure {
  return { code, name: name.replaceAll('-', '_').toUpperCase(), message, hint, path }
}
