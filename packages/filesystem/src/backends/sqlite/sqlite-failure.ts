import type { Retry } from '../../errors.ts'
import { FilesystemError } from '../../errors.ts'

const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26

/** A newer program has migrated the file, and this one can no longer tell what its own statements would do to it. */
export class NewerSchema extends Error {
  constructor(version: number, known: number) {
    super(`its schema version is ${version}, this program knows ${known}; upgrade it`)
  }
}

/** The primary result code of an error of SQLite; undefined for any other error. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Whether another connection is in the way: nothing was done, and waiting helps. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === BUSY || code === LOCKED
}

/** Whether the file can no longer be trusted to keep what is written to it, so that writing must end. */
export function isLasting(error: unknown): boolean {
  const code = resultCode(error)
  return code === IO_ERROR || code === CORRUPT || code === NOT_A_DATABASE
}

/** An error of SQLite as an error of the contract; any other error unchanged. */
export function sqliteFailure(operation: string, path: string, error: unknown, phase: 'before' | 'commit'): unknown {
  if (error instanceof NewerSchema) {
    const message = `Cannot ${operation} ${JSON.stringify(path)}: ${error.message}`
    return new FilesystemError('schema-too-new', message, { path, operation })
  }
  const code = resultCode(error)
  if (code === undefined) return error
  const fail = (name: 'unavailable' | 'corrupt', problem: string, retry: Retry) =>
    new FilesystemError(name, `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`, {
      path,
      operation,
      retry,
      cause: error,
    })
  switch (code) {
    case BUSY:
    case LOCKED:
      return fail('unavailable', 'another process kept the database busy; try again', 'safe')
    case FULL:
      return fail('unavailable', 'the disk is full; free space, then try again', 'safe')
    case READ_ONLY:
      return fail('unavailable', 'the database cannot be written; give this user the right to write it', 'never')
    case CANNOT_OPEN:
      return fail('unavailable', 'the database files cannot be opened; check that they are in their place', 'safe')
    case IO_ERROR:
      return phase === 'commit'
        ? fail(
            'unavailable',
            'the disk failed at the commit, the write may have landed; check the disk and open the store again',
            'unknown',
          )
        : fail('unavailable', 'the disk failed; check it and open the store again', 'safe')
    case CORRUPT:
      return fail('corrupt', 'the database file is damaged; restore it from a backup', 'never')
    case NOT_A_DATABASE:
      return fail('corrupt', 'it is not a SQLite database, or its header is damaged', 'never')
    default:
      return fail('unavailable', `SQLite refused it with code ${code}`, 'never')
  }
}

/** The error for stored bytes that fail their check. */
export function corruptRecord(operation: string, path: string, problem: string, cause?: unknown): FilesystemError {
  return new FilesystemError('corrupt', `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`, {
    path,
    operation,
    cause,
  })
}
