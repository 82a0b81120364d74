import { trimmedEntries } from '../../errors.ts'
import type { AppendResult, LogPage } from '../../filesystem.ts'
import { WRITE_IDS_KEPT } from '../../filesystem.ts'
import type { Database, Row } from './database.ts'
import { PageBudget } from '../../page-budget.ts'
import { digestOfEntry } from './record-row.ts'
import { corruptRecord } from './sqlite-failure.ts'

export interface PlannedAppend {
  readonly path: string
  readonly bodies: readonly Uint8Array[]
  readonly time: number
}

/** Appends entries; with a writeId, which a transact has, the log remembers what it was given. */
export function appendEntries(database: Database, planned: PlannedAppend, writeId?: string): AppendResult {
  const { path, bodies, time } = planned
  const row = database.get('readLog', { path })
  const before = Number(row?.['last'] ?? 0)
  const result = { first: before + 1, last: before + bodies.length }
  const log = row ? Number(row['id']) : database.runOne('insertLog', path, { path, last: result.last })
  if (row) database.runOne('growLog', path, { log, last: result.last, expectedLast: before })
  let sequence = before
  for (const body of bodies) {
    sequence++
    database.runOne('insertEntry', path, { log, sequence, time, digest: digestOfEntry(sequence, body), body })
  }
  if (writeId !== undefined) {
    database.run('rememberTransact', { log, ...result, writeId })
    database.run('forgetTransacts', { log, kept: WRITE_IDS_KEPT - 1 })
  }
  return result
}

/** What the transact of a writeId appended to a log, while it is remembered. */
export function recallAppend(database: Database, path: string, writeId: string): AppendResult | undefined {
  const row = database.get('readLog', { path })
  const found = row && database.get('recallTransact', { log: Number(row['id']), writeId })
  return found && { first: Number(found['first']), last: Number(found['last']) }
}

/**
 * One page of a log.
 *
 * @throws {CompactedError} when entries behind `after` were trimmed.
 */
export function readEntries(database: Database, path: string, after: number | undefined, limit: number): LogPage {
  const row = database.get('readLog', { path })
  if (!row) return { entries: [] }
  const oldest = Number(row['oldest'])
  if (after !== undefined && after + 1 < oldest) throw trimmedEntries(path, after, oldest)
  const budget = new PageBudget(limit)
  const entries: { sequence: number; body: Uint8Array; time: number }[] = []
  const range = { log: Number(row['id']), after: after ?? oldest - 1, limit: limit + 1 }
  for (const found of database.iterate('readEntries', range)) {
    const last = entries.at(-1)
    if (last && budget.isSpent) return { entries, next: last.sequence }
    const entry = entryOf(path, found)
    budget.take(entry.body.length)
    entries.push(entry)
  }
  return { entries }
}

/** Forgets the entries before a sequence. */
export function trimEntries(database: Database, path: string, before: number): void {
  const row = database.get('readLog', { path })
  if (!row) return
  const log = Number(row['id'])
  const oldest = Math.min(before, Number(row['last']) + 1)
  if (database.run('trimLog', { log, oldest }) > 0) database.run('deleteEntries', { log, oldest })
}

function entryOf(path: string, row: Row): { sequence: number; body: Uint8Array; time: number } {
  const { sequence, body, time, digest } = row
  if (body instanceof Uint8Array && digestOfEntry(Number(sequence), body) === digest) {
    return { sequence: Number(sequence), body, time: Number(time) }
  }
  throw corruptRecord('read', path, `entry ${String(sequence)} differs from its digest; restore it from a backup`)
}
