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
  TransactStep,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../filesystem.ts'

/** The members of the contract that answer with a promise, `close` excepted. */
export type Operation = Exclude<keyof Filesystem, 'capabilities' | 'watch' | 'close' | symbol>

/** One call of an operation, with its arguments as the caller gave them (options filled in). */
export type FilesystemCall = {
  readonly [Name in Operation]: {
    readonly operation: Name
    /** `/` for `transact` and `maintain`, which name no single path. */
    readonly path: string
    readonly args: Readonly<Required<Parameters<Filesystem[Name]>>>
  }
}[Operation]

export interface Proceed<Result> {
  /** Makes the call. `detached` leaves the caller's signal out, as for a request that is already on its way. */
  (mode?: 'detached'): Promise<Result>
}

/** Runs around every call: decides whether, when and how often it proceeds. */
export type Around = <Result>(call: FilesystemCall, proceed: Proceed<Result>) => Promise<Result>

/**
 * A filesystem that runs `around` about every call of another one. It forwards each member by hand, so that it has the
 * whole contract and nothing else. `capabilities`, `watch` and `close` pass straight through.
 */
export class InterceptedFilesystem implements Filesystem {
  readonly #inner: Filesystem
  readonly #around: Around

  constructor(inner: Filesystem, around: Around) {
    this.#inner = inner
    this.#around = around
  }

  capabilities(path: string): Capabilities {
    return this.#inner.capabilities(path)
  }

  get(path: string, options: OperationOptions = {}): Promise<Head> {
    return this.#run({ operation: 'get', path, args: [path, options] }, options, (passed) =>
      this.#inner.get(path, passed),
    )
  }

  put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#run({ operation: 'put', path, args: [path, entry, expect, options] }, options, (passed) =>
      this.#inner.put(path, entry, expect, passed),
    )
  }

  delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    return this.#run({ operation: 'delete', path, args: [path, expect, options] }, options, (passed) =>
      this.#inner.delete(path, expect, passed),
    )
  }

  list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    return this.#run({ operation: 'list', path: prefix, args: [prefix, options] }, options, (passed) =>
      this.#inner.list(prefix, passed),
    )
  }

  query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    return this.#run({ operation: 'query', path: collection, args: [collection, index, options] }, options, (passed) =>
      this.#inner.query(collection, index, passed),
    )
  }

  append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    return this.#run({ operation: 'append', path: log, args: [log, bodies, options] }, options, (passed) =>
      this.#inner.append(log, bodies, passed),
    )
  }

  read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    return this.#run({ operation: 'read', path: log, args: [log, options] }, options, (passed) =>
      this.#inner.read(log, passed),
    )
  }

  trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    return this.#run({ operation: 'trim', path: log, args: [log, before, options] }, options, (passed) =>
      this.#inner.trim(log, before, passed),
    )
  }

  transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly (WriteResult | undefined)[]> {
    return this.#run({ operation: 'transact', path: '/', args: [steps, options] }, options, (passed) =>
      this.#inner.transact(steps, passed),
    )
  }

  history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    return this.#run({ operation: 'history', path, args: [path, options] }, options, (passed) =>
      this.#inner.history(path, passed),
    )
  }

  getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    return this.#run({ operation: 'getVersion', path, args: [path, sequence, options] }, options, (passed) =>
      this.#inner.getVersion(path, sequence, passed),
    )
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    return this.#inner.watch(prefix, options)
  }

  maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    return this.#run({ operation: 'maintain', path: '/', args: [options] }, options, (passed) =>
      this.#inner.maintain(passed),
    )
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }

  #run<Options extends OperationOptions, Result>(
    call: FilesystemCall,
    options: Options,
    forward: (options: Options) => Promise<Result>,
  ): Promise<Result> {
    return this.#around(call, async (mode) =>
      forward(mode === 'detached' ? { ...options, signal: undefined } : options),
    )
  }
}
