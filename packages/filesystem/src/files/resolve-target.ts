import { basename, dirname, isAbsolute } from 'node:path'
import { FilesystemError } from '../errors.ts'
import { fileError, isErrno } from './file-errors.ts'
import type { FilePort, FileStats } from './file-port.ts'

const LINKS_MAX = 40

/** What a message calls a file: the operation and the path that the caller used. */
export interface Subject {
  readonly operation: string
  readonly path: string
}

/** Where a file is really written. */
export interface Target {
  readonly directory: string
  readonly base: string
  readonly path: string
  /** The regular file that is there now. */
  readonly existing: FileStats | undefined
}

/**
 * Finds the file behind a path, without symbolic links. A link in the last place is followed, also to a file that does not exist
 * yet, or refused.
 *
 * @throws {FilesystemError} `unsupported` for a directory, a device, a pipe, a refused link or a loop of links.
 */
export async function resolveTarget(
  host: string,
  symlink: 'follow' | 'refuse',
  subject: Subject,
  files: FilePort,
): Promise<Target> {
  let at = host
  for (let links = 0; links <= LINKS_MAX; links++) {
    const base = basename(at)
    if (at.endsWith('/') || base === '' || base === '.' || base === '..') throw directoryInTheWay(subject)
    // Resolved before the link is appended, because ".." behind a linked directory leads out of where the link leads.
    const directory = await files.realpath(dirname(at))
    const path = directory === '/' ? `/${base}` : `${directory}/${base}`
    const existing = await statsOf(path, files)
    if (existing === undefined || existing.isFile()) return { directory, base, path, existing }
    if (existing.isDirectory()) throw directoryInTheWay(subject)
    if (!existing.isSymbolicLink()) throw refused(subject, 'it is not a regular file')
    if (symlink === 'refuse') throw refused(subject, 'it is a symbolic link, expected a regular file')
    const leadsTo = await files.readlink(path)
    at = isAbsolute(leadsTo) ? leadsTo : `${directory}/${leadsTo}`
  }
  throw refused(subject, `its symbolic links lead on more than ${LINKS_MAX} times`)
}

async function statsOf(path: string, files: FilePort): Promise<FileStats | undefined> {
  try {
    return await files.lstat(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function directoryInTheWay({ operation, path }: Subject): FilesystemError {
  return fileError(operation, path, undefined, { errno: 'EISDIR' })
}

function refused({ operation, path }: Subject, problem: string): FilesystemError {
  const message = `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`
  return new FilesystemError('unsupported', message, { operation, path })
}
