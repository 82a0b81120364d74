import { AppendQueue } from '../../append-queue.ts'
import { ChangeFeed } from '../../change-feed.ts'
import { Door, readOnlyRules } from '../../door.ts'
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
  WriteResult,
} from '../../filesystem.ts'
import { DEFAULT_LIMITS } from '../../filesystem.ts'
import { PostgresChanges } from './changes.ts'
import { appendEntries, readEntries, trimEntries } from './logs.ts'
import { connect, type Connected } from './connect.ts'
import type { PostgresOptions, Settings } from './options.ts'
import { purgeExpired } from './maintain.ts'
import { listRecords, queryRecords } from './pages.ts'
import type { Poker } from './poker.ts'
import { type Context, getRecord, readHistory, readVersion, writeRecord } from './records.ts'
import { retryReads } from './retry-reads.ts'
import { transactRecords } from './transact.ts'

/**
 * Records in a PostgreSQL database. Each operation is one statement, each write one call of a function that judges its
 * precondition, writes head, history, indexes and change log, and answers a lost precondition with the winner; writes that
 * come together share a statement. No lock lives
 * from one round trip to the next, so a stalled or dead client delays nobody.
 */
export class PostgresFilesystem implements Filesystem {
  readonly #context: Context
  readonly #settings: Settings
  readonly #poker: Poker
  readonly #appends: AppendQueue
  readonly #capabilities: Capabilities
  readonly #door: Door
  readonly #running = new Set<Promise<unknown>>()
  #closed: Promise<void> | undefined

  private constructor({ context, settings, poker, durability }: Connected, options: PostgresOptions) {
    this.#context = context
    this.#settings = settings
    this.#poker = poker
    this.#capabilities = capabilitiesOf(durability, options)
    this.#door = new Door(this.#capabilities.limits, settings.readOnly ? readOnlyRules('postgres') : {})
    this.#appends = new AppendQueue(
      (log, bodies, appendOptions) => appendEntries(context, log, bodies, appendOptions),
      this.#door.limits,
    )
  }

  /**
   * Opens the store of a database.
   *
   * @throws {FilesystemError} `invalid-argument` for options that do not fit each other; `unsupported` for a server that is
   * too old; `unavailable` when it cannot be reached or has no tables yet; `schema-too-new` for tables of a newer program.
   */
  static async open(options: PostgresOptions): Promise<PostgresFilesystem> {
    return new PostgresFilesystem(await connect(options), options)
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#door.get(path, options)
    return this.#run(getRecord(this.#context, path, options))
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#door.put(path, entry, expect, options)
    // Only a delete can find nothing to do.
    return (await this.#write(writeRecord(this.#context, path, entry, expect, options))) as WriteResult
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#door.delete(path, expect, options)
    return this.#write(writeRecord(this.#context, path, undefined, expect, options))
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const limit = this.#door.list(prefix, options)
    return this.#run(listRecords(this.#context, prefix, options, limit))
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const range = this.#door.query(collection, index, options)
    return this.#run(queryRecords(this.#context, collection, index, range, options))
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    this.#door.append(log, bodies, options)
    return this.#run(this.#appends.append(log, bodies, options))
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { after, limit } = this.#door.read(log, options)
    return this.#run(readEntries(this.#context, log, after, limit, options))
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    this.#door.trim(log, before, options)
    await this.#run(trimEntries(this.#context, log, before, options))
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    this.#door.transact(steps, options)
    return this.#write(transactRecords(this.#context, steps, options))
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const limit = this.#door.history(path, options)
    return this.#run(readHistory(this.#context, path, options, limit))
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    this.#door.getVersion(path, sequence, options)
    return this.#run(readVersion(this.#context, path, sequence, options))
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    this.#door.watch(prefix)
    const { closing, limits } = this.#door
    const ending = options.signal ? AbortSignal.any([closing, options.signal]) : closing
    const changes = new PostgresChanges(
      this.#context,
      this.#poker,
      this.#settings.watchPollMs,
      limits.watchBufferMax,
      ending,
    )
    const patient = <T>(read: () => Promise<T>) => retryReads(read, this.#context.runtime, ending)
    const heads: Pick<Filesystem, 'get' | 'list'> = {
      get: (path, get) => patient(() => this.get(path, get)),
      list: (path, list) => patient(() => this.list(path, list)),
    }
    return new ChangeFeed(heads, changes, prefix, options, closing)
  }

  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    const limit = this.#door.maintain(options)
    return this.#write(purgeExpired(this.#context, this.#settings, limit, options))
  }

  /** Waits for what is in flight, then ends every connection, for as long as a statement may take. */
  close(): Promise<void> {
    this.#door.close()
    this.#closed ??= this.#end()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#running)
    const { pools, runtime } = this.#context
    const ended = new AbortController()
    // A connection that has gone silent would never say goodbye.
    const late = runtime.sleep(this.#settings.answerTimeoutMs, ended.signal).catch(() => {})
    await Promise.race([Promise.all([this.#poker.close(), pools.close()]), late])
    ended.abort()
  }

  async #run<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    try {
      return await work
    } finally {
      this.#running.delete(work)
    }
  }

  async #write<T>(work: Promise<T>): Promise<T> {
    const result = await this.#run(work)
    this.#poker.wrote()
    return result
  }
}

function capabilitiesOf(durability: Durability, options: PostgresOptions): Capabilities {
  const readOnly = options.readOnly ?? false
  return {
    backend: 'postgres',
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
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  }
}
