import type { QueryItem, QueryPage, StoredHead } from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import type { IndexRange } from '../../index-range.ts'
import { parentOf } from '../../path.ts'
import { decodeTuple, encodeTuple } from '../../tuple.ts'
import type { Database, Parameters, Row } from './database.ts'
import { PageBudget } from '../../page-budget.ts'
import { decodeHeadRow } from './record-row.ts'
import type { StatementName } from './statements.ts'

// Below and behind every encoded tuple.
const LOWEST = new Uint8Array()
const HIGHEST = Uint8Array.of(0xff)

/** Replaces the index rows of a record; rows that stay the same are left alone. */
export function replaceIndexRows(
  database: Database,
  path: string,
  before: StoredHead | undefined,
  after: StoredHead,
): void {
  const old = rowsOf(before)
  const fresh = rowsOf(after)
  if (old.length === 0 && fresh.length === 0) return
  const collection = parentOf(path)
  const has = (rows: readonly IndexRow[], { name, tuple }: IndexRow) =>
    rows.some((row) => row.name === name && Buffer.compare(row.tuple, tuple) === 0)
  for (const row of old) {
    if (!has(fresh, row)) database.runOne('deleteIndexRow', path, { collection, path, ...row })
  }
  for (const row of fresh) {
    if (!has(old, row)) database.runOne('insertIndexRow', path, { collection, path, ...row })
  }
}

/** One page of an index. */
export function queryIndex(
  database: Database,
  collection: string,
  index: string,
  range: IndexRange,
  bodies: boolean,
): QueryPage {
  const budget = new PageBudget(range.limit)
  const items: QueryItem[] = []
  const { statement, parameters } = seek(collection, index, range, bodies)
  for (const row of database.iterate(statement, parameters)) {
    const last = items.at(-1)
    if (last && budget.isSpent) return { items, next: { tuple: last.tuple, path: last.path } }
    const path = String(row['path'])
    const head = decodeHeadRow('query', path, row, bodies ? 'all' : 'meta')
    budget.take(bodies ? head.info.size : 0)
    items.push({ path, tuple: decodeTuple(bytesOf(row)), head: listHead(head, bodies) })
  }
  return { items }
}

interface IndexRow {
  readonly name: string
  readonly tuple: Uint8Array
}

function rowsOf(head: StoredHead | undefined): readonly IndexRow[] {
  const tuples = head?.state === 'live' ? head.entry.tuples : undefined
  return Object.entries(tuples ?? {}).map(([name, tuple]) => ({ name, tuple: encodeTuple(tuple) }))
}

// A cursor inside of the range replaces the bound it is nearest to, so that SQLite seeks to it also among equal tuples.
function seek(
  collection: string,
  name: string,
  range: IndexRange,
  bodies: boolean,
): { readonly statement: StatementName; readonly parameters: Parameters } {
  const { from = LOWEST, to = HIGHEST, after, descending } = range
  const common = { collection, name, from, to, limit: range.limit + 1, bodies: bodies ? 1 : 0 }
  if (descending) {
    return after && Buffer.compare(after.tuple, to) < 0
      ? { statement: 'queryDownAfter', parameters: { ...common, to: after.tuple, path: after.path } }
      : { statement: 'queryDownFrom', parameters: common }
  }
  return after && Buffer.compare(after.tuple, from) >= 0
    ? { statement: 'queryAfter', parameters: { ...common, from: after.tuple, path: after.path } }
    : { statement: 'queryFrom', parameters: common }
}

function bytesOf(row: Row): Uint8Array {
  return row['tuple'] instanceof Uint8Array ? row['tuple'] : LOWEST
}
