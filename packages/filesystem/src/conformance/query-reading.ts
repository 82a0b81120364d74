import assert from 'node:assert/strict'
import { anything } from '../expectation.ts'
import type { Filesystem, QueryItem, QueryOptions, Tuple } from '../filesystem.ts'
import { comparePaths } from '../path.ts'
import { compareTuples } from '../tuple.ts'
import { record } from './samples.ts'

/** Writes records with a row in one index, named by their paths. */
export async function putRows(
  filesystem: Filesystem,
  index: string,
  rows: Readonly<Record<string, Tuple>>,
): Promise<void> {
  for (const [path, tuple] of Object.entries(rows)) {
    await filesystem.put(path, record(path, { [index]: tuple }), anything)
  }
}

/** All rows of a query, page by page, which must be in order and hold no row twice. */
export async function queryAll(
  filesystem: Filesystem,
  collection: string,
  index: string,
  options: QueryOptions = {},
): Promise<readonly QueryItem[]> {
  const items: QueryItem[] = []
  let after = options.after
  do {
    const page = await filesystem.query(collection, index, { ...options, after })
    if (options.limit !== undefined) assert.ok(page.items.length <= options.limit, 'a page must keep to its limit')
    items.push(...page.items)
    after = page.next
    if (after) {
      const last = items.at(-1)
      assert.ok(last, 'a page with a cursor has rows')
      assert.equal(after.path, last.path, 'the cursor is the last row of its page')
      assert.equal(compareTuples(after.tuple, last.tuple), 0, 'the cursor is the last row of its page')
    }
    assertOrdered(items, options.order === 'descending')
  } while (after)
  return items
}

/** The paths of a query. */
export async function pathsOfQuery(
  filesystem: Filesystem,
  collection: string,
  index: string,
  options: QueryOptions = {},
): Promise<string[]> {
  const items = await queryAll(filesystem, collection, index, options)
  return items.map(({ path }) => path)
}

function assertOrdered(items: readonly QueryItem[], descending: boolean): void {
  for (const [n, item] of items.entries()) {
    const previous = items[n - 1]
    if (!previous) continue
    const order = compareTuples(previous.tuple, item.tuple) || comparePaths(previous.path, item.path)
    assert.ok(descending ? order > 0 : order < 0, `the row of ${item.path} must not follow that of ${previous.path}`)
  }
}
