import { stat } from 'node:fs/promises'
import { counted } from '../../model/measures.ts'
import { skip, type StoreCheck } from '../check.ts'
import { Findings } from '../findings.ts'
import { sqliteRows } from '../sqlite-rows.ts'
import { pathOf } from '../store-place.ts'
import type { Subject } from '../subject.ts'

const NOT_SQLITE = 'not an SQLite store'
/** The store moves its log into the file at 16 MiB; much beyond that something is in its way. */
const LOG_BYTES_MAX = 64 * 1024 * 1024
const MEBIBYTE = 1024 * 1024
/** Rows of a table that belong to one record, about. */
const ROWS_PER_RECORD = 20

const log: StoreCheck = {
  id: 'sqlite.wal',
  expects: 'The database is in write-ahead mode, and its log is moved into it from time to time',
  over: 'store',
  async run({ url, signal }) {
    const path = pathOf(url, 'sqlite')
    if (path === undefined) return skip(NOT_SQLITE)
    const [[mode] = []] = await sqliteRows(path, ['PRAGMA journal_mode'], signal)
    const { size } = await stat(`${path}-wal`).catch(() => ({ size: 0 }))
    const found = new Findings()
    if (mode?.['journal_mode'] !== 'wal') found.add(`its mode is ${String(mode?.['journal_mode'])}`)
    if (size > LOG_BYTES_MAX) found.add(`its log has ${(size / MEBIBYTE).toFixed(0)} MiB`)
    return found.result({
      severity: 'warn',
      none: `write-ahead mode, ${(size / MEBIBYTE).toFixed(1)} MiB of log`,
      some: () => 'readers and writers may wait for each other',
      likelyCause: 'another program changed the mode, or holds a transaction open',
      next: [],
    })
  },
}

const integrity: StoreCheck = {
  id: 'sqlite.integrity',
  expects: 'The pages of the database are whole',
  over: 'store',
  async run({ url, signal }) {
    const path = pathOf(url, 'sqlite')
    if (path === undefined) return skip(NOT_SQLITE)
    const [rows = []] = await sqliteRows(path, ['PRAGMA quick_check(20)'], signal)
    const found = new Findings()
    for (const row of rows) if (row['quick_check'] !== 'ok') found.add(String(row['quick_check']))
    return found.result({
      severity: 'fail',
      none: 'quick_check is content',
      some: (count) => counted(count, 'fault'),
      likelyCause: 'the disk, or a copy that was made while the database was written; restore it from a backup',
      next: [],
    })
  },
}

const orphans: StoreCheck = {
  id: 'sqlite.orphans',
  expects: 'Versions, index rows and log entries belong to something that is there',
  over: 'store',
  async run(subject) {
    const path = pathOf(subject.url, 'sqlite')
    if (path === undefined) return skip(NOT_SQLITE)
    const answers = await sqliteRows(path, orphanQuestions(subject), subject.signal)
    const found = new Findings()
    for (const rows of answers) for (const row of rows) found.add(String(row['found']), textOf(row['path']))
    return found.result({
      severity: 'fail',
      none: 'none is left alone',
      some: (count) => `${counted(count, 'row')} without what they belong to`,
      likelyCause: 'somebody changed the tables past the store, or restored a part of them',
      next: [],
    })
  },
}

function orphanQuestions({ recordsMax }: Subject): readonly string[] {
  const rowsMax = Number.isFinite(recordsMax) ? recordsMax * ROWS_PER_RECORD : -1
  const some = (table: string) => `(SELECT * FROM ${table} LIMIT ${rowsMax})`
  return [
    `SELECT 'version ' || v.sequence || ' of a record that is not there' AS found, NULL AS path
     FROM ${some('version')} v LEFT JOIN record r ON r.id = v.record WHERE r.id IS NULL LIMIT 100`,
    `SELECT 'v' || v.sequence || ' is stored as superseded, the head is v' || r.sequence AS found, r.path AS path
     FROM ${some('version')} v JOIN record r ON r.id = v.record WHERE v.sequence >= r.sequence LIMIT 100`,
    `SELECT 'a row of index ' || i.name || ' for a record that is not live' AS found, i.path AS path
     FROM ${some('index_row')} i LEFT JOIN record r ON r.path = i.path WHERE r.state IS NULL OR r.state = 0 LIMIT 100`,
    `SELECT 'entry ' || e.sequence || ' of a log that is not there' AS found, NULL AS path
     FROM ${some('log_entry')} e LEFT JOIN log l ON l.id = e.log WHERE l.id IS NULL LIMIT 100`,
  ]
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export const sqliteChecks: readonly StoreCheck[] = [log, integrity, orphans]
