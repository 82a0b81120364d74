import type { ListItem, ListOptions, ListPage, PathCursor } from '../filesystem.ts'
import { comparePaths } from '../path.ts'

/** Items of one source in the order of the listing, fetched page by page. */
export class PagedItems {
  readonly #fetch: (after: PathCursor | undefined) => Promise<ListPage>
  #items: ListItem[] = []
  #after: PathCursor | undefined
  #more = true

  constructor(fetch: (after: PathCursor | undefined) => Promise<ListPage>, after: PathCursor | undefined) {
    this.#fetch = fetch
    this.#after = after
  }

  /** Whether there may be another item; asks nobody. */
  get mayHaveMore(): boolean {
    return this.#more || this.#items.length > 0
  }

  async peek(): Promise<ListItem | undefined> {
    while (this.#items.length === 0 && this.#more) {
      const page = await this.#fetch(this.#after)
      this.#items = [...page.items]
      this.#after = page.next
      this.#more = page.next !== undefined
    }
    return this.#items[0]
  }

  drop(): void {
    this.#items.shift()
  }
}

/** One page out of several sources. Of a path that several have, the first source's item is taken. */
export async function mergedPage(
  sources: readonly PagedItems[],
  limit: number,
  order: ListOptions['order'],
): Promise<ListPage> {
  const sign = order === 'descending' ? -1 : 1
  const items: ListItem[] = []
  while (items.length < limit) {
    const heads = await Promise.all(sources.map((source) => source.peek()))
    let first: ListItem | undefined
    for (const head of heads) if (head && (!first || sign * comparePaths(head.path, first.path) < 0)) first = head
    if (!first) return { items }
    items.push(first)
    for (const [n, source] of sources.entries()) if (heads[n]?.path === first.path) source.drop()
  }
  const last = items.at(-1)
  return last && sources.some((source) => source.mayHaveMore) ? { items, next: { path: last.path } } : { items }
}
