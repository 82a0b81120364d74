import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isErrno } from '../files/file-errors.ts'
import { nodeFiles } from '../files/node-files.ts'
import { publishFile } from '../files/publish-file.ts'
import { Sweeper, sweepTemporaries } from '../files/sweep.ts'
import type { MaintainResult } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { notRegular } from './plain-errors.ts'

export interface PlainRootOptions {
  readonly root: string
  readonly runtime: Runtime
  readonly fileMode: number | undefined
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
  readonly #prepared = new Set<string>()
  readonly #sweeper = new Sweeper()

  private constructor(root: string, { runtime, fileMode }: PlainRootOptions) {
    this.#root = root
    this.#runtime = runtime
    this.#fileMode = fileMode
  }

  static async open(options: PlainRootOptions): Promise<PlainRoot> {
    await makeDirectory(resolve(options.root))
    const real = await realpath(options.root)
    await syncDirectory(real)
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
  async write({ path, body, exclusive, signal }: PlainWrite): Promise<void> {
    await this.#prepareDirectory(path)
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

  async syncDirectoryOf(path: string): Promise<void> {
    await syncDirectory(dirname(this.hostPath(path)))
  }

  // A directory that is new to this opened store is synced even when it exists, since its maker may not have come so far.
  async #prepareDirectory(path: string): Promise<void> {
    const directory = dirname(this.hostPath(path))
    await this.#anchorExisting(directory, path)
    const created = await makeDirectory(directory)
    await this.anchored('put', path)
    if (!created && this.#prepared.has(directory)) return
    for (let at = directory; at.length > this.#root.length; at = dirname(at)) await syncDirectory(dirname(at))
    this.#prepared.add(directory)
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
 * Makes a directory and those it is in; false when it was there. `mkdir` has an option for that, which answers ENOENT where
 * the file system is read-only.
 */
async function makeDirectory(directory: string): Promise<boolean> {
  try {
    await mkdir(directory)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    if (!isErrno(error, 'ENOENT') || dirname(directory) === directory) throw error
  }
  await makeDirectory(dirname(directory))
  return makeDirectory(directory)
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
