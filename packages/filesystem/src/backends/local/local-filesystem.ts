import {
  checkDeleteExpectation,
  checkEntry,
  checkSignal,
  checkWriteOptions,
  closedError,
  pageSize,
  unsupported,
} from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type {
  AppendResult,
  Capabilities,
  Change,
  Durability,
  Entry,
  Expectation,
  Filesystem,
  Head,
  HistoryOptions,
  HistoryPage,
  Limits,
  ListItem,
  ListOptions,
  ListPage,
  LogPage,
  MaintainResult,
  OperationOptions,
  QueryPage,
  StoredHead,
  WriteOptions,
  Writer,
  WriteResult,
} from '../../filesystem.ts'
import { DEFAULT_LIMITS, KEEP_VERSIONS_DEFAULT, PAGE_SIZE_DEFAULT } from '../../filesystem.ts'
import { copyEntry } from '../../head.ts'
import { checkPath, checkPrefix } from '../../path.ts'
import type { Runtime } from '../../runtime.ts'
import { systemRuntime } from '../../runtime.ts'
import { sequenceOf } from '../../version.ts'
import { processWriter } from '../../writer.ts'
import { commit } from './commit.ts'
import type { Disk } from './disk.ts'
import { diskFailure } from './disk-failure.ts'
import { NodeDisk } from './node-disk.ts'
import { openStore } from './open-store.ts'
import { readHistory, readRetained } from './read-history.ts'
import { readBase } from './read-record.ts'
import type { LcasSteps } from './steps.ts'
import { lcasSteps } from './steps.ts'
import type { RecordPlace, TornVersion } from './store.ts'
import { LocalStore } from './store.ts'
import { walk } from './walk.ts'

export interface LocalOptions {
  /** Directory of the store; created when absent. Nothing else may live in it. */
  readonly root: string
  /**
   * What an acknowledged write survives: `disk` = a power cut, `process` = the death of the process only, without fsyncs.
   * Default `disk`; on tmpfs `process`.
   */
  readonly durability?: 'disk' | 'process' | undefined
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Recorded by writes that name no writer. */
  readonly writer?: Writer | undefined
  /** Told about each read of a record whose newest version a power cut tore (durability `process` only). */
  readonly onTorn?: ((torn: TornVersion) => void) | undefined
}

/** For tests of the protocol: another disk, other steps. */
export interface LocalInternals {
  readonly disk: Disk
  readonly steps?: LcasSteps | undefined
}

/**
 * Records as files of a local directory, shared by any number of processes without locks: nobody ever waits for a process
 * that is stopped or dead. Runs on ext4, xfs, btrfs, overlayfs and tmpfs.
 *
 * Deleting leaves a tombstone, and the directories of a record are never removed while the store is in use; copy the live
 * records into a new root to compact it.
 */
export class LocalFilesystem implements Filesystem {
  readonly #store: LocalStore
  readonly #runtime: Runtime
  readonly #writer: Writer
  readonly #capabilities: Capabilities
  #closed = false

