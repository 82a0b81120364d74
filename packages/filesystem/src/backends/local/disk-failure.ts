import type { FilesystemErrorCode, Retry } from '../../errors.ts'
import { FilesystemError } from '../../errors.ts'
import { operationPhrase } from '../../operation-phrase.ts'
import { errnoOf } from './disk.ts'

interface Meaning {
  readonly code: FilesystemErrorCode
  /** What is wrong and what the caller does. */
  readonly says: string
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: { code: 'unavailable', says: 'the disk is full (ENOSPC); free space or inodes, then try again' },
  EDQUOT: { code: 'unavailable', says: 'the disk quota is used up (EDQUOT); free space or raise it, then try again' },
  EROFS: { code: 'unavailable', says: 'the file system is read-only (EROFS); mount it writable' },
  EACCES: { code: 'unavailable', says: 'this user may not write there (EACCES); run as the owner of the store' },
  EPERM: { code: 'unavailable', says: 'this user may not do that there (EPERM); run as the owner of the store' },
  EMFILE: { code: 'unavailable', says: 'too many files are open (EMFILE); raise the limit (ulimit -n) or open fewer' },
  ENFILE: { code: 'unavailable', says: 'the system has too many files open (ENFILE); close some, then try again' },
  EIO: { code: 'unavailable', says: 'the disk reported an I/O error (EIO); check the device' },
  ENOENT: {
    code: 'unavailable',
    says: 'a directory of the store is gone (ENOENT); was its root removed or unmounted?',
  },
  ELOOP: { code: 'corrupt', says: 'a symbolic link lies where the store keeps a file (ELOOP); remove it' },
  ENOTREG: {
    code: 'corrupt',
    says: 'something other than a regular file lies where the store keeps a file; remove it',
  },
  ETOOBIG: { code: 'corrupt', says: 'a file of 2 GiB or more lies where the store keeps a version (EFBIG); remove it' },
  ENOTDIR: { code: 'corrupt', says: 'a file lies where the store keeps a directory (ENOTDIR); remove it' },
  EISDIR: { code: 'corrupt', says: 'a directory lies where the store keeps a file (EISDIR); remove it' },
  ENAMETOOLONG: { code: 'too-large', says: 'the path is too long for the file system (ENAMETOOLONG)' },
}

/** Failures that waiting does not cure. */
const LASTING = new Set(['EROFS', 'EACCES', 'EPERM'])

/** Failures that certainly left link(2) without effect. */
const WITHOUT_EFFECT = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMLINK', 'ENOTDIR', 'ELOOP'])

/** An error of the disk as an error of the contract; any other error unchanged. */
export function diskFailure(operation: string, path: string, error: unknown, retry: Retry = 'safe'): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  const { code, says } = MEANINGS[errno] ?? { code: 'unavailable', says: `the disk failed with ${errno}` }
  const message = `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${says}`
  const lasting = retry === 'safe' && LASTING.has(errno)
  const effective = code === 'unavailable' && !lasting ? retry : 'never'
  return new FilesystemError(code, message, { path, operation, retry: effective, cause: error })
}

const REPEAT = 'repeat it with the same writeId'
/** How the caller finds out whether a write landed, where it is no write of a record. */
const WAYS_OUT: Readonly<Record<string, string>> = { append: 'read the log to find out', trim: 'repeat it' }

/** The error for a link that may have happened, or a directory whose new entry may not be durable. */
export function unknownOutcome(operation: string, path: string, what: string, cause: unknown): FilesystemError {
  return new FilesystemError(
    'unavailable',
    `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${what}, the write may have landed; ${WAYS_OUT[operation] ?? REPEAT}`,
    { path, operation, retry: 'unknown', cause },
  )
}

/** Whether a failed link(2) may have made its target all the same. */
export function mayHaveLinked(error: unknown): boolean {
  return !WITHOUT_EFFECT.has(errnoOf(error) ?? '')
}

/** The error for bytes or directories that are not what the store wrote. */
export function corrupt(operation: string, path: string, problem: string): FilesystemError {
  return new FilesystemError('corrupt', `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: ${problem}`, {
    path,
    operation,
  })
}
