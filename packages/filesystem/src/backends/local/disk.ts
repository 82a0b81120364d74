/**
 * Everything the local backend asks of a disk. The protocol is written over this port and nothing else, so that tests run the
 * same code over a simulated disk, under every interleaving and with a fault at every call.
 *
 * Paths are relative to the root of the store, `/`-separated, already escaped. Failures carry an errno name as `code`, as
 * Node's own do.
 */
export interface Disk {
  /** The magic number of the file system below the root, as statfs(2) gives it. */
  fileSystemType(): Promise<number>
  /** Whether the path is there and reached without any symbolic link. */
  inspect(path: string): Promise<'plain' | 'absent' | 'foreign'>
  /** Names of a directory, in any order. A name that is present for the whole call is returned; others may be. */
  names(path: string): Promise<readonly string[]>
  /** Like `names`, only those of real directories: no files, no symbolic links. */
  directories(path: string): Promise<readonly string[]>
  exists(path: string): Promise<boolean>
  /**
   * When the file or directory itself last changed, in milliseconds since the epoch by the clock of this machine, a tick of
   * it late at the most.
   */
  modifiedMs(path: string): Promise<number>
  /**
   * The bytes of a regular file, at most `bytesMax` of them. Never follows a symbolic link in the last place (`ELOOP`), never
   * opens a device or a pipe (`ENOTREG`), and never reads 2 GiB or more (`ETOOBIG`).
   */
  read(path: string, bytesMax?: number): Promise<Uint8Array>
  /** A new file (`EEXIST` when there is one), readable by the owner only. */
  create(path: string): Promise<DiskFile>
  /** A new directory (`EEXIST` when there is one), open to the owner only. */
  makeDirectory(path: string): Promise<void>
  removeDirectory(path: string): Promise<void>
  link(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  syncFile(path: string): Promise<void>
  syncDirectory(path: string): Promise<void>
}

/** A file that is being written. */
export interface DiskFile {
  write(bytes: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** A failure that has no Node error of its own, such as a pipe where a file should be. */
export class DiskError extends Error {
  static {
    this.prototype.name = 'DiskError'
  }
  readonly code: string

  constructor(code: string, path: string) {
    super(`${code}: ${path}`)
    this.code = code
  }
}

/** The errno name of a failure of the disk, `undefined` for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}
