import { FilesystemError } from '../errors.ts'
import type { ListItem, ListOptions, ListPage, PathCursor } from '../filesystem.ts'
import { comparePaths } from '../path.ts'

/** What stands at the place that a source has reached: an item, or a record that cannot be told. */
export interface Reached {
  readonly path: string
  readonly item?: ListItem
  readonly failure?: FilesystemError
}

/** Items of one source in the order of the listing, fetched page by page. */
export class PagedItems {
  readonly #fetch: (after: PathCursor | undefined) => Promise<ListPage>
  #items: ListItem[] = []
  #after: PathCursor | undefined
  #more = true
  #damage: Reached | undefined

  constructor(fetch: (after: PathCursor | undefined) => Promise<ListPage>, after: PathCursor | undefined) {
    this.#fetch = fetch
    this.#after = after
  }

  /** Whether there may be another item; asks nobody. */
  get mayHaveMore(): boolean {
    return this.#more || this.#items.length > 0
  }

  async peek(): Promise<Reached | undefined> {
    while (this.#items.length === 0 && this.#more && !this.#damage) await this.#fetchNext()
    const [item] = this.#items
    return item ? { path: item.path, item } : this.#damage
  }

  drop(): void {
    this.#items.shift()
  }

  async #fetchNext(): Promise<void> {
    try {
      const page = await this.#fetch(this.#after)
      this.#items = [...page.items]
      this.#after = page.next
      this.#more = page.next !== undefined
    } catch (error) {
      if (!isDamage(error)) throw error
      // It has a place in the order like an item has, and other sources may have items before it.
      this.#damage = { path: error.path, failure: error }
    }
  }
}

/** Whether it is an error about one record, which a listing can go on behind. */
export function isDamage(error: unknown): error is FilesystemError & { readonly path: string } {
  const isOfRecord = error instanceof FilesystemError && (error.code === 'corrupt' || error.code === 'key-missing')
  return isOfRecord && error.path !== undefined
}

/**
 * One page out of several sources. Of a path that several have, the first source's item is taken. The page ends before a
 * damaged record; a page that would begin with it fails with its error.
 */
export async function mergedPage(
  sources: readonly PagedItems[],
  limit: number,
  order: ListOptions['order'],
): Promise<ListPage> {
  const sign = order === 'descending' ? -1 : 1
  const items: ListItem[] = []
  while (items.length < limit) {
    const heads = await Promise.all(sources.map((source) => source.peek()))
    let first: Reached | undefined
    for (const head of heads) if (head && (!first || sign * comparePaths(head.path, first.path) < 0)) first = head
    if (!first) return { items }
    if (!first.item) {
      if (items.length === 0) throw first.failure
      break
    }
    items.push(first.item)
    for (const [n, source] of sources.entries()) if (heads[n]?.path === first.path) source.drop()
  }
  const last = items.at(-1)
  return last && sources.some((source) => source.mayHaveMore) ? { items, next: { path: last.path } } : { items }
}
