import { link, lstat, open, stat, statfs, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Retry } from '../../errors.ts'
import { FilesystemError } from '../../errors.ts'
import type { Durability } from '../../filesystem.ts'
import type { Runtime } from '../../runtime.ts'
import { durabilityOn } from '../file-systems.ts'

const WRITABLE_BY_OTHERS = 0o022
const OPEN_TO_OTHERS = 0o077

/** What SQLite appends at most to the name of a database, for a file beside it. */
const SUFFIX = '-journal'
const NAME_BYTES_MAX = 255 - SUFFIX.length
/** SQLite's own limit of 512 bytes for the name of any of its files, the zero behind it included. */
const PATH_BYTES_MAX = 512 - SUFFIX.length

const FORBIDDEN = ['its directory cannot be written; give this user the right to write it', 'never'] as const
const FULL = ['the disk is full; free space, then try again', 'safe'] as const
const FAILURES: Readonly<Record<string, readonly [problem: string, retry: Retry]>> = {
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: ['it lies on a file system that is mounted read-only; mount it writable', 'never'],
  ENOSPC: FULL,
  EDQUOT: FULL,
}

/** Where a database lies, after everything about its surroundings was found safe. */
export interface Place {
  readonly path: string
  readonly durability: Durability
}

/**
 * Checks the directory and the files of a database, and makes an empty one with mode 0600 where there is none, unless it is
 * only to be read.
 *
 * @throws {FilesystemError} `invalid-argument` or `unsupported` with what would be right, `unavailable` when the file
 * cannot be made; nothing was changed.
 */
export async function preparePlace(
  path: string,
  wanted: 'disk' | 'process' | undefined,
  runtime: Runtime,
  readOnly: boolean,
): Promise<Place> {
  try {
    return await prepare(path, wanted, runtime, readOnly)
  } catch (error) {
    throw error instanceof Error && 'code' in error && !(error instanceof FilesystemError)
      ? failure(path, error)
      : error
  }
}

async function prepare(
  path: string,
  wanted: 'disk' | 'process' | undefined,
  runtime: Runtime,
  readOnly: boolean,
): Promise<Place> {
  if (path === '' || path.includes('\u0000')) throw refuse(path, 'it must be the path of a file')
  const place = resolve(path)
  checkLength(path, 'file name', basename(place), NAME_BYTES_MAX)
  checkLength(path, 'whole path', place, PATH_BYTES_MAX)
  const directory = dirname(place)
  await checkDirectory(path, directory)
  const { type } = await statfs(directory)
  const verdict = durabilityOn(type, wanted)
  if ('problem' in verdict) throw refuse(path, verdict.problem, 'unsupported')
  if (!(await exists(place))) {
    if (readOnly) throw refuse(path, 'there is no such file; check the path')
    await create(place, runtime, verdict.durability)
  }
  // SQLite follows links, so one planted in place of its files would have it write elsewhere.
  for (const suffix of ['', '-wal', '-shm']) await checkFile(path, `${place}${suffix}`)
  return { path: place, durability: verdict.durability }
}

function checkLength(path: string, what: string, value: string, max: number): void {
  const bytes = Buffer.byteLength(value)
  if (bytes > max) throw refuse(path, `its ${what} takes ${bytes} bytes; at most ${max} leave SQLite room for its own`)
}

async function checkDirectory(path: string, directory: string): Promise<void> {
  const stats = await stat(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw refuse(path, 'its directory does not exist; create it with mode 0700')
    throw refuse(path, `its directory cannot be read (${cause.code ?? cause.name})`)
  })
  if (!stats.isDirectory()) throw refuse(path, 'what should be its directory is a file')
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) {
    throw refuse(
      path,
      'its directory can be written by others, who could replace the database; use mode 0700',
      'unsupported',
    )
  }
}

async function checkFile(path: string, file: string): Promise<void> {
  const stats = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw refuse(path, `${basename(file)} cannot be read (${error.code ?? error.name})`)
  })
  if (!stats) return
  if (stats.isSymbolicLink()) throw refuse(path, `${basename(file)} is a symbolic link; name the file itself`)
  if (!stats.isFile()) throw refuse(path, `${basename(file)} is not a regular file`)
  if ((stats.mode & OPEN_TO_OTHERS) !== 0) {
    throw refuse(path, `${basename(file)} can be read or written by others; give it mode 0600`, 'unsupported')
  }
}

/**
 * The file gets its name only after it was closed: closing a file ends all advisory locks that this process holds on it,
 * those of an SQLite connection of the same process included.
 */
async function create(place: string, runtime: Runtime, durability: Durability): Promise<void> {
  const directory = dirname(place)
  // Not made from the name of the store, which may already be as long as a name can be.
  const temporary = join(directory, `.latchless-${runtime.randomHex(8)}`)
  await (await open(temporary, 'wx', 0o600)).close()
  try {
    // A crash here leaves an empty file with a name that nothing uses.
    await link(temporary, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(temporary)
  }
  if (durability !== 'disk') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined
}

/** What the operating system said while the file was made. */
function failure(path: string, cause: Error & { readonly code?: unknown }): FilesystemError {
  const code = String(cause.code)
  const [problem, retry] = FAILURES[code] ?? [`the file system failed with ${code}`, 'safe']
  const message = `Cannot open store ${JSON.stringify(path)}: ${problem}`
  return new FilesystemError('unavailable', message, { operation: 'open', retry, cause })
}

function refuse(path: string, problem: string, code: 'invalid-argument' | 'unsupported' = 'invalid-argument') {
  return new FilesystemError(code, `Cannot open store ${JSON.stringify(path)}: ${problem}`, { operation: 'open' })
}
