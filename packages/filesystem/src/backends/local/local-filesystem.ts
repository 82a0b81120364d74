import { AppendQueue } from '../../append-queue.ts'
import { Door, readOnlyRules } from '../../door.ts'
import { versionsToKeep } from '../../entry.ts'
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
  MaintainOptions,
  MaintainResult,
  OperationOptions,
  QueryOptions,
  QueryPage,
  ReadLogOptions,
  StoredHead,
  TransactResult,
  WatchOptions,
  WriteOptions,
  Writer,
  WriteResult,
} from '../../filesystem.ts'
import { DEFAULT_LIMITS } from '../../filesystem.ts'
import { copyEntry } from '../../head.ts'
import { ROOT } from '../../path.ts'
import { unsupported } from '../../refusals.ts'
import type { Runtime } from '../../runtime.ts'
import { systemRuntime } from '../../runtime.ts'
import { sequenceOf } from '../../version.ts'
import { processWriter } from '../../writer.ts'
import { appendBatch, trimLog } from './append-log.ts'
import type { LogWrite } from './append-log.ts'
import { commit } from './commit.ts'
import type { Disk } from './disk.ts'
import { errnoOf } from './disk.ts'
import { diskFailure } from './disk-failure.ts'
import { maintain } from './maintain.ts'
import { NodeDisk } from './node-disk.ts'
import { inspectStore, noStore, openStore } from './open-store.ts'
import { readHistory, readRetained } from './read-history.ts'
import { readLog } from './read-log.ts'
import { readBase } from './read-record.ts'
import { scanIndex } from './scan-index.ts'
import type { LcasSteps } from './steps.ts'
import { lcasSteps } from './steps.ts'
import type { Place, TornVersion } from './store.ts'
import { LocalStore } from './store.ts'
import { walk } from './walk.ts'
import { watchByScanning, watchInterval } from './watch-by-scanning.ts'

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
  /** How often `watch` looks for writes of other processes. Default 250. */
  readonly watchIntervalMs?: number | undefined
  /**
   * Opens a store that is there, for reading only: nothing is created, probed or written, and every write is refused as
   * `unsupported`. The capabilities say `cas: 'none'`, and otherwise what can be read. Default false.
   */
  readonly readOnly?: boolean | undefined
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
  readonly #watchIntervalMs: number
  readonly #appends: AppendQueue
  readonly #door: Door

  private constructor(options: LocalOptions, disk: Disk, steps: LcasSteps, durability: Durability) {
    this.#runtime = options.runtime ?? systemRuntime
    this.#writer = options.writer ?? processWriter()
    this.#store = new LocalStore(disk, this.#runtime, steps, durability === 'disk', options.onTorn)
    const readOnly = options.readOnly ?? false
    this.#watchIntervalMs = watchInterval(options.root, options.watchIntervalMs)
    this.#capabilities = {
      backend: 'local',
      cas: readOnly ? 'none' : 'record',
      fusedConflict: true,
      blindWrites: !readOnly,
      crossProcess: true,
      durability,
      history: true,
      query: 'scan',
      log: true,
      transact: false,
      watch: true,
      maintain: !readOnly,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
    }
    const { limits } = this.#capabilities
    this.#door = new Door(limits, readOnly ? readOnlyRules('local') : {})
    this.#appends = new AppendQueue(this.#appendNow, limits)
  }

  /**
   * @throws {FilesystemError} `unsupported` for an unsafe file system or another format, `invalid-argument` for a directory
   * that holds something else (or, read-only, for one that holds no store), `unavailable` when it cannot be written,
   * `corrupt` when it is damaged.
   */
  static async open(options: LocalOptions, internals?: LocalInternals): Promise<LocalFilesystem> {
    try {
      if (options.readOnly) return await LocalFilesystem.#openForReading(options, internals)
      const disk = internals?.disk ?? (await NodeDisk.at(options.root))
      const durability = await openStore(disk, options.root, options.runtime ?? systemRuntime, options.durability)
      return new LocalFilesystem(options, disk, internals?.steps ?? lcasSteps, durability)
    } catch (error) {
      throw diskFailure('open store', options.root, error)
    }
  }

  static async #openForReading(options: LocalOptions, internals?: LocalInternals): Promise<LocalFilesystem> {
    const disk = internals?.disk ?? (await existingRoot(options.root))
    const durability = await inspectStore(disk, options.root, options.durability)
    return new LocalFilesystem(options, disk, internals?.steps ?? lcasSteps, durability)
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#door.get(path, options)
    const head = await this.#reading('get', path, async (place) => {
      const { stored } = await readBase(this.#store, 'get', place)
      return stored?.head
    })
    return head ?? { state: 'unwritten' }
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#door.put(path, entry, expect, options)
    const result = await this.#write('put', path, copyEntry(entry), expect, options)
    if (!result) throw new TypeError(`Cannot put ${JSON.stringify(path)}: a put always has a result`)
    return result
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#door.delete(path, expect, options)
    return await this.#write('delete', path, undefined, expect, options)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const limit = this.#door.list(prefix, options)
    const items: ListItem[] = []
    try {
      for await (const item of walk(this.#store, prefix, options)) {
        if (items.length === limit) return { items, next: { path: items.at(-1)?.path ?? prefix } }
        items.push(item)
      }
    } catch (error) {
      const failure = diskFailure('list', prefix, error)
      // What lies before a damaged record is still told. The next page begins with the error, whose path is that of the
      // damaged record: the cursor with which a caller goes on behind it.
      const isDamaged = failure instanceof FilesystemError && failure.code === 'corrupt'
      const last = items.at(-1)
      if (isDamaged && last) return { items, next: { path: last.path } }
      throw failure
    }
    return { items }
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const limit = this.#door.history(path, options)
    const before = options.before ?? Number.POSITIVE_INFINITY
    const found = await this.#reading('history', path, async (place) =>
      readHistory(this.#store, place, before, limit, options.bodies ?? false),
    )
    const versions = (found ?? []).slice(0, limit)
    const last = versions.at(-1)
    return found && found.length > limit && last ? { versions, next: sequenceOf(last.info.version) } : { versions }
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    this.#door.getVersion(path, sequence, options)
    return await this.#reading('getVersion', path, async (place) => readRetained(this.#store, place, sequence))
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const range = this.#door.query(collection, index, options)
    const scan = { collection, index, range, bodies: options.bodies ?? false, signal: options.signal }
    try {
      return await scanIndex(this.#store, scan)
    } catch (error) {
      throw diskFailure('query', collection, error)
    }
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    this.#door.append(log, bodies, options)
    return await this.#appends.append(log, bodies, options)
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { after, limit } = this.#door.read(log, options)
    try {
      const place = await this.#store.locateLog('read', log)
      return place ? await readLog(this.#store, place, after, limit) : { entries: [] }
    } catch (error) {
      throw diskFailure('read', log, error)
    }
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    this.#door.trim(log, before, options)
    this.#store.checkWritable('trim', log)
    try {
      await trimLog(this.#store, this.#logWrite('trim', log, options), before)
    } catch (error) {
      throw diskFailure('trim', log, error)
    }
  }

  async transact(): Promise<readonly TransactResult[]> {
    this.#door.checkOpen('transact', ROOT)
    throw unsupported('local', 'transact', ROOT)
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    this.#door.watch(prefix)
    const how = { intervalMs: this.#watchIntervalMs, closing: this.#door.closing }
    return watchByScanning(this, this.#store, prefix, options, how)
  }

  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    const limit = this.#door.maintain(options)
    this.#store.checkWritable('maintain', ROOT)
    try {
      return await maintain(this.#store, limit, options.signal)
    } catch (error) {
      throw diskFailure('maintain', ROOT, error)
    }
  }

  async close(): Promise<void> {
    this.#door.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #appendNow = async (
    log: string,
    bodies: readonly Uint8Array[],
    options: OperationOptions,
  ): Promise<AppendResult> => {
    // Asked again: an append before this one may have failed while it waited.
    this.#store.checkWritable('append', log)
    try {
      return await appendBatch(this.#store, this.#logWrite('append', log, options), bodies)
    } catch (error) {
      throw diskFailure('append', log, error)
    }
  }

  #logWrite(operation: LogWrite['operation'], log: string, options: OperationOptions): LogWrite {
    return { operation, log, writer: this.#writer, time: this.#runtime.wallMs(), signal: options.signal }
  }

  /** Reads something of a record; `undefined` when the record was never created. */
  async #reading<T>(operation: string, path: string, read: (place: Place) => Promise<T>): Promise<T | undefined> {
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
    const keepVersions = versionsToKeep(options, this.#door.limits)
    try {
      return await commit(this.#store, { operation, path, write, keepVersions, signal: options.signal })
    } catch (error) {
      throw diskFailure(operation, path, error)
    }
  }
}

async function existingRoot(root: string): Promise<Disk> {
  try {
    return await NodeDisk.existing(root)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw noStore(root, 'there is no such directory; check the path', error)
    if (errnoOf(error) === 'ENOTDIR') throw noStore(root, 'it is not a directory; check the path', error)
    throw error
  }
}
