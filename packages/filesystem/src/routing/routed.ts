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
import { isBelow, ROOT } from '../path.ts'
import { invalid, unsupported } from '../refusals.ts'
import type { GateRules } from './gate.ts'
import { Gate } from './gate.ts'
import { RoutedListing } from './routed-listing.ts'
import { routedTransaction, STEP_NEEDS } from './routed-transaction.ts'
import { routedWatch } from './routed-watch.ts'
import type { Permission, Route } from './route.ts'
import { capabilitiesAt, inward, NO_CAPABILITIES } from './route.ts'

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
    const route = this.#gate.table.find(path)
    if (!route) return NO_CAPABILITIES
    const capabilities = capabilitiesAt(route, path)
    return this.#routing.maintain ? capabilities : { ...capabilities, maintain: false }
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    return this.#at('get', path, ['read'], options, (store, inner) => store.get(inner, options))
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#at('put', path, ['write'], options, (store, inner) => store.put(inner, entry, expect, options))
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    return this.#at('delete', path, ['delete'], options, (store, inner) => store.delete(inner, expect, options))
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    // To read bodies needs what reading them one by one needs.
    const routes = this.#gate.spanned('list', prefix, options.bodies ? ['list', 'read'] : ['list'])
    if (options.after) this.#gate.checkCursor('list', prefix, options.after.path)
    return new RoutedListing(this.#gate, routes).page(prefix, options)
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const route = this.#gate.collection('query', collection, ['read', 'list'])
    const { after } = options
    if (after) this.#gate.checkCursor('query', collection, after.path)
    if (after && !isBelow(after.path, route.at)) throw invalid('query', collection, 'the cursor is of another store')
    const passed = after ? { ...options, after: { ...after, path: inward(route, after.path) } } : options
    const page = await this.#gate.pass('query', collection, route, options, (inner) => {
      return route.filesystem.query(inner, index, passed)
    })
    const outward = (path: string) => this.#gate.outward('query', collection, route, path)
    const items = page.items
      .map((item) => ({ ...item, path: outward(item.path) }))
      .filter((item) => this.#gate.table.shows(route, item.path))
    return page.next ? { items, next: { ...page.next, path: outward(page.next.path) } } : { items }
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    return this.#at('append', log, ['write'], options, (store, inner) => store.append(inner, bodies, options))
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    return this.#at('read', log, ['read'], options, (store, inner) => store.read(inner, options))
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    return this.#at('trim', log, ['write', 'delete'], options, (store, inner) => store.trim(inner, before, options))
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    this.#gate.checkOpen('transact', ROOT)
    const [first, ...rest] = steps.map((step) => {
      // A step of no known type needs nothing and is refused by the store.
      return { step, route: this.#gate.record('transact', step.path, STEP_NEEDS[step.type] ?? []) }
    })
    if (!first) throw invalid('transact', ROOT, 'it takes at least one step')
    return routedTransaction(this.#gate, [first, ...rest], options, this.#routing.mayShareTransaction)
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    return this.#at('history', path, ['read'], options, (store, inner) => store.history(inner, options))
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    return this.#at('getVersion', path, ['read'], options, (store, inner) => {
      return store.getVersion(inner, sequence, options)
    })
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    const routes = this.#gate.spanned('watch', prefix, ['read', 'list'])
    return routedWatch(this.#gate, routes, prefix, options)
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

  async #at<Result>(
    operation: string,
    path: string,
    needs: readonly Permission[],
    options: OperationOptions,
    forward: (store: Filesystem, inner: string) => Promise<Result>,
  ): Promise<Result> {
    const route = this.#gate.record(operation, path, needs)
    return this.#gate.pass(operation, path, route, options, (inner) => forward(route.filesystem, inner))
  }
}
