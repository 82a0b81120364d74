import {
  anything,
  type Capabilities,
  type Entry,
  type Expectation,
  type Filesystem,
  FilesystemError,
  generationOf,
  type MaintainOptions,
  type MaintainResult,
  MemoryFilesystem,
  type MemoryOptions,
  nextVersion,
  systemRuntime,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

/** Counts what it looked at as removed. */
export class NeverFinishes extends Healthy {
  override async maintain(options?: MaintainOptions): Promise<MaintainResult> {
    return { ...(await this.inner.maintain(options)), more: true }
  }
}

/** Purges tombstones whatever their age. */
export class PurgesAtOnce extends Healthy {
  static override async open(options: MemoryOptions = {}): Promise<Filesystem> {
    return new this(await MemoryFilesystem.open({ ...options, tombstoneMs: 0 }))
  }
}

/** Draws a path the same generation in each of its lives. */
export class DrawsTheSameGeneration extends Healthy {
  static override async open(options: MemoryOptions = {}): Promise<Filesystem> {
    const randomHex = (bytes: number) => (bytes === 8 ? 'b'.repeat(16) : systemRuntime.randomHex(bytes))
    return new this(await MemoryFilesystem.open({ ...options, runtime: { ...systemRuntime, randomHex } }))
  }
}

/** Removes all there is to remove at once. */
export class IgnoresMaintainLimit extends Healthy {
  override async maintain(options?: MaintainOptions): Promise<MaintainResult> {
    return this.inner.maintain({ ...options, limit: undefined })
  }
}

/** Looks for tombstones and then removes what is there by then. */
export class RemovesWhatWasRecreated extends Healthy {
  override async maintain(options?: MaintainOptions): Promise<MaintainResult> {
    const { items } = await this.inner.list('/maintain', { deleted: true })
    await new Promise((resolve) => setImmediate(resolve))
    for (const { path, head } of items) if (head?.state === 'deleted') await this.inner.delete(path, anything)
    return this.inner.maintain(options)
  }
}

/** Takes any limit for a large one. */
export class MaintainsWithoutLimit extends Healthy {
  override async maintain(options?: MaintainOptions): Promise<MaintainResult> {
    try {
      return await this.inner.maintain(options)
    } catch (error) {
      if (error instanceof FilesystemError && error.code === 'invalid-argument') return { removed: 0, more: false }
      throw error
    }
  }
}

/** Says that it has no logs, and keeps them all the same. */
export class HidesLogs extends Healthy {
  override capabilities(path: string): Capabilities {
    return { ...this.inner.capabilities(path), log: false }
  }
}

/** Loses every tenth put and resolves it all the same. */
export class LosesNowAndThen extends Healthy {
  #puts = 0

  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const head = await this.inner.get(path)
    if (++this.#puts % 10 !== 0 || head.state === 'unwritten') return this.inner.put(path, entry, expect, options)
    const version = nextVersion(head.version)
    return { version, writeId: options?.writeId ?? generationOf(version), replayed: false }
  }
}
