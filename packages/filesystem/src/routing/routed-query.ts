import type { QueryOptions, QueryPage, TupleCursor } from '../filesystem.ts'
import { isBelow } from '../path.ts'
import { invalid } from '../refusals.ts'
import type { Gate } from './gate.ts'
import { inward } from './route.ts'

/**
 * One page of an index of a collection, which is of one route. What other routes hide is in no item and in no cursor, so
 * pages are fetched until one has something to show.
 */
export async function routedQuery(
  gate: Gate,
  collection: string,
  index: string,
  options: QueryOptions,
): Promise<QueryPage> {
  const route = gate.collection('query', collection, ['read', 'list'])
  const { after } = options
  if (after) gate.checkCursor('query', collection, after.path)
  if (after && !isBelow(after.path, route.at)) throw invalid('query', collection, 'the cursor is of another store')
  const outward = (path: string) => gate.outward('query', collection, route, path)
  let from: TupleCursor | undefined = after && { ...after, path: inward(route, after.path) }
  for (;;) {
    const passed = { ...options, after: from }
    const page = await gate.pass('query', collection, route, options, (inner) => {
      return route.filesystem.query(inner, index, passed)
    })
    const { next } = page
    const items = page.items
      .map((item) => ({ ...item, path: outward(item.path) }))
      .filter((item) => gate.table.shows(route, item.path))
    if (!next) return { items }
    const place = { ...next, path: outward(next.path) }
    if (gate.table.shows(route, place.path)) return { items, next: place }
    const last = items.at(-1)
    if (last) return { items, next: { path: last.path, tuple: last.tuple } }
    from = next
  }
}
