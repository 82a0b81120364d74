import type { Worker } from 'node:worker_threads'
import { ChangeFeed } from '../../change-feed.ts'
import { Door, readOnlyRules } from '../../door.ts'
import type {
  AppendResult,
  Capabilities,
  Change,
  Entry,
  Expectation,
  Filesystem,
  Head,
  HistoryOptions,
  HistoryPage,
  Limits,
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
  TransactStep,
  WatchOptions,
  WriteOptions,
  Writer,
  WriteResult,
} from '../../filesystem.ts'
import { DEFAULT_LIMITS, TOMBSTONE_MS_DEFAULT } from '../../filesystem.ts'
import { bytesOf } from '../../log.ts'
import { ROOT } from '../../path.ts'
import { invalid } from '../../refusals.ts'
import type { Runtime } from '../../runtime.ts'
import { systemRuntime } from '../../runtime.ts'
import { processWriter } from '../../writer.ts'
import { preparePlace } from './place.ts'
import { WritePlanner } from './write-planner.ts'
import type { ReadCall, WriteCall } from './protocol.ts'
import { SqliteChanges } from './sqlite-changes.ts'
import { WorkerClient } from './worker-client.ts'

/** Below the default deadline of `casUpdate`, so that an update learns of a busy database before it gives up. */
export const BUSY_TIMEOUT_MS_DEFAULT = 5000

/** Earlier ones can lose commits when two connections reset the write-ahead log at the same time. */
const SQLITE_VERSION_MIN = '3.51.3'

export interface SqliteOptions {
  /** The database file; created with mode 0600 when absent. Its directory must exist and be writable by its owner only. */
  readonly path: string
  /**
   * What an acknowledged write survives: `disk` = a power cut (`synchronous=FULL`), `process` = the death of the process
   * (`NORMAL`). Default `disk`; on tmpfs `process`.
   */
  readonly durability?: 'disk' | 'process' | undefined
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Recorded by writes that name no writer. */
  readonly writer?: Writer | undefined
  /** How long a tombstone is kept before `maintain` purges it, in milliseconds. Default {@link TOMBSTONE_MS_DEFAULT}. */
  readonly tombstoneMs?: number | undefined
  /** How long a write waits for other processes before `unavailable`. Default {@link BUSY_TIMEOUT_MS_DEFAULT}. */
  readonly busyTimeoutMs?: number | undefined
  /** Look for damage in the whole file before it is used; takes time in proportion to its size. Default false. */
  readonly check?: boolean | undefined
  /**
   * Opens a store that is there, for reading only: the database file is neither made nor changed, and every write is refused as
   * `unsupported`. SQLite needs its `-wal` and `-shm` files to read beside writers, and makes them when they are missing.
   * Default false.
   */
  readonly readOnly?: boolean | undefined
}

/** For tests. */
export interface SqliteInternals {
  readonly sqliteVersionMin?: string | undefined
  readonly onWorker?: ((worker: Worker) => void) | undefined
}

/**
 * Records in a SQLite database, shared by any number of processes of one machine. A worker thread owns the connection, so
 * the event loop never waits for the disk or for another process.
 */
export class SqliteFilesystem implements Filesystem {
  readonly #client: WorkerClient
  readonly #planner: WritePlanner
  readonly #runtime: Runtime
  readonly #capabilities: Capabilities
  readonly #changes: SqliteChanges
  readonly #tombstoneMs: number
  readonly #path: string
  readonly #door: Door
  #closed: Promise<void> | undefined

  private constructor(options: SqliteOptions, capabilities: Capabilities, client: WorkerClient, epoch: string) {
    this.#client = client
    this.#path = options.path
    this.#runtime = options.runtime ?? systemRuntime
    this.#planner = new WritePlanner(this.#runtime, options.writer ?? processWriter())
    this.#capabilities = capabilities
    this.#door = new Door(capabilities.limits, options.readOnly ? readOnlyRules('sqlite') : {})
    this.#changes = new SqliteChanges(client, epoch)
    this.#tombstoneMs = options.tombstoneMs ?? TOMBSTONE_MS_DEFAULT
  }

