import { constants } from 'node:fs'
import { checkSignal } from '../entry.ts'
import { FilesystemError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { errnoOf, fileError, isErrno } from './file-errors.ts'
import type { FilePort, OpenedFile } from './file-port.ts'
import { inheritAttributes } from './inherit-attributes.ts'
import { resolveTarget, type Subject, type Target } from './resolve-target.ts'
import type { Sweeper } from './sweep.ts'
import { formatTemporary } from './temporary.ts'

/** Of a temporary file, and of a new one unless its mode is given. */
const PRIVATE_MODE = 0o600
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** Failures of rename(2) and link(2) that certainly left the names as they were. */
const WITHOUT_EFFECT = new Set(
  'EACCES EBUSY EDQUOT EEXIST EISDIR ELOOP EMLINK ENAMETOOLONG ENOENT ENOSPC ENOTDIR EPERM EROFS EXDEV'.split(' '),
)

export interface Publication {
  /** The host path as the caller gave it. */
  readonly host: string
  readonly subject: Subject
  readonly bytes: Uint8Array
  /** Lose to a file that is there, instead of replacing it. */
  readonly exclusive: boolean
  readonly symlink: 'follow' | 'refuse'
  /** Of a new file. One that is replaced hands its own on. */
  readonly mode: number | undefined
  readonly durability: 'process' | 'disk'
  readonly signal: AbortSignal | undefined
  readonly files: FilePort
  readonly runtime: Runtime
  readonly sweeper: Sweeper
}

/**
 * The one way in which a file gets new content: written beside its place, synced, and put in place by one system call.
 *
 * @throws {FilesystemError} as `writeFileAtomic` says.
 */
export async function publishFile(publication: Publication): Promise<void> {
  const { host, subject, exclusive, symlink, durability, files, runtime, sweeper } = publication
  let directory: OpenedFile | undefined
  try {
    checkSignal(subject.operation, subject.path, publication.signal)
    const target = await resolveTarget(host, symlink, subject, files)
    if (exclusive && target.existing) throw lost(subject)
    await sweeper.sweepWhenDue(target.directory, files, runtime)
    // Opened first, so that a directory that cannot be synced is found out before anything is changed.
    if (durability === 'disk') {
      directory = await files.open(target.directory, constants.O_RDONLY | constants.O_DIRECTORY)
    }
    const temporary = `${target.directory}/${formatTemporary(target.base, files.pid, runtime.randomHex(8))}`
    await writeTemporary(temporary, target, publication)
    // A crash here leaves the temporary file beside the old content; a later write in this directory sweeps it.
    await putInPlace(temporary, target, publication)
    // A crash here leaves the new content in place; whether it outlives a loss of power is open until the directory is synced.
    await syncDirectory(directory, subject)
  } catch (error) {
    throw fileError(subject.operation, subject.path, error)
  } finally {
    await directory?.close().catch(() => undefined)
  }
}

async function writeTemporary(temporary: string, target: Target, publication: Publication): Promise<void> {
  const { bytes, mode, durability, files } = publication
  // Never more than the replaced file allows, not even for a moment. What is open stays writable under any mode.
  const file = await files.open(temporary, CREATE_FLAGS, PRIVATE_MODE & (target.existing?.mode ?? PRIVATE_MODE))
  let open = true
  try {
    await writeAll(file, bytes)
    if (target.existing) await inheritAttributes(file, target.existing)
    else await setMode(file, mode)
    if (durability === 'disk') await file.sync()
    open = false
    await file.close()
  } catch (error) {
    // The first error is the one to tell.
    if (open) await file.close().catch(() => undefined)
    await files.unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** The umask may have taken bits away from a new file. */
async function setMode(file: OpenedFile, mode: number | undefined): Promise<void> {
  const own = (await file.stat()).mode & 0o7777
  // A file system without modes shows wider ones and refuses to change them: an error only where a mode was asked for.
  const wanted = mode ?? own | PRIVATE_MODE
  if (wanted !== own) await file.chmod(wanted)
}

async function writeAll(file: OpenedFile, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const written = await file.write(bytes, offset)
    if (written === 0)
      throw Object.assign(new Error('Cannot write: the operating system takes no bytes'), { code: 'EIO' })
    offset += written
  }
}

async function putInPlace(temporary: string, target: Target, publication: Publication): Promise<void> {
  const { subject, exclusive, signal, files } = publication
  try {
    checkSignal(subject.operation, subject.path, signal)
    // link(2) fails where the name exists, so of several creators exactly one wins; rename(2) replaces.
    await (exclusive ? files.link(temporary, target.path) : files.rename(temporary, target.path))
  } catch (error) {
    await files.unlink(temporary).catch(() => undefined)
    if (exclusive && isErrno(error, 'EEXIST')) throw lost(subject, error)
    const errno = errnoOf(error)
    const published = errno !== undefined && !WITHOUT_EFFECT.has(errno)
    // The temporary file is gone, or the directory with it.
    const meaning = errno === 'ENOENT' ? 'ESTALE' : errno
    throw fileError(subject.operation, subject.path, error, { published, errno: meaning })
  }
  // A crash here leaves a second name of the new file, which is swept like any temporary file.
  if (exclusive) await files.unlink(temporary).catch(() => undefined)
}

async function syncDirectory(directory: OpenedFile | undefined, { operation, path }: Subject): Promise<void> {
  try {
    await directory?.sync()
  } catch (error) {
    throw fileError(operation, path, error, { published: true })
  }
}

function lost({ operation, path }: Subject, cause?: unknown): FilesystemError {
  const message = `Cannot ${operation} ${JSON.stringify(path)}: a file has this name, expected none`
  return new FilesystemError('conflict', message, { operation, path, cause, retry: 'never' })
}
