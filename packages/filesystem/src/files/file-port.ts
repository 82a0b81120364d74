/**
 * Everything that writing files asks of the host. A port, so that tests fail each call in turn. Failures carry an errno name
 * as `code`, as Node's own do.
 */
export interface FilePort {
  /** The process that temporary files are named after. */
  readonly pid: number
  /** Whether a process of this number runs here. Processes of other machines and containers are not seen. */
  isRunning(pid: number): boolean
  /** The path without symbolic links. */
  realpath(path: string): Promise<string>
  lstat(path: string): Promise<FileStats>
  readlink(path: string): Promise<string>
  readdir(path: string): Promise<readonly string[]>
  /** `flags` are those of open(2). */
  open(path: string, flags: number, mode?: number): Promise<OpenedFile>
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export interface OpenedFile {
  stat(): Promise<FileStats>
  /** Writes bytes from `offset` on, and resolves with how many it wrote: a write may be short. */
  write(bytes: Uint8Array, offset: number): Promise<number>
  chmod(mode: number): Promise<void>
  chown(uid: number, gid: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

export interface FileStats {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeMs: number
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}
