import { invalid } from '../refusals.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import type { FilePort } from './file-port.ts'
import { nodeFiles } from './node-files.ts'
import { publishFile } from './publish-file.ts'
import { Sweeper } from './sweep.ts'

export interface WriteFileAtomicOptions {
  /** Fail with `conflict` when a file is there: of several creators exactly one wins. Default false: replace it. */
  readonly exclusive?: boolean | undefined
  /**
   * Whether a symbolic link at the path stays and the file behind it is written (also one that does not exist yet), or is
   * refused. Links to directories on the way are always followed. Default `follow`.
   */
  readonly symlink?: 'follow' | 'refuse' | undefined
  /** Mode of a new file, exactly, whatever the umask. A replaced file hands on its own. Default 0600. */
  readonly mode?: number | undefined
  /**
   * `disk`: file and directory are synced before the promise resolves. `process`: nothing is synced, and a loss of power may
   * leave the old content, the new, or an empty file. Default `disk`.
   */
  readonly durability?: 'process' | 'disk' | undefined
  /** Fires before the file is put in place: `aborted`, and nothing is changed. Later it is ignored. */
  readonly signal?: AbortSignal | undefined
  readonly runtime?: Runtime | undefined
  /** The host's files; for tests. */
  readonly files?: FilePort | undefined
}

const processSweeper = new Sweeper()

/**
 * Replaces or creates a file as a whole. Readers, other processes' too, see the old content or the new, never a part; so do
 * they after a crash or a loss of power. Of concurrent writers the last one wins. The bytes must not be changed before the
 * promise settles.
 *
 * Kept: mode, and owner and group as far as this user may set them (where not, the mode is narrowed). Not kept: access
 * control lists, extended attributes, the time of birth, other hard links to the old content, and the file's identity: watch
 * the directory rather than the file. The temporary file `.<name>.<pid>.<16 hex digits>.tmp` stands in the same directory,
 * readable by its owner only, and by nobody whom the replaced file keeps out; what a killed writer leaves of them is removed
 * by a later write in that directory, after a minute where the writer is known to be dead, else after an hour. A file whose
 * name has no process number is never removed. There is no fall-back to writing in place.
 *
 * @throws {FilesystemError} `conflict` when `exclusive` meets a file; `unsupported` for a directory, a device, a refused link or
 * a loop of links; `too-large` for a name that the file system refuses; `unavailable` for a missing directory, missing
 * permission, a full disk, a mount point: nothing was changed, except under `retry: 'unknown'`, where the new content is in
 * place or may be, and may not outlive a loss of power. `cause` has the operating system's error.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | string,
  options: WriteFileAtomicOptions = {},
): Promise<void> {
  const { mode } = options
  if (path === '' || path.includes('\0')) throw invalid('write', path, 'a path is not empty and has no NUL character')
  if (mode !== undefined && !(Number.isSafeInteger(mode) && mode >= 0 && mode <= 0o777)) {
    throw invalid('write', path, 'the mode must be a whole number from 0 to 0o777')
  }
  await publishFile({
    host: path,
    subject: { operation: 'write', path },
    bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
    exclusive: options.exclusive ?? false,
    symlink: options.symlink ?? 'follow',
    mode,
    durability: options.durability ?? 'disk',
    signal: options.signal,
    files: options.files ?? nodeFiles,
    runtime: options.runtime ?? systemRuntime,
    sweeper: options.files ? new Sweeper() : processSweeper,
  })
}