  /**
   * @throws {FilesystemError} `unsupported` for an unsafe file system, directory, mode or SQLite, `schema-too-new` for a
   * schema that a newer program wrote, `invalid-argument` for a path that cannot be a store and for an option that makes no
   * sense, `corrupt` for a damaged file, `unavailable` when it cannot be opened.
   */
  static async open(options: SqliteOptions, internals: SqliteInternals = {}): Promise<SqliteFilesystem> {
    checkDuration(options, 'busyTimeoutMs')
    checkDuration(options, 'tombstoneMs')
    const runtime = options.runtime ?? systemRuntime
    const readOnly = options.readOnly ?? false
    const { path, durability } = await preparePlace(options.path, options.durability, runtime, readOnly)
    const limits = { ...DEFAULT_LIMITS, ...options.limits }
    const { client, worker, epoch } = await WorkerClient.start({
      path,
      durability: durability === 'disk' ? 'disk' : 'process',
      epoch: runtime.randomHex(8),
      busyTimeoutMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS_DEFAULT,
      changesMax: limits.watchBufferMax,
      sqliteVersionMin: internals.sqliteVersionMin ?? SQLITE_VERSION_MIN,
      check: options.check ?? false,
      readOnly,
    })
    internals.onWorker?.(worker)
    const capabilities: Capabilities = {
      backend: 'sqlite',
      cas: readOnly ? 'none' : 'records',
      fusedConflict: true,
      blindWrites: !readOnly,
      crossProcess: true,
      durability,
      history: true,
      query: 'index',
      log: true,
      transact: !readOnly,
      watch: true,
      maintain: !readOnly,
      limits,
    }
    return new SqliteFilesystem(options, capabilities, client, epoch)
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#door.get(path, options)
    return await this.#read('get', path, { type: 'get', path }, options)
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#door.put(path, entry, expect, options)
    const planned = this.#planner.write({ type: 'put', path, entry, expect }, options)
    return await this.#write('put', path, { type: 'write', planned }, entry.body.length, options)
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#door.delete(path, expect, options)
    const planned = this.#planner.write({ type: 'delete', path, expect }, options)
    return await this.#write('delete', path, { type: 'write', planned }, 0, options)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const limit = this.#door.list(prefix, options)
    const list = {
      prefix,
      depth: options.depth ?? 'descendants',
      descending: options.order === 'descending',
      after: options.after?.path,
      limit,
      bodies: options.bodies ?? false,
      deleted: options.deleted ?? false,
    }
    return await this.#read('list', prefix, { type: 'list', list }, options)
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const range = this.#door.query(collection, index, options)
    const call = { type: 'query', collection, index, range, bodies: options.bodies ?? false } as const
    return await this.#read('query', collection, call, options)
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    this.#door.append(log, bodies, options)
    const planned = this.#planner.append(log, bodies)
    return await this.#write('append', log, { type: 'append', planned }, bytesOf(bodies), options)
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { after, limit } = this.#door.read(log, options)
    return await this.#read('read', log, { type: 'entries', log, after, limit }, options)
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    this.#door.trim(log, before, options)
    await this.#write('trim', log, { type: 'trim', log, before }, 0, options)
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    this.#door.transact(steps, options)
    const transact = this.#planner.transact(steps, options)
    const bytes = steps.reduce((sum, step) => sum + bytesOfStep(step), 0)
    return await this.#write('transact', ROOT, { type: 'transact', transact }, bytes, options)
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const limit = this.#door.history(path, options)
    const call = { type: 'history', path, before: options.before, limit, bodies: options.bodies ?? false } as const
    return await this.#read('history', path, call, options)
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    this.#door.getVersion(path, sequence, options)
    return await this.#read('getVersion', path, { type: 'version', path, sequence }, options)
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    this.#door.watch(prefix)
    return new ChangeFeed(this, this.#changes, prefix, options, this.#door.closing)
  }

  /** Purges old tombstones and old changes, then moves the write-ahead log into the database file. */
  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    const limit = this.#door.maintain(options)
    const before = this.#runtime.wallMs() - this.#tombstoneMs
    const changesMax = this.#door.limits.watchBufferMax
    const call = { type: 'purge', before, limit, changesMax } as const
    return await this.#write('maintain', ROOT, call, 0, options)
  }

  async close(): Promise<void> {
    this.#door.close()
    this.#closed ??= this.#client.close(this.#path)
    await this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #read<T>(operation: string, path: string, call: ReadCall, { signal }: OperationOptions): Promise<T> {
    return (await this.#client.request(operation, path, { kind: 'read', call }, signal)) as T
  }

  async #write<T>(
    operation: string,
    path: string,
    call: WriteCall,
    bytes: number,
    { signal }: OperationOptions,
  ): Promise<T> {
    return (await this.#client.request(operation, path, { kind: 'write', call, bytes }, signal)) as T
  }
}

function checkDuration(options: SqliteOptions, name: 'busyTimeoutMs' | 'tombstoneMs'): void {
  const value = options[name] ?? 0
  if (Number.isFinite(value) && value >= 0) return
  throw invalid('open store', options.path, `${name} must be a number of milliseconds from 0`)
}

function bytesOfStep(step: TransactStep): number {
  if (step.type === 'put') return step.entry.body.length
  return step.type === 'append' ? bytesOf(step.bodies) : 0
}
