import {
  comparePaths,
  compareTuples,
  type Entry,
  type Expectation,
  FilesystemError,
  type ListHead,
  parentOf,
  type QueryItem,
  type QueryOptions,
  type QueryPage,
  type Tuple,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

type Row = Pick<QueryItem, 'path' | 'tuple'>

/** Answers queries by looking through all records, with an order and a filter of its own. */
abstract class QueriesByHand extends Healthy {
  order(a: Row, b: Row): number {
    return compareTuples(a.tuple, b.tuple) || comparePaths(a.path, b.path)
  }

  isIn(path: string, collection: string): boolean {
    return parentOf(path) === collection
  }

  tupleOf(_path: string, head: ListHead, index: string): Tuple | undefined {
    return head.entry?.tuples?.[index]
  }

  start(items: readonly QueryItem[], options: QueryOptions, order: (a: Row, b: Row) => number): number {
    const { after } = options
    const found = after ? items.findIndex((item) => order(item, after) > 0) : 0
    return found < 0 ? items.length : found
  }

  override async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    // For its refusals.
    await this.inner.query(collection, index, options)
    const direction = options.order === 'descending' ? -1 : 1
    const order = (a: Row, b: Row) => direction * this.order(a, b)
    const { items } = await this.inner.list('/', { bodies: true, limit: 1000 })
    const rows = items
      .flatMap(({ path, head }) => {
        const tuple = head && this.tupleOf(path, head, index)
        return head && tuple && this.isIn(path, collection) ? [{ path, tuple, head }] : []
      })
      .filter(({ tuple }) => isWithin(tuple, options))
      .toSorted(order)
    const start = this.start(rows, options, order)
    const page = rows.slice(start, start + (options.limit ?? 100))
    const shown = page.map((row) => (options.bodies ? row : { ...row, head: { ...row.head, entry: undefined } }))
    const last = page.at(-1)
    const more = last && start + page.length < rows.length
    return more ? { items: shown, next: { tuple: last.tuple, path: last.path } } : { items: shown }
  }
}

function isWithin(tuple: Tuple, { range: { prefix = [], from, to } = {} }: QueryOptions): boolean {
  if (compareTuples(tuple.slice(0, prefix.length), prefix) !== 0) return false
  return (!from || compareTuples(tuple, from) >= 0) && (!to || compareTuples(tuple, to) < 0)
}

/** Orders tuples by their JSON text. */
export class OrdersTuplesAsText extends QueriesByHand {
  override order(a: Row, b: Row): number {
    const [left, right] = [JSON.stringify(a.tuple), JSON.stringify(b.tuple)]
    return left === right ? comparePaths(a.path, b.path) : left < right ? -1 : 1
  }
}

/** Orders the paths of equal tuples by UTF-16 code units. */
export class OrdersRowsByCodeUnits extends QueriesByHand {
  override order(a: Row, b: Row): number {
    return compareTuples(a.tuple, b.tuple) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
  }
}

/** Takes the upper bound of a range as inclusive. */
export class IncludesUpperBound extends Healthy {
  override query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const to = options.range?.to
    const range = to ? { ...options.range, to: [...to, null] } : options.range
    return this.inner.query(collection, index, { ...options, range })
  }
}

/** Counts everything below a collection as in it. */
export class QueriesDescendants extends QueriesByHand {
  override isIn(path: string, collection: string): boolean {
    return path.startsWith(`${collection}/`)
  }
}

/** Keeps a row although its record no longer has a tuple. */
export class KeepsOldRows extends QueriesByHand {
  readonly #rows = new Map<string, Tuple>()

  override tupleOf(path: string, head: ListHead, index: string): Tuple | undefined {
    const tuple = super.tupleOf(path, head, index) ?? this.#rows.get(`${path} ${index}`)
    if (tuple) this.#rows.set(`${path} ${index}`, tuple)
    return tuple
  }
}

/** Writes the rows of a put before it looks at its precondition. */
export class IndexesLostPuts extends QueriesByHand {
  readonly #tuples = new Map<string, Readonly<Record<string, Tuple>> | undefined>()

  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    this.#tuples.set(path, entry.tuples)
    return this.inner.put(path, entry, expect, options)
  }

  override tupleOf(path: string, _head: ListHead, index: string): Tuple | undefined {
    return this.#tuples.get(path)?.[index]
  }
}

/** Tells nothing about the record of a row. */
export class HidesKindsOfRows extends Healthy {
  override async query(collection: string, index: string, options?: QueryOptions): Promise<QueryPage> {
    const page = await this.inner.query(collection, index, options)
    return { ...page, items: page.items.map((item) => ({ ...item, head: { ...item.head, kind: undefined } })) }
  }
}

/** Finds nothing where it should refuse the question. */
export class AnswersMalformedQueries extends Healthy {
  override async query(collection: string, index: string, options?: QueryOptions): Promise<QueryPage> {
    try {
      return await this.inner.query(collection, index, options)
    } catch (error) {
      if (error instanceof FilesystemError && error.code === 'invalid-argument') return { items: [] }
      throw error
    }
  }
}

/** Pages by counting rows. */
export class PagesQueriesByOffset extends QueriesByHand {
  readonly #offsets = new Map<string, number>()

  override start(items: readonly QueryItem[], options: QueryOptions): number {
    const start = options.after ? (this.#offsets.get(options.after.path) ?? 0) : 0
    const last = items[start + (options.limit ?? 100) - 1]
    if (last) this.#offsets.set(last.path, start + (options.limit ?? 100))
    return start
  }
}

/** Looks for the row of the cursor, and finds nothing when it is gone. */
export class NeedsCursorRow extends QueriesByHand {
  override start(items: readonly QueryItem[], options: QueryOptions): number {
    if (!options.after) return 0
    const found = items.findIndex(({ path }) => path === options.after?.path)
    return found < 0 ? items.length : found + 1
  }
}

/** Tells of a row the version before the last. */
export class ServesOldHeadsOfRows extends Healthy {
  readonly #heads = new Map<string, ListHead>()

  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const rows = async () => (await this.inner.query(parentOf(path), 'by_n', { limit: 1000 })).items
    const before = (await rows()).find((item) => item.path === path)
    const result = await this.inner.put(path, entry, expect, options)
    const after = (await rows()).find((item) => item.path === path)
    if (before && after) this.#heads.set(path, before.head)
    else this.#heads.delete(path)
    return result
  }

  override async query(collection: string, index: string, options?: QueryOptions): Promise<QueryPage> {
    const page = await this.inner.query(collection, index, options)
    return { ...page, items: page.items.map((item) => ({ ...item, head: this.#heads.get(item.path) ?? item.head })) }
  }
}

/** Gives as much as it can where more was asked for than its limit. */
export class QueriesBeyondLimit extends Healthy {
  override query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const most = this.capabilities('/').limits.pageSizeMax
    return this.inner.query(collection, index, { ...options, limit: Math.min(options.limit ?? 100, most) || undefined })
  }
}
