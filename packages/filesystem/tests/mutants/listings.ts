import {
  comparePaths,
  type Entry,
  type Expectation,
  type Head,
  type ListItem,
  type ListOptions,
  type ListPage,
  type OperationOptions,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

/** Reads everything and pages over it with an order and a filter of its own. */
abstract class ListsByHand extends Healthy {
  order(a: string, b: string): number {
    return comparePaths(a, b)
  }

  includes(path: string, prefix: string): boolean {
    return prefix === '/' || path.startsWith(`${prefix}/`)
  }

  isBehind(path: string, cursor: string): boolean {
    return this.order(path, cursor) > 0
  }

  override async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    if (options.depth === 'children') return this.inner.list(prefix, options)
    await this.inner.list(prefix, { ...options, limit: options.limit })
    const { items } = await this.inner.list('/', { limit: 1000, bodies: options.bodies, deleted: options.deleted })
    const sorted = items.toSorted((a, b) => this.order(a.path, b.path))
    if (options.order === 'descending') sorted.reverse()
    const cursor = options.after?.path
    const behind = (item: ListItem) =>
      cursor === undefined ||
      (options.order === 'descending' ? this.isBehind(cursor, item.path) : this.isBehind(item.path, cursor))
    const rest = sorted.filter((item) => this.includes(item.path, prefix) && behind(item))
    const page = rest.slice(0, options.limit ?? 100)
    const last = page.at(-1)
    return rest.length > page.length && last ? { items: page, next: { path: last.path } } : { items: page }
  }
}

/** Starts over where the cursor is none. */
export class IgnoresListCursor extends Healthy {
  override list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const known = options.after?.path.startsWith('/') === true && options.after.path.isWellFormed()
    return this.inner.list(prefix, known ? options : { ...options, after: undefined })
  }
}

/** Cuts the prefix at a character and not at a segment. */
export class IgnoresSegmentBoundary extends ListsByHand {
  override includes(path: string, prefix: string): boolean {
    return prefix === '/' || (path.startsWith(prefix) && path !== prefix)
  }
}

/** Orders as JavaScript orders strings, by UTF-16 code units. */
export class OrdersByCodeUnits extends ListsByHand {
  override order(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0
  }
}

/** Orders segment by segment, so that what lies below a path comes before its siblings. */
export class OrdersBySegments extends ListsByHand {
  override order(a: string, b: string): number {
    return comparePaths(a.replaceAll('/', '\u0001'), b.replaceAll('/', '\u0001'))
  }
}

/** Repeats the cursor's own path on the next page. */
export class RepeatsCursor extends ListsByHand {
  override isBehind(path: string, cursor: string): boolean {
    return this.order(path, cursor) >= 0
  }
}

/** Continues by number and not by path, so that writes in between shift the pages. */
export class PagesByOffset extends Healthy {
  readonly #offsets = new Map<string, number>()

  override async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    if (options.limit === undefined || options.depth === 'children') return this.inner.list(prefix, options)
    const offset = options.after ? (this.#offsets.get(options.after.path) ?? 0) : 0
    const { items } = await this.inner.list(prefix, { ...options, after: undefined, limit: 1000 })
    const page = items.slice(offset, offset + options.limit)
    const last = page.at(-1)
    if (!last || items.length <= offset + page.length) return { items: page }
    this.#offsets.set(last.path, offset + page.length)
    return { items: page, next: { path: last.path } }
  }
}

/** Shows tombstones to everyone. */
export class ListsTombstones extends Healthy {
  override list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.inner.list(prefix, { ...options, deleted: true })
  }
}

/** Takes paths that differ in case for one. */
export class FoldsCase extends Healthy {
  override get(path: string, options?: OperationOptions): Promise<Head> {
    return this.inner.get(path.toLowerCase(), options)
  }

  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    return this.inner.put(path.toLowerCase(), entry, expect, options)
  }
}

/** Normalises paths where it should refuse them. */
export class NormalisesPaths extends Healthy {
  override get(path: string, options?: OperationOptions): Promise<Head> {
    return this.inner.get(path.replaceAll(/\/+/g, '/').normalize('NFC'), options)
  }
}
