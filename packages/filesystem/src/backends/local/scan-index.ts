import { checkSignal } from '../../entry.ts'
import type { QueryItem, QueryPage } from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import type { IndexPosition, IndexRange } from '../../index-range.ts'
import { comparePaths } from '../../path.ts'
import { sequenceOf } from '../../version.ts'
import { encodeTuple } from '../../tuple.ts'
import { diskFailure } from './disk-failure.ts'
import { readBase, readVersion } from './read-record.ts'
import type { LocalStore, Place } from './store.ts'
import type { StoredVersion } from './version-file.ts'
import { childrenOf } from './walk.ts'

/** What a query asks: an index of a collection, and which part of it. */
export interface Scan {
  readonly collection: string
  readonly index: string
  readonly range: IndexRange
  readonly bodies: boolean
  readonly signal: AbortSignal | undefined
}

interface Row extends IndexPosition {
  readonly place: Place
  readonly stored: StoredVersion
}

/**
 * One page of an index, found by reading the header of every record of the collection: the cost is that of the collection,
 * not of the page. Only the rows of the page are held while it looks.
 */
export async function scanIndex(store: LocalStore, scan: Scan): Promise<QueryPage> {
  const { limit } = scan.range
  const rows: Row[] = []
  for (const path of await childrenOf(store, 'query', scan.collection)) {
    checkSignal('query', scan.collection, scan.signal)
    const row = await readRow(store, scan, path)
    if (!row || !isWithin(row, scan.range)) continue
    insert(rows, row, scan.range.descending)
    // One more than the page tells that there is another one.
    if (rows.length > limit + 1) rows.pop()
  }
  const page = rows.slice(0, limit)
  const items: QueryItem[] = []
  for (const row of page) {
    const item = await toItem(store, scan, row)
    if (item) items.push(item)
  }
  const last = page.at(-1)
  if (rows.length <= limit || !last) return { items }
  return { items, next: { tuple: tupleOf(last.stored, scan.index) ?? [], path: last.path } }
}

async function readRow(store: LocalStore, { index }: Scan, path: string): Promise<Row | undefined> {
  try {
    const place = await store.locate('query', path)
    const stored = place && (await readBase(store, 'query', place, 'header')).stored
    const tuple = stored && tupleOf(stored, index)
    return place && stored && tuple && { tuple: encodeTuple(tuple), path, place, stored }
  } catch (error) {
    throw diskFailure('query', path, error)
  }
}

function tupleOf({ head }: StoredVersion, index: string): QueryItem['tuple'] | undefined {
  const tuples = head.state === 'live' ? (head.entry.tuples ?? {}) : {}
  return Object.hasOwn(tuples, index) ? tuples[index] : undefined
}

function isWithin(row: IndexPosition, { from, to, after, descending }: IndexRange): boolean {
  if (from && Buffer.compare(row.tuple, from) < 0) return false
  if (to && Buffer.compare(row.tuple, to) >= 0) return false
  if (!after) return true
  const order = compareRows(row, after)
  return descending ? order < 0 : order > 0
}

function compareRows(a: IndexPosition, b: IndexPosition): number {
  return Buffer.compare(a.tuple, b.tuple) || comparePaths(a.path, b.path)
}

/** Keeps the rows in the order of the page. */
function insert(rows: Row[], row: Row, descending: boolean): void {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const other = rows[middle] ?? row
    const isBefore = descending ? compareRows(other, row) > 0 : compareRows(other, row) < 0
    if (isBefore) low = middle + 1
    else high = middle
  }
  rows.splice(low, 0, row)
}

/** `undefined` when the record left its place in the index while its body was looked for. */
async function toItem(store: LocalStore, { index, bodies }: Scan, row: Row): Promise<QueryItem | undefined> {
  const stored = bodies ? await readWhole(store, row, index) : row.stored
  const tuple = stored && tupleOf(stored, index)
  return stored && tuple && { path: row.path, tuple, head: listHead(stored.head, bodies) }
}

/** The row's version with its body or, when that was removed meanwhile, the newest if it has the same tuple. */
async function readWhole(store: LocalStore, row: Row, index: string): Promise<StoredVersion | undefined> {
  const { place, stored } = row
  try {
    const decoded = await readVersion(store, place, sequenceOf(stored.head.version), 'all')
    if (decoded?.type === 'valid') return decoded.version
    const { stored: newest } = await readBase(store, 'query', place)
    const tuple = newest && tupleOf(newest, index)
    return tuple && Buffer.compare(encodeTuple(tuple), row.tuple) === 0 ? newest : undefined
  } catch (error) {
    throw diskFailure('query', row.path, error)
  }
}
