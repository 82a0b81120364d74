import type { Head, StoredHead, WriteResult } from '../../filesystem.ts'
import { WRITE_IDS_KEPT } from '../../filesystem.ts'
import type { RecordState, Verdict, Write } from '../../record-state.ts'
import { applyWrite, judge } from '../../record-state.ts'
import { generationOf, sequenceOf } from '../../version.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import { logChange } from './changes.ts'
import type { Database, Row } from './database.ts'
import { replaceIndexRows } from './index-rows.ts'
import { decodeHeadRow, encodeHead } from './record-row.ts'

/** A write as it travels to the worker, with what only the main thread may draw. */
export interface PlannedWrite {
  readonly operation: 'put' | 'delete'
  readonly path: string
  readonly write: Write
  readonly keepVersions: number
  /** The generation of the record, should this be its first write. */
  readonly generation: string
  /** The writeId was drawn for this call, so it cannot have landed before. */
  readonly fresh: boolean
}

/** What a write meets: the stored state without its body, and the verdict. */
export interface JudgedWrite {
  readonly row: Row | undefined
  readonly state: RecordState | undefined
  readonly verdict: Verdict
}

export function readHead(database: Database, path: string, operation = 'get'): Head {
  const row = database.get('readHead', { path })
  return row ? decodeHeadRow(operation, path, row, 'all') : { state: 'unwritten' }
}

/**
 * Judges a write and does it when nothing is in its way.
 *
 * @throws {VersionMismatch} when the precondition is lost.
 */
export function writeRecord(database: Database, planned: PlannedWrite): WriteResult | undefined {
  const judged = judgeWrite(database, planned)
  const { verdict } = judged
  if (verdict.type === 'nothing') return undefined
  if (verdict.type === 'replayed') return verdict.result
  if (verdict.type === 'mismatch') throw lostTo(database, planned)
  return commitWrite(database, planned, judged)
}

export function judgeWrite(database: Database, planned: PlannedWrite): JudgedWrite {
  const { operation, path, write } = planned
  const row = database.get('readMeta', { path })
  if (!row) return { row, state: undefined, verdict: judge(undefined, write) }
  const head = decodeHeadRow(operation, path, row, 'meta')
  const state = { head, writeIds: planned.fresh ? [] : recallWriteIds(database, row, write.writeId) }
  return { row, state, verdict: judge(state, write) }
}

/** The error for a write that lost, with the whole head that it lost to. */
export function lostTo(database: Database, { operation, path, write }: PlannedWrite, step?: number): VersionMismatch {
  return new VersionMismatch(operation, path, write.expect, readHead(database, path, operation), step)
}

/** Does a write that was judged to have a free way, in the same transaction. */
export function commitWrite(database: Database, planned: PlannedWrite, judged: JudgedWrite): WriteResult {
  const { path, write } = planned
  const { row, state } = judged
  const { head } = applyWrite(state, write, () => planned.generation)
  const id = row ? replaceHead(database, planned, row, head) : insertHead(database, path, head)
  const sequence = sequenceOf(head.version)
  database.run('remember', { record: id, slot: sequence % WRITE_IDS_KEPT, sequence, writeId: write.writeId })
  replaceIndexRows(database, path, state?.head, head)
  logChange(database, { type: head.state === 'live' ? 'put' : 'delete', path, version: head.version })
  return { version: head.version, writeId: write.writeId, replayed: false }
}

function insertHead(database: Database, path: string, head: StoredHead): number {
  return database.runOne('insertRecord', path, {
    path,
    generation: generationOf(head.version),
    oldest: sequenceOf(head.version),
    ...encodeHead(head),
  })
}

/** The superseded versions that are retained follow each other up to the head; `oldest` is where they begin. */
function replaceHead(database: Database, { path, keepVersions }: PlannedWrite, row: Row, head: StoredHead): number {
  const record = Number(row['id'])
  const expected = { path, expectedSequence: Number(row['sequence']), expectedGeneration: String(row['generation']) }
  const oldest = Math.max(Number(row['oldest']), sequenceOf(head.version) - keepVersions)
  if (keepVersions > 0) database.runOne('supersede', path, expected)
  const superseded = Number(row['oldest']) < expected.expectedSequence
  if (superseded && Number(row['oldest']) < oldest) database.run('pruneVersions', { record, oldest })
  database.runOne('updateRecord', path, { ...expected, oldest, ...encodeHead(head) })
  return record
}

/** The ring as far as `judge` needs it: the one writeId at its age, the others blank. */
function recallWriteIds(database: Database, row: Row, writeId: string): string[] {
  const found = database.get('recall', { record: Number(row['id']), writeId })
  if (!found) return []
  const age = Number(row['sequence']) - Number(found['sequence'])
  return [...Array.from({ length: age }, () => ''), writeId]
}
