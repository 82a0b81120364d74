import { pageSize } from '../entry.ts'
import type { ListItem, ListOptions, ListPage, PathCursor } from '../filesystem.ts'
import { PAGE_SIZE_DEFAULT } from '../filesystem.ts'
import { comparePaths, isBelow, ROOT } from '../path.ts'
import { pageAroundHidden } from './around-hidden.ts'
import type { Gate } from './gate.ts'
import { isDamage, mergedPage, PagedItems } from './merged-list.ts'
import type { Route } from './route.ts'
import { capabilitiesAt, inward } from './route.ts'

/** Fetched at once where some of the items may be hidden by other routes. */
const FETCHED_MIN = 16

/** Pages of a listing over the routes that have paths below its prefix. */
export class RoutedListing {
  readonly #gate: Gate
  readonly #routes: readonly Route[]

  /** `routes` are those that the caller may list, the one of the prefix first. */
  constructor(gate: Gate, routes: readonly Route[]) {
    this.#gate = gate
    this.#routes = routes
  }

  async page(prefix: string, options: ListOptions): Promise<ListPage> {
    const [first] = this.#routes
    if (!first) return { items: [] }
    // Nothing below is hidden by another route, so the page of the filesystem is the page.
    if (this.#gate.table.below(prefix).length === 0) return this.#fetch(first, prefix, options)
    const sizes = this.#routes.map((route) => capabilitiesAt(route, route.at).limits)
    const smallest = sizes.reduce((a, b) => (a.pageSizeMax <= b.pageSizeMax ? a : b))
    const limit = pageSize('list', prefix, options.limit, Math.min(PAGE_SIZE_DEFAULT, smallest.pageSizeMax), smallest)
    const fetched = { ...options, limit: Math.min(Math.max(limit, FETCHED_MIN), smallest.pageSizeMax) }
    const sources = options.depth === 'children' ? this.#children(prefix, fetched) : this.#descendants(prefix, fetched)
    return mergedPage(sources, limit, options.order)
  }

  #descendants(prefix: string, options: ListOptions): PagedItems[] {
    return this.#routes.map((route) => {
      const below = isBelow(route.at, prefix) ? route.at : prefix
      const fetch = async (after: PathCursor | undefined) => {
        const page = await this.#fetch(route, below, { ...options, after })
        return { ...page, items: page.items.filter((item) => this.#gate.table.shows(route, item.path)) }
      }
      return new PagedItems(fetch, options.after)
    })
  }

  #children(prefix: string, options: ListOptions): PagedItems[] {
    const base = this.#routes.find((route) => !isBelow(route.at, prefix))
    const leading = this.#leadingToRoutes(prefix)
    const own = async (after: PathCursor | undefined) => {
      const page = base ? await this.#fetch(base, prefix, { ...options, after }) : { items: [] }
      const items = await Promise.all(
        page.items.map((item) => (leading.has(item.path) ? this.#leading(item) : Promise.resolve(item))),
      )
      return { ...page, items: items.filter((item) => item !== undefined) }
    }
    const mounted = async (after: PathCursor | undefined) => {
      const sign = options.order === 'descending' ? -1 : 1
      const paths = [...leading].toSorted((a, b) => sign * comparePaths(a, b))
      const behind = paths.filter((path) => !after || sign * comparePaths(path, after.path) > 0)
      const items = await Promise.all(behind.map((path) => this.#leading({ path, directory: false })))
      return { items: items.filter((item) => item !== undefined) }
    }
    return [own, mounted].map((fetch) => new PagedItems(fetch, options.after))
  }

  /** The children of a prefix at or below which routes begin, whether the caller may list those or not. */
  #leadingToRoutes(prefix: string): ReadonlySet<string> {
    const start = prefix === ROOT ? 1 : prefix.length + 1
    return new Set(
      this.#gate.table.below(prefix).map(({ at }) => {
        const end = at.indexOf('/', start)
        return end < 0 ? at : at.slice(0, end)
      }),
    )
  }

  /** A child that leads to routes: what they hide is not counted, and where one begins there is no record. */
  async #leading(item: ListItem): Promise<ListItem | undefined> {
    const directory = await this.#hasBelow(item.path)
    if (item.head && !this.#gate.table.isPoint(item.path)) return { ...item, directory }
    return directory ? { path: item.path, directory } : undefined
  }

  async #hasBelow(prefix: string): Promise<boolean> {
    try {
      const { items } = await this.#within(prefix).page(prefix, { limit: 1 })
      return items.length > 0
    } catch (error) {
      // A damaged record is something that is there.
      if (isDamage(error)) return true
      throw error
    }
  }

  #within(prefix: string): RoutedListing {
    const base = this.#gate.table.find(prefix)
    const within = this.#routes.filter((route) => route === base || isBelow(route.at, prefix))
    return new RoutedListing(this.#gate, within)
  }

  async #fetch(route: Route, prefix: string, options: ListOptions): Promise<ListPage> {
    const start = startOf(route, options)
    if (start === 'passed') return { items: [] }
    const after = start && { path: inward(route, start.path) }
    const page = await this.#gate.pass('list', prefix, route, options, (inner) => {
      return pageAroundHidden(this.#gate, route, inner, { ...options, after })
    })
    const outward = (path: string) => this.#gate.outward('list', prefix, route, path)
    const items = page.items.map((item) => ({ ...item, path: outward(item.path) }))
    return page.next ? { items, next: { path: outward(page.next.path) } } : { items }
  }
}

/** Where a route's part of a listing goes on behind a cursor, which may lie before that part or beyond it. */
function startOf(route: Route, { after, order }: ListOptions): PathCursor | undefined | 'passed' {
  if (!after || isBelow(after.path, route.at)) return after
  // What lies below the route is ordered as a whole right behind this text.
  const isAhead = comparePaths(after.path, `${route.at}/`) < 0
  return isAhead === (order !== 'descending') ? undefined : 'passed'
}
