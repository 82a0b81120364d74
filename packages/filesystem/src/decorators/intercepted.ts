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
  TransactResult,
  TransactStep,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../filesystem.ts'
import { copyEntry } from '../head.ts'

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

/** Stands for every watch: gives the changes of `proceed`, of several calls of it, or others. */
export type AroundWatch = (
  prefix: string,
  options: WatchOptions,
  proceed: (options: WatchOptions) => AsyncIterable<Change>,
) => AsyncIterable<Change>

export interface InterceptedOptions {
  readonly watch?: AroundWatch | undefined
  /** Set where `around` may wait before it proceeds: the bodies are then taken when the call is made, as a store takes them. */
  readonly waits?: boolean | undefined
}

/**
 * A filesystem that runs `around` about every call of another one. It forwards each member by hand, so that it has the
 * whole contract and nothing else. `capabilities` and `close` pass straight through, and `watch` where nothing stands for it.
 */
export class InterceptedFilesystem implements Filesystem {
  readonly #inner: Filesystem
  readonly #around: Around
  readonly #aroundWatch: AroundWatch
  readonly #waits: boolean

  constructor(inner: Filesystem, around: Around, { watch, waits = false }: InterceptedOptions = {}) {
    this.#inner = inner
    this.#around = around
    this.#aroundWatch = watch ?? ((_prefix, options, proceed) => proceed(options))
    this.#waits = waits
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
    const taken = this.#waits ? takeEntry(entry) : entry
    return this.#run({ operation: 'put', path, args: [path, taken, expect, options] }, options, (passed) =>
      this.#inner.put(path, taken, expect, passed),
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
    const taken = this.#waits ? takeBodies(bodies) : bodies
    return this.#run({ operation: 'append', path: log, args: [log, taken, options] }, options, (passed) =>
      this.#inner.append(log, taken, passed),
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

  transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    const taken = this.#waits && Array.isArray(steps) ? steps.map(takeStep) : steps
    return this.#run({ operation: 'transact', path: '/', args: [taken, options] }, options, (passed) =>
      this.#inner.transact(taken, passed),
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
    return this.#aroundWatch(prefix, options, (passed) => this.#inner.watch(prefix, passed))
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

// What is malformed is passed on as it is, for the store to refuse.
function takeEntry(entry: Entry): Entry {
  return entry.body instanceof Uint8Array ? copyEntry(entry) : entry
}

function takeBodies(bodies: readonly Uint8Array[]): readonly Uint8Array[] {
  if (!Array.isArray(bodies)) return bodies
  return bodies.map((body) => (body instanceof Uint8Array ? Uint8Array.from(body) : body))
}

function takeStep(step: TransactStep): TransactStep {
  if (step.type === 'put') return { ...step, entry: takeEntry(step.entry) }
  return step.type === 'append' ? { ...step, bodies: takeBodies(step.bodies) } : step
}