  private constructor(options: LocalOptions, disk: Disk, steps: LcasSteps, durability: Durability) {
    this.#runtime = options.runtime ?? systemRuntime
    this.#writer = options.writer ?? processWriter()
    this.#store = new LocalStore(disk, this.#runtime, steps, durability === 'disk', options.onTorn)
    this.#capabilities = {
      backend: 'local',
      cas: 'record',
      fusedConflict: true,
      crossProcess: true,
      durability,
      history: true,
      query: 'none',
      log: false,
      transact: false,
      watch: false,
      maintain: false,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
    }
  }

  /**
   * @throws {FilesystemError} `unsupported` for an unsafe file system or another format, `invalid-argument` for a directory
   * that holds something else, `unavailable` when it cannot be written, `corrupt` when it is damaged.
   */
  static async open(options: LocalOptions, internals?: LocalInternals): Promise<LocalFilesystem> {
    try {
      const disk = internals?.disk ?? (await NodeDisk.at(options.root))
      const durability = await openStore(disk, options.root, options.runtime ?? systemRuntime, options.durability)
      return new LocalFilesystem(options, disk, internals?.steps ?? lcasSteps, durability)
    } catch (error) {
      throw diskFailure('open store', options.root, error)
    }
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    const head = await this.#reading('get', path, options, async (place) => {
      const { stored } = await readBase(this.#store, 'get', place)
      return stored?.head
    })
    return head ?? { state: 'unwritten' }
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#enter('put', path, options)
    checkEntry(path, entry, this.#capabilities.limits)
    const result = await this.#write('put', path, copyEntry(entry), expect, options)
    if (!result) throw new TypeError(`Cannot put ${JSON.stringify(path)}: a put always has a result`)
    return result
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#enter('delete', path, options)
    checkDeleteExpectation(path, expect)
    return await this.#write('delete', path, undefined, expect, options)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    this.#enter('list', prefix, options, checkPrefix)
    const limit = pageSize('list', prefix, options.limit, PAGE_SIZE_DEFAULT, this.#capabilities.limits)
    const items: ListItem[] = []
    try {
      for await (const item of walk(this.#store, prefix, options)) {
        if (items.length === limit) return { items, next: { path: items.at(-1)?.path ?? prefix } }
        items.push(item)
      }
    } catch (error) {
      throw diskFailure('list', prefix, error)
    }
    return { items }
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const limit = pageSize('history', path, options.limit, PAGE_SIZE_DEFAULT, this.#capabilities.limits)
    const before = options.before ?? Number.POSITIVE_INFINITY
    const found = await this.#reading('history', path, options, async (place) =>
      readHistory(this.#store, place, before, limit, options.bodies ?? false),
    )
    const versions = (found ?? []).slice(0, limit)
    const last = versions.at(-1)
    return found && found.length > limit && last ? { versions, next: sequenceOf(last.info.version) } : { versions }
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    return await this.#reading('getVersion', path, options, async (place) => readRetained(this.#store, place, sequence))
  }

  async query(collection: string): Promise<QueryPage> {
    throw this.#lacks('query', collection)
  }

  async append(log: string): Promise<AppendResult> {
    throw this.#lacks('append', log)
  }

  async read(log: string): Promise<LogPage> {
    throw this.#lacks('read', log)
  }

  async trim(log: string): Promise<void> {
    throw this.#lacks('trim', log)
  }

  async transact(): Promise<readonly (WriteResult | undefined)[]> {
    throw this.#lacks('transact', '/')
  }

  watch(prefix: string): AsyncIterable<Change> {
    throw this.#lacks('watch', prefix)
  }

  async maintain(): Promise<MaintainResult> {
    throw this.#lacks('maintain', '/')
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #enter(operation: string, path: string, options: OperationOptions, check = checkPath): void {
    if (this.#closed) throw closedError(operation, path)
    check(path, operation, this.#capabilities.limits)
    checkSignal(operation, path, options.signal)
  }

  #lacks(operation: string, path: string): FilesystemError {
    return this.#closed ? closedError(operation, path) : unsupported('local', operation, path)
  }

  /** Reads something of a record; `undefined` when the record was never created. */
  async #reading<T>(
    operation: string,
    path: string,
    options: OperationOptions,
    read: (place: RecordPlace) => Promise<T>,
  ): Promise<T | undefined> {
    this.#enter(operation, path, options)
    try {
      const place = await this.#store.locate(operation, path)
      return place && (await read(place))
    } catch (error) {
      throw diskFailure(operation, path, error)
    }
  }

  async #write(
    operation: string,
    path: string,
    entry: Entry | undefined,
    expect: Expectation,
    options: WriteOptions,
  ): Promise<WriteResult | undefined> {
    checkWriteOptions(operation, path, options, this.#capabilities.limits)
    this.#store.checkWritable(operation, path)
    const writer = options.writer ?? this.#writer
    const write = {
      entry,
      expect,
      writeId: options.writeId ?? this.#runtime.randomHex(16),
      writer,
      time: this.#runtime.wallMs(),
      updates: options.updates ?? [{ writer }],
    }
    const keepVersions = options.keepVersions ?? KEEP_VERSIONS_DEFAULT
    try {
      return await commit(this.#store, { operation, path, write, keepVersions, signal: options.signal })
    } catch (error) {
      throw diskFailure(operation, path, error)
    }
  }
}
