import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { FilesystemError } from '../errors.ts'
import { fileError, isErrno } from '../files/file-errors.ts'
import { nodeFiles } from '../files/node-files.ts'
import { publishFile } from '../files/publish-file.ts'
import { Sweeper, sweepTemporaries } from '../files/sweep.ts'
import type { MaintainResult } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { notRegular } from './plain-errors.ts'

/** A write begins anew where its directory goes away under it. Each time somebody deleted the last file of that directory. */
const ATTEMPTS_MAX = 100

export interface PlainRootOptions {
  readonly root: string
  readonly runtime: Runtime
  readonly fileMode: number | undefined
  readonly readOnly: boolean
}

export interface PlainWrite {
  readonly path: string
  readonly body: Uint8Array
  readonly exclusive: boolean
  readonly signal: AbortSignal | undefined
}

/** A directory on the host, and the files and directories in it that belong to a plain store. */
export class PlainRoot {
  readonly #root: string
  readonly #runtime: Runtime
  readonly #fileMode: number | undefined
  /** Directories whose names are synced all the way up, and which directory it was. */
  readonly #prepared = new Map<string, string>()
  readonly #sweeper = new Sweeper()

  private constructor(root: string, { runtime, fileMode }: PlainRootOptions) {
    this.#root = root
    this.#runtime = runtime
    this.#fileMode = fileMode
  }

  static async open(options: PlainRootOptions): Promise<PlainRoot> {
    if (!options.readOnly) await makeDirectory(resolve(options.root))
    const real = await realpath(options.root)
    if (!options.readOnly) await syncDirectory(real)
    return new PlainRoot(real, options)
  }

  /** Where a store path is on the host. */
  hostPath(path: string): string {
    return path === '/' ? this.#root : join(this.#root, ...path.slice(1).split('/'))
  }

  /**
   * The host path, after making sure that no directory on the way is a symbolic link, so that nothing outside the root is
   * reached. Somebody who may write below the root can still put a link there between this check and the use.
   */
  async anchored(operation: string, path: string): Promise<string> {
    const host = this.hostPath(path)
    const directory = path === '/' ? host : dirname(host)
    if ((await realpath(directory)) !== directory) throw notRegular(operation, path)
    return host
  }

  /** Opens a regular file without following a link or waiting for the writer of a pipe; `undefined` for a directory. */
  async openFile(operation: string, path: string): Promise<FileHandle | undefined> {
    const host = await this.anchored(operation, path)
    const handle = await open(host, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = await handle.stat()
      if (stats.isFile()) return handle
      if (!stats.isDirectory()) throw notRegular(operation, path)
    } catch (error) {
      await handle.close()
      throw error
    }
    await handle.close()
    return undefined
  }

