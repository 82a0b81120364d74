import { prunedVersion } from '../../errors.ts'
import type { HistoryPage, ListHead, StoredHead } from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import { sequenceOf } from '../../version.ts'
import type { Database, Row } from './database.ts'
import { PageBudget } from '../../page-budget.ts'
import { decodeHeadRow } from './record-row.ts'

/** Retained versions below a sequence, newest first, the head included. */
export function readHistory(
  database: Database,
  path: string,
  before: number | undefined,
  limit: number,
  bodies: boolean,
): HistoryPage {
  const record = database.get(bodies ? 'readHead' : 'readMeta', { path })
  if (!record) return { versions: [] }
  const budget = new PageBudget(limit)
  const versions: ListHead[] = []
  for (const row of versionRows(database, record, before ?? Number.MAX_SAFE_INTEGER, limit, bodies)) {
    const last = versions.at(-1)
    if (last && budget.isSpent) return { versions, next: sequenceOf(last.info.version) }
    const head = decodeVersionRow('history', path, record, row, bodies ? 'all' : 'meta')
    budget.take(bodies ? head.info.size : 0)
    versions.push(listHead(head, bodies))
  }
  return { versions }
}

/**
 * One retained version; undefined when there never was one of that sequence.
 *
 * @throws {CompactedError} when it was pruned.
 */
export function readVersion(database: Database, path: string, sequence: number): StoredHead | undefined {
  const record = database.get('readMeta', { path })
  if (!record || !(sequence >= 1 && sequence <= Number(record['sequence']))) return undefined
  const isHead = Number(record['sequence']) === sequence
  const row = isHead
    ? database.get('readHead', { path })
    : database.get('versionOf', { record: Number(record['id']), sequence })
  if (row) return { ...decodeVersionRow('getVersion', path, record, row, 'all'), ops: [] }
  throw prunedVersion(path, sequence, Number(record['oldest']))
}

function* versionRows(database: Database, record: Row, before: number, limit: number, bodies: boolean): Iterable<Row> {
  if (Number(record['sequence']) < before) yield record
  yield* database.iterate('historyOf', {
    record: Number(record['id']),
    before,
    oldest: Number(record['oldest']),
    limit: limit + 1,
    bodies: bodies ? 1 : 0,
  })
}

function decodeVersionRow(operation: string, path: string, record: Row, row: Row, part: 'all' | 'meta'): StoredHead {
  return decodeHeadRow(operation, path, { ...row, generation: record['generation'] ?? null }, part)
}
