import { constants } from 'node:fs'
import { access, link, lstat, mkdir, open, readdir, realpath, rename, rmdir, statfs, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Disk, DiskFile } from './disk.ts'
import { DiskError, errnoOf } from './disk.ts'

const DIRECTORY_MODE = 0o700
const FILE_MODE = 0o600

// O_NONBLOCK keeps the open of a planted pipe from waiting for its other end.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** More than this Node does not read at once, and dies of the attempt. */
const READ_BYTES_MAX = 2 ** 31 - 1

/** The real disk, anchored at a directory. */
export class NodeDisk implements Disk {
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
  }

  /** Anchors at `root`, creating it (and its parents) when absent. Later changes of the working directory do not matter. */
  static async at(root: string): Promise<NodeDisk> {
    const wanted = resolve(root)
    const created = await mkdir(wanted, { recursive: true, mode: DIRECTORY_MODE })
    if (created !== undefined) await syncDown(dirname(created), wanted)
    return new NodeDisk(await realpath(wanted))
  }

  /** Anchors at a directory that is there (`ENOENT`, `ENOTDIR` otherwise), and makes nothing. */
  static async existing(root: string): Promise<NodeDisk> {
    const found = await realpath(resolve(root))
    if (!(await lstat(found)).isDirectory()) throw new DiskError('ENOTDIR', found)
    return new NodeDisk(found)
  }

  async fileSystemType(): Promise<number> {
    return (await statfs(this.#root)).type
  }

  async inspect(path: string): Promise<'plain' | 'absent' | 'foreign'> {
    const absolute = this.#absolute(path)
    try {
      // One call for the whole chain: a symbolic link anywhere on the way gives another path.
      return (await realpath(absolute)) === absolute ? 'plain' : 'foreign'
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'ENOENT') return 'absent'
      if (code === 'ENOTDIR' || code === 'ELOOP') return 'foreign'
      throw error
    }
  }

  async names(path: string): Promise<readonly string[]> {
    return await readdir(this.#absolute(path))
  }

  async directories(path: string): Promise<readonly string[]> {
    const entries = await readdir(this.#absolute(path), { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  }

  async exists(path: string): Promise<boolean> {
    try {
      await access(this.#absolute(path))
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw error
    }
  }

  async modifiedMs(path: string): Promise<number> {
    return (await lstat(this.#absolute(path))).mtimeMs
  }

  async read(path: string, bytesMax: number = Number.MAX_SAFE_INTEGER): Promise<Uint8Array> {
    const file = await open(this.#absolute(path), READ_FLAGS)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new DiskError('ENOTREG', path)
      const size = Math.min(stat.size, bytesMax)
      if (size > READ_BYTES_MAX) throw new DiskError('ETOOBIG', path)
      const bytes = Buffer.allocUnsafe(size)
      let filled = 0
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    } finally {
      await file.close()
    }
  }

  async create(path: string): Promise<DiskFile> {
    const file = await open(this.#absolute(path), CREATE_FLAGS, FILE_MODE)
    return {
      write: async (bytes) => await file.writeFile(bytes),
      sync: async () => await file.sync(),
      close: async () => await file.close(),
    }
  }

  async makeDirectory(path: string): Promise<void> {
    await mkdir(this.#absolute(path), DIRECTORY_MODE)
  }

  async removeDirectory(path: string): Promise<void> {
    await rmdir(this.#absolute(path))
  }

  async link(from: string, to: string): Promise<void> {
    await link(this.#absolute(from), this.#absolute(to))
  }

  async unlink(path: string): Promise<void> {
    await unlink(this.#absolute(path))
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#absolute(from), this.#absolute(to))
  }

  async syncFile(path: string): Promise<void> {
    await sync(this.#absolute(path), constants.O_RDONLY | constants.O_NOFOLLOW)
  }

  async syncDirectory(path: string): Promise<void> {
    await sync(this.#absolute(path), constants.O_RDONLY | constants.O_DIRECTORY)
  }

  #absolute(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`
  }
}

async function sync(absolute: string, flags: number): Promise<void> {
  const handle = await open(absolute, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the entries of freshly created directories durable, from `from` down to the parent of `to`. */
async function syncDown(from: string, to: string): Promise<void> {
  for (let at = dirname(to); ; at = dirname(at)) {
    await sync(at, constants.O_RDONLY | constants.O_DIRECTORY)
    if (at === from || at === dirname(at)) return
  }
}
