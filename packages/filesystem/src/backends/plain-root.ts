import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, realpath, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Runtime } from '../runtime.ts'
import { isErrno, notRegular } from './plain-errors.ts'

/** `.<name>.<16 hex digits>.tmp`: a file that is being written. */
const temporaryName = /^\..+\.[0-9a-f]{16}\.tmp$/
/** A file name has at most 255 bytes, and the temporary one adds 22 to the name it stands for. */
const TEMPORARY_BASE_BYTES_MAX = 200
/** A write takes moments; a temporary file this old has lost its writer. */
const STALE_MS = 60 * 60 * 1000

export function isTemporary(name: string): boolean {
  return temporaryName.test(name)
}

/** A directory on the host, and the files and directories in it that belong to a plain store. */
export class PlainRoot {
  readonly #root: string
  readonly #runtime: Runtime
  readonly #prepared = new Set<string>()

  private constructor(root: string, runtime: Runtime) {
    this.#root = root
    this.#runtime = runtime
  }

  static async open(root: string, runtime: Runtime): Promise<PlainRoot> {
    await makeDirectory(resolve(root))
    const real = await realpath(root)
    await syncDirectory(real)
    return new PlainRoot(real, runtime)
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
   * Creates the directory of a path and makes it survive a loss of power. The first time that this opened store comes to a
   * directory it does so even when the directory exists, since its maker may not have come so far, and sweeps it.
   */
  async prepareDirectory(path: string): Promise<void> {
    const directory = dirname(this.hostPath(path))
    await this.#anchorExisting(directory, path)
    const created = await makeDirectory(directory)
    await this.anchored('put', path)
    if (!created && this.#prepared.has(directory)) return
    for (let at = directory; at.length > this.#root.length; at = dirname(at)) await syncDirectory(dirname(at))
    await this.#sweep(directory)
    this.#prepared.add(directory)
  }

  /** Writes a new temporary file beside `path` and resolves with its host path once the bytes are on disk. */
  async writeTemporary(path: string, body: Uint8Array, mode: number | undefined): Promise<string> {
    const host = this.hostPath(path)
    const name = Buffer.from(path.slice(path.lastIndexOf('/') + 1))
    const base = name.subarray(0, TEMPORARY_BASE_BYTES_MAX).toString('utf8')
    const temporary = join(dirname(host), `.${base}.${this.#runtime.randomHex(8)}.tmp`)
    const handle = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    )
    try {
      if (mode !== undefined) await handle.chmod(mode)
      await handle.writeFile(body)
      await handle.sync()
    } catch (error) {
      await unlink(temporary).catch(() => {})
      throw error
    } finally {
      await handle.close()
    }
    return temporary
  }

  async syncDirectoryOf(path: string): Promise<void> {
    await syncDirectory(dirname(this.hostPath(path)))
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

  async #sweep(directory: string): Promise<void> {
    const names = (await readdir(directory)).filter(isTemporary)
    for (const name of names) {
      try {
        const stats = await lstat(join(directory, name))
        if (stats.isFile() && this.#runtime.wallMs() - stats.mtimeMs > STALE_MS) await unlink(join(directory, name))
      } catch (error) {
        // Another process swept it first, or it belongs to somebody else: either way it is not in the way.
        if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) throw error
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
