import type { ListItem, ListOptions, ListPage, QueryItem, QueryOptions, QueryPage } from '../../filesystem.ts'
import type { IndexRange } from '../../index-range.ts'
import { decodeTuple } from '../../tuple.ts'
import { childBounds, directoryOf, indexBounds, pathBounds } from './bounds.ts'
import type { Row } from './statement.ts'
import type { Context } from './records.ts'
import { listHeadOf } from './rows.ts'

export async function listRecords(
  { pools, statements }: Context,
  prefix: string,
  options: ListOptions,
  limit: number,
): Promise<ListPage> {
  const shape = { descending: options.order === 'descending', bodies: options.bodies ?? false }
  const children = options.depth === 'children'
  const { low, high } = (children ? childBounds : pathBounds)(prefix, options.after?.path, shape.descending)
  const call = { operation: 'list', path: prefix, writes: false, options }
  const deleted = options.deleted ?? false
  const childrenShown = deleted ? statements.allChildren(shape) : statements.children(shape)
  const rows = children
    ? await pools.run(call, childrenShown, [directoryOf(prefix), low, high, limit + 1])
    : await pools.run(call, statements.list(shape), [low, high, deleted, limit + 1])
  const items = rows.slice(0, limit).map((row) => listItemOf(row, shape.bodies))
  const last = items.at(-1)
  return last && moreRows(rows, items.length) ? { items, next: { path: last.path } } : { items }
}

/** Whether the server had more rows for a page than are shown. */
export function moreRows(rows: readonly Row[], shown: number): boolean {
  return Number(rows[0]?.['page_rows'] ?? rows.length) > shown
}

function listItemOf(row: Row, bodies: boolean): ListItem {
  const path = String(row['path'])
  const directory = row['directory'] === true
  // A directory without a record at its own path has no head.
  return row['head_sequence'] === null ? { path, directory } : { path, head: listHeadOf(path, row, bodies), directory }
}

export async function queryRecords(
  { pools, statements }: Context,
  collection: string,
  index: string,
  range: IndexRange,
  options: QueryOptions,
): Promise<QueryPage> {
  const shape = { descending: range.descending, bodies: options.bodies ?? false }
  const { tuple, name, end } = indexBounds(collection, range)
  const call = { operation: 'query', path: collection, writes: false, options }
  const parameters = [collection, index, tuple, name, end, range.limit + 1]
  const rows = await pools.run(call, statements.query(shape), parameters)
  const items = rows.slice(0, range.limit).map((row): QueryItem => {
    const path = String(row['path'])
    return { path, tuple: decodeTuple(row['tuple'] as Uint8Array), head: listHeadOf(path, row, shape.bodies) }
  })
  const last = items.at(-1)
  return last && moreRows(rows, items.length) ? { items, next: { tuple: last.tuple, path: last.path } } : { items }
}
