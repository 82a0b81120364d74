import type { Runtime } from '../runtime.ts'
import { isErrno } from './file-errors.ts'
import type { FilePort } from './file-port.ts'
import { isTemporary, makerOf } from './temporary.ts'

/** A write takes moments: a temporary file this old is stale, whichever process made it. */
const STALE_MS = 60 * 60 * 1000
/** One whose maker does not run here may still belong to another container, so it is given a minute. */
const ORPHAN_MS = 60 * 1000
const SWEEP_EVERY_MS = 60 * 1000
const DIRECTORIES_REMEMBERED_MAX = 1000

export interface SweepResult {
  readonly removed: number
  /** True when the limit was reached before the directory was done. */
  readonly more: boolean
}

/**
 * Removes what dead writers left in a directory: temporary files untouched for an hour, or for a minute where their maker does
 * not run on this machine. A writer that is robbed of its file fails and has written nothing. A file whose name tells no maker
 * is that of another program, and stays.
 */
export async function sweepTemporaries(
  directory: string,
  files: FilePort,
  runtime: Runtime,
  limit: number = Number.MAX_SAFE_INTEGER,
): Promise<SweepResult> {
  let removed = 0
  for (const name of (await files.readdir(directory)).filter(isTemporary)) {
    const file = `${directory}/${name}`
    try {
      const maker = makerOf(name)
      if (maker === undefined || !(await isStale(file, maker, files, runtime))) continue
      if (removed === limit) return { removed, more: true }
      await files.unlink(file)
      removed++
    } catch (error) {
      // Another process swept it first, or it belongs to somebody else: either way it is not in the way.
      if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) throw error
    }
  }
  return { removed, more: false }
}

async function isStale(file: string, maker: number, files: FilePort, runtime: Runtime): Promise<boolean> {
  const stats = await files.lstat(file)
  if (!stats.isFile()) return false
  return runtime.wallMs() - stats.mtimeMs > (files.isRunning(maker) ? STALE_MS : ORPHAN_MS)
}

/** Sweeps the directories that are written to: at the first write, then at most once a minute each. */
export class Sweeper {
  readonly #sweptAtMs = new Map<string, number>()

  /** Never fails: what is left is no obstacle to a write. */
  async sweepWhenDue(directory: string, files: FilePort, runtime: Runtime): Promise<void> {
    const sweptAtMs = this.#sweptAtMs.get(directory)
    const nowMs = runtime.monotonicMs()
    if (sweptAtMs !== undefined && nowMs - sweptAtMs < SWEEP_EVERY_MS) return
    if (this.#sweptAtMs.size >= DIRECTORIES_REMEMBERED_MAX) this.#sweptAtMs.clear()
    this.#sweptAtMs.set(directory, nowMs)
    await sweepTemporaries(directory, files, runtime).catch(() => undefined)
  }
}
