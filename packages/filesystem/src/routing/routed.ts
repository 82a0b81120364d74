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
import { ROOT } from '../path.ts'
import { unsupported } from '../refusals.ts'
import { takeOnce } from '../take-once.ts'
import type { GateRules } from './gate.ts'
import { Gate } from './gate.ts'
import { routedCapabilities } from './routed-capabilities.ts'
import { RoutedListing } from './routed-listing.ts'
import { routedQuery } from './routed-query.ts'
import { routedSteps, routedTransaction } from './routed-transaction.ts'
import { routedWatch } from './routed-watch.ts'
import type { Permission, Route } from './route.ts'

/** In what a mount table and a view differ. */
export interface Routing extends GateRules {
  /** Whether steps of both routes may be in one transaction. */
  readonly mayShareTransaction: (a: Route, b: Route) => boolean
  /** Housekeeping of what is behind the routes; undefined where that is not for the caller to start. */
  readonly maintain: ((options: MaintainOptions) => Promise<MaintainResult>) | undefined
  readonly close: () => Promise<void>
}

/**
 * A filesystem whose paths lead to other paths of other filesystems. Arguments go inwards, and results, cursors and errors
 * come outwards, through its routes.
 */
export class RoutedFilesystem implements Filesystem {
  readonly #routing: Routing
  readonly #gate: Gate

  constructor(routing: Routing) {
    this.#routing = routing
    this.#gate = new Gate(routing)
  }

  capabilities(path: string): Capabilities {
    return routedCapabilities(this.#gate.table, path, this.#routing.maintain !== undefined)
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    return this.#at('get', path, ['read'], options, (store, inner, passed) => store.get(inner, passed))
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    const [taken, expected] = [takeOnce(entry), takeOnce(expect)]
    return this.#at('put', path, ['write'], options, (store, inner, passed) => {
      return store.put(inner, taken, expected, passed)
    })
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    const expected = takeOnce(expect)
    return this.#at('delete', path, ['delete'], options, (store, inner, passed) =>
      store.delete(inner, expected, passed),
    )
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    // To read bodies needs what reading them one by one needs.
    const taken = withCursor(takeOnce(options))
    const routes = this.#gate.spanned('list', prefix, taken.bodies ? ['list', 'read'] : ['list'])
    if (taken.after) this.#gate.checkCursor('list', prefix, taken.after.path)
    return new RoutedListing(this.#gate, routes).page(prefix, taken)
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    return routedQuery(this.#gate, collection, index, withCursor(takeOnce(options)))
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    return this.#at('append', log, ['write'], options, (store, inner, passed) => {
      return store.append(inner, bodies, passed)
    })
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    return this.#at('read', log, ['read'], options, (store, inner, passed) => store.read(inner, passed))
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    return this.#at('trim', log, ['write', 'delete'], options, (store, inner, passed) => {
      return store.trim(inner, before, passed)
    })
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    this.#gate.checkOpen('transact', ROOT)
    const routed = routedSteps(this.#gate, steps)
    return routedTransaction(this.#gate, routed, takeOnce(options), this.#routing.mayShareTransaction)
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    return this.#at('history', path, ['read'], options, (store, inner, passed) => store.history(inner, passed))
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    return this.#at('getVersion', path, ['read'], options, (store, inner, passed) => {
      return store.getVersion(inner, sequence, passed)
    })
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    const routes = this.#gate.spanned('watch', prefix, ['read', 'list'])
    return routedWatch(this.#gate, routes, prefix, takeOnce(options))
  }

  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    this.#gate.checkOpen('maintain', ROOT)
    if (!this.#routing.maintain) {
      throw unsupported('view', 'maintain', ROOT, 'housekeeping is of a whole store, so call it on the store itself')
    }
    return this.#routing.maintain(options)
  }

  async close(): Promise<void> {
    if (this.#gate.closing.aborted) return
    this.#gate.close()
    await this.#routing.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #at<Options extends OperationOptions, Result>(
    operation: string,
    path: string,
    needs: readonly Permission[],
    options: Options,
    forward: (store: Filesystem, inner: string, options: Options) => Promise<Result>,
  ): Promise<Result> {
    const taken = takeOnce(options)
    const route = this.#gate.record(operation, path, needs)
    return this.#gate.pass(operation, path, route, taken, (inner) => forward(route.filesystem, inner, taken))
  }
}

function withCursor<Options extends ListOptions | QueryOptions>(options: Options): Options {
  return { ...options, after: takeOnce(options.after) }
}
