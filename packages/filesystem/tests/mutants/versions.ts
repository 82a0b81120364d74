import {
  atVersion,
  type Entry,
  type Expectation,
  type Filesystem,
  formatVersion,
  type Head,
  type HistoryOptions,
  type HistoryPage,
  MemoryFilesystem,
  type MemoryOptions,
  type OperationOptions,
  sequenceOf,
  type StoredHead,
  systemRuntime,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

/** Forgets a path when it is deleted: the next life of the path starts in a path of its own. */
abstract class Reincarnating extends Healthy {
  readonly #lives = new Map<string, number>()

  // The lives of a path are kept in sibling directories, so that each starts from nothing.
  #inLife(path: string): string {
    return `/life-${this.#lives.get(path) ?? 0}${path}`
  }

  override get(path: string, options?: OperationOptions): Promise<Head> {
    return this.inner.get(this.#inLife(path), options)
  }

  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    return this.inner.put(this.#inLife(path), entry, expect, options)
  }

  override async delete(path: string, expect: Expectation, options?: WriteOptions): Promise<WriteResult | undefined> {
    const result = await this.inner.delete(this.#inLife(path), expect, options)
    if (result) this.#lives.set(path, (this.#lives.get(path) ?? 0) + 1)
    return result
  }
}

/** Deletes leave nothing behind. */
export class LeavesNoTombstone extends Reincarnating {}

/** Starts again at version 1 after a delete, with tokens that were in use before. */
export class RestartsVersions extends Reincarnating {
  static override async open(options: MemoryOptions = {}): Promise<Filesystem> {
    const runtime = { ...systemRuntime, randomHex: (bytes: number) => '5e'.repeat(bytes) }
    return new this(await MemoryFilesystem.open({ ...options, runtime }))
  }

  override put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    return super.put(path, entry, expect, { ...options, writeId: options.writeId ?? systemRuntime.randomHex(16) })
  }

  override delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    return super.delete(path, expect, { ...options, writeId: options.writeId ?? systemRuntime.randomHex(16) })
  }
}

/** Draws one generation for the whole store, so that a token of one path is valid at another. */
export class SharesGeneration extends Healthy {
  static override async open(options: MemoryOptions = {}): Promise<Filesystem> {
    const randomHex = (bytes: number) => (bytes === 8 ? 'a'.repeat(16) : systemRuntime.randomHex(bytes))
    return new this(await MemoryFilesystem.open({ ...options, runtime: { ...systemRuntime, randomHex } }))
  }
}

/** Does not remember the ids of writes. */
export class ForgetsWriteIds extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const result = await this.inner.put(path, entry, expect, { ...options, writeId: undefined })
    return { ...result, writeId: options?.writeId ?? result.writeId }
  }
}

/** Remembers the ids of the last hundred writes only. */
export class RemembersTooFewWriteIds extends Healthy {
  readonly #used = new Map<string, string[]>()

  override put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    const { writeId } = options
    if (writeId === undefined) return this.inner.put(path, entry, expect, options)
    const used = this.#used.get(path) ?? []
    const forgotten = used.slice(0, -100).includes(writeId)
    this.#used.set(path, [...used, writeId])
    return this.inner.put(path, entry, expect, forgotten ? { ...options, writeId: undefined } : options)
  }
}

/** Does not remember op ids. */
export class ForgetsOpIds extends Healthy {
  override async get(path: string, options?: OperationOptions): Promise<Head> {
    const head = await this.inner.get(path, options)
    return head.state === 'unwritten' ? head : { ...head, ops: [] }
  }
}

/** Keeps superseded bodies that were to be purged. */
export class KeepsPurged extends Healthy {
  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    return this.inner.put(path, entry, expect, { ...options, keepVersions: options?.keepVersions || 16 })
  }
}

/** Answers with the head where a version was pruned. */
export class ServesHeadForPruned extends Healthy {
  override async getVersion(path: string, sequence: number): Promise<StoredHead | undefined> {
    try {
      return await this.inner.getVersion(path, sequence)
    } catch {
      const head = await this.inner.get(path)
      return head.state === 'unwritten' ? undefined : head
    }
  }
}

/** Takes whatever stands where a sequence should. */
export class GuessesSequences extends Healthy {
  override async getVersion(path: string, sequence: number): Promise<StoredHead | undefined> {
    return await this.inner.getVersion(path, Math.max(1, Math.trunc(sequence) || 1))
  }
}

/** Takes a token that is none for one that lost. */
export class LosesMalformedVersions extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const known = expect.type !== 'version' || /^\d+\.[0-9a-f]{16}$/.test(expect.version)
    return this.inner.put(path, entry, known ? expect : atVersion(formatVersion(999, '0'.repeat(16))), options)
  }
}

/** Lists history oldest first. */
export class ReversesHistory extends Healthy {
  override async history(path: string, options?: HistoryOptions): Promise<HistoryPage> {
    const page = await this.inner.history(path, options)
    return { ...page, versions: page.versions.toReversed() }
  }
}

/** Counts only every other write in the versions that it shows. */
export class SkipsSequences extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const result = await this.inner.put(path, entry, expect, options)
    const [sequence, generation = ''] = [sequenceOf(result.version), result.version.split('.')[1]]
    return { ...result, version: formatVersion(sequence * 2 - 1, generation) }
  }
}
