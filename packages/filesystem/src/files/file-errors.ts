import { FilesystemError, type Retry } from '../errors.ts'

interface Mapping {
  readonly code: FilesystemError['code']
  readonly problem: string
  readonly retry: Retry
}

/** Errors of the operating system that a caller can do something about. Any other is `unavailable` and worth one more try. */
const mappings: Readonly<Record<string, Mapping>> = {
  EACCES: { code: 'unavailable', problem: 'permission to the directory is missing', retry: 'never' },
  EPERM: { code: 'unavailable', problem: 'the operating system does not permit it', retry: 'never' },
  EROFS: { code: 'unavailable', problem: 'the file system is mounted read-only', retry: 'never' },
  EBUSY: { code: 'unavailable', problem: 'it is a mount point or in use', retry: 'never' },
  ENOENT: { code: 'unavailable', problem: 'its directory does not exist', retry: 'never' },
  ENOSPC: { code: 'unavailable', problem: 'the disk is full', retry: 'safe' },
  EDQUOT: { code: 'unavailable', problem: 'the disk quota is used up', retry: 'safe' },
  EMFILE: { code: 'unavailable', problem: 'the process has too many open files', retry: 'safe' },
  ENFILE: { code: 'unavailable', problem: 'the machine has too many open files', retry: 'safe' },
  ESTALE: { code: 'unavailable', problem: 'its directory or its temporary file was removed meanwhile', retry: 'safe' },
  EISDIR: {
    code: 'unsupported',
    problem: 'a directory has this name, and a name is either a file or a directory',
    retry: 'never',
  },
  ENOTDIR: { code: 'unsupported', problem: 'a file has the name of one of its directories', retry: 'never' },
  ELOOP: { code: 'unsupported', problem: 'it is a symbolic link, expected a regular file', retry: 'never' },
  ENXIO: { code: 'unsupported', problem: 'it is a socket, expected a regular file', retry: 'never' },
  ENAMETOOLONG: { code: 'too-large', problem: 'the operating system refuses a name of this length', retry: 'never' },
}

/** The errno name of an error of the operating system, `undefined` for any other. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/** Whether `error` is the operating system's `code`. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(errnoOf(error) ?? '')
}

export interface Circumstances {
  /** The change may be visible already. */
  readonly published?: boolean | undefined
  /** What the error amounts to, where the operating system's own code says less. */
  readonly errno?: string | undefined
}

/** A contract error for one of the operating system's. The cause keeps the host path, the message has the path given here. */
export function fileError(
  operation: string,
  path: string,
  cause: unknown,
  { published = false, errno = errnoOf(cause) }: Circumstances = {},
): FilesystemError {
  if (cause instanceof FilesystemError) return cause
  const { code, problem, retry } = mappings[errno ?? ''] ?? {
    code: 'unavailable' as const,
    problem: `the operating system answered ${errno ?? 'with an unknown error'}`,
    retry: 'safe' as const,
  }
  const told = published ? `${problem}; the change may have happened` : problem
  return new FilesystemError(published ? 'unavailable' : code, `Cannot ${operation} ${JSON.stringify(path)}: ${told}`, {
    path,
    operation,
    cause,
    retry: published ? 'unknown' : retry,
  })
}