  /**
   * Writes a file as a whole, in a directory that is made when it is missing.
   *
   * @throws {FilesystemError} `conflict` when `exclusive` meets a file.
   */
  async write(write: PlainWrite): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writeOnce(write)
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isGone(error)) throw error
      }
    }
  }

  /**
   * Removes a file, and the directories above it that are empty then. False where no file is.
   *
   * Only an empty directory can be removed. A writer that has its temporary file there keeps it, and one that has just made the
   * directory finds it gone and makes it again.
   */
  async remove(path: string): Promise<boolean> {
    const host = await this.anchored('delete', path)
    // Held open, since others may remove the directory before it is synced here.
    const directory = await openDirectory(dirname(host))
    try {
      const stats = await lstat(host)
      if (stats.isDirectory()) return false
      if (!stats.isFile()) throw notRegular('delete', path)
      await unlink(host)
      await directory.sync().catch((error: unknown) => {
        throw fileError('delete', path, error, { published: true })
      })
    } finally {
      await directory.close()
    }
    // A crash here leaves an empty directory, which no listing shows.
    await this.#removeEmpty(dirname(host))
    return true
  }

  async #writeOnce({ path, body, exclusive, signal }: PlainWrite): Promise<void> {
    const directory = await this.#prepareDirectory(path)
    await publishFile({
      host: this.hostPath(path),
      subject: { operation: 'put', path },
      bytes: body,
      exclusive,
      symlink: 'refuse',
      mode: this.#fileMode,
      durability: 'disk',
      signal,
      files: nodeFiles,
      runtime: this.#runtime,
      sweeper: this.#sweeper,
    })
    await this.#confirmDirectory(directory, path)
  }

  /** Removes stale temporary files below the root, at most `limit` of them. */
  async sweep(limit: number, check: () => void): Promise<MaintainResult> {
    let removed = 0
    const directories = [this.#root]
    for (let at = directories.pop(); at !== undefined; at = directories.pop()) {
      check()
      try {
        const swept = await sweepTemporaries(at, nodeFiles, this.#runtime, limit - removed)
        removed += swept.removed
        if (swept.more) return { removed, more: true }
        for (const entry of await readdir(at, { withFileTypes: true })) {
          if (entry.isDirectory()) directories.push(join(at, entry.name))
        }
      } catch (error) {
        // Removed meanwhile, or closed to this user: nothing of ours to sweep.
        if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) throw error
      }
    }
    return { removed, more: false }
  }

  async #prepareDirectory(path: string): Promise<string> {
    const directory = dirname(this.hostPath(path))
    await this.#anchorExisting(directory, path)
    await makeDirectory(directory)
    await this.anchored('put', path)
    await this.#syncAbove(directory)
    return directory
  }

  // A directory that is new to this opened store is synced even when it exists, since its maker may not have come so far.
  async #syncAbove(directory: string): Promise<void> {
    const { ino, birthtimeNs } = await stat(directory, { bigint: true })
    const identity = `${ino} ${birthtimeNs}`
    if (this.#prepared.get(directory) === identity) return
    for (let at = directory; at.length > this.#root.length; at = dirname(at)) await syncDirectory(dirname(at))
    this.#prepared.set(directory, identity)
  }

  // Between its preparation and the write the directory may have been removed and made again by somebody else.
  async #confirmDirectory(directory: string, path: string): Promise<void> {
    try {
      await this.#syncAbove(directory)
    } catch (error) {
      // The file was deleted since, and its directory with it.
      if (!isErrno(error, 'ENOENT')) throw fileError('put', path, error, { published: true })
    }
  }

  async #removeEmpty(directory: string): Promise<void> {
    for (let at = directory; at.length > this.#root.length; at = dirname(at)) {
      try {
        await rmdir(at)
      } catch {
        // Not empty, gone already, or not ours to remove. The file is deleted all the same.
        return
      }
    }
  }

  // Directories that do not exist yet are made by us; the deepest one that does must not lie behind a link.
  async #anchorExisting(directory: string, path: string): Promise<void> {
    for (let at = directory; at.length >= this.#root.length; at = dirname(at)) {
      try {
        if ((await realpath(at)) !== at) throw notRegular('put', path)
        return
      } catch (error) {
        if (!isErrno(error, 'ENOENT')) throw error
      }
    }
  }
}

/**
 * Makes a directory, where it is missing, and those it is in. `mkdir` has an option for that, which answers ENOENT where the
 * file system is read-only.
 */
async function makeDirectory(directory: string): Promise<void> {
  try {
    return await makeOne(directory)
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || dirname(directory) === directory) throw error
  }
  await makeDirectory(dirname(directory))
  await makeOne(directory)
}

async function makeOne(directory: string): Promise<void> {
  try {
    await mkdir(directory)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
}

/** Whether a write was refused, without effect, because its directory is not there. */
function isGone(error: unknown): boolean {
  if (!(error instanceof FilesystemError)) return isErrno(error, 'ENOENT')
  return error.retry !== 'unknown' && isErrno(error.cause, 'ENOENT')
}

async function openDirectory(directory: string): Promise<FileHandle> {
  return open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await openDirectory(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
