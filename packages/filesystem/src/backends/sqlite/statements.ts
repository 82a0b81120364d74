import { VERSION_COLUMNS } from './schema.ts'

const META_COLUMNS = 'sequence, state, write_id, time, size, meta, digest'
const HEAD_COLUMNS = `id, path, generation, oldest, ops, ${META_COLUMNS}`
/** A body is only read from its pages when it is asked for. */
const OPTIONAL_BODY = 'CASE WHEN :bodies THEN record.body END AS body'
const LISTED = `path, generation, ${META_COLUMNS}, ${OPTIONAL_BODY}`
const QUERIED = `index_row.tuple, ${LISTED.replaceAll('path', 'index_row.path')}`

export type StatementName =
  | 'epoch'
  | 'readMeta'
  | 'readHead'
  | 'recall'
  | 'remember'
  | 'insertRecord'
  | 'supersede'
  | 'updateRecord'
  | 'pruneVersions'
  | 'expiredTombstones'
  | 'deleteTombstone'
  | 'forgetVersions'
  | 'forgetWrites'
  | 'historyOf'
  | 'versionOf'
  | 'listAscending'
  | 'listDescending'
  | 'listOne'
  | 'firstInTree'
  | 'lastInTree'
  | 'insertIndexRow'
  | 'deleteIndexRow'
  | 'queryFrom'
  | 'queryAfter'
  | 'queryDownFrom'
  | 'queryDownAfter'
  | 'readLog'
  | 'insertLog'
  | 'growLog'
  | 'insertEntry'
  | 'readEntries'
  | 'trimLog'
  | 'deleteEntries'
  | 'recallTransact'
  | 'rememberTransact'
  | 'forgetTransacts'
  | 'insertChange'
  | 'firstChange'
  | 'lastChange'
  | 'readChanges'
  | 'deleteChanges'

/**
 * Every statement that reads or changes data. A statement that changes a record names the version that it expects, and its
 * caller asserts that it changed exactly one row, so none relies on an earlier read alone.
 */
export const STATEMENTS: Readonly<Record<StatementName, string>> = {
  epoch: 'SELECT epoch FROM store WHERE id = 1',

  readMeta: `SELECT ${HEAD_COLUMNS} FROM record WHERE path = :path`,
  readHead: `SELECT ${HEAD_COLUMNS}, body FROM record WHERE path = :path`,
  recall: 'SELECT sequence FROM recent WHERE record = :record AND write_id = :writeId',
  remember:
    'INSERT OR REPLACE INTO recent (record, slot, sequence, write_id) VALUES (:record, :slot, :sequence, :writeId)',

  insertRecord: `INSERT INTO record (path, generation, oldest, ops, ${VERSION_COLUMNS})
VALUES (:path, :generation, :oldest, :ops, :sequence, :state, :writeId, :time, :size, :meta, :digest, :body)
ON CONFLICT (path) DO NOTHING`,
  supersede: `INSERT INTO version (record, ${VERSION_COLUMNS}) SELECT id, ${VERSION_COLUMNS} FROM record
WHERE path = :path AND sequence = :expectedSequence AND generation = :expectedGeneration`,
  updateRecord: `UPDATE record SET oldest = :oldest, ops = :ops, sequence = :sequence, state = :state,
write_id = :writeId, time = :time, size = :size, meta = :meta, digest = :digest, body = :body
WHERE path = :path AND sequence = :expectedSequence AND generation = :expectedGeneration`,
  pruneVersions: 'DELETE FROM version WHERE record = :record AND sequence < :oldest',

  expiredTombstones: `SELECT id, path, generation, sequence FROM record INDEXED BY record_tombstone
WHERE state = 0 AND time <= :before ORDER BY time LIMIT :limit`,
  deleteTombstone: `DELETE FROM record
WHERE path = :path AND sequence = :expectedSequence AND generation = :expectedGeneration AND state = 0`,
  forgetVersions: 'DELETE FROM version WHERE record = :record',
  forgetWrites: 'DELETE FROM recent WHERE record = :record',

  historyOf: `SELECT ${META_COLUMNS}, CASE WHEN :bodies THEN body END AS body FROM version
WHERE record = :record AND sequence < :before AND sequence >= :oldest ORDER BY sequence DESC LIMIT :limit`,
  versionOf: `SELECT ${META_COLUMNS}, body FROM version WHERE record = :record AND sequence = :sequence`,

  listAscending: `SELECT ${LISTED} FROM record
WHERE path > :after AND path < :end AND state >= :leastState ORDER BY path LIMIT :limit`,
  listDescending: `SELECT ${LISTED} FROM record
WHERE path > :start AND path < :before AND state >= :leastState ORDER BY path DESC LIMIT :limit`,
  listOne: `SELECT ${LISTED} FROM record WHERE path = :path`,
  firstInTree: `SELECT path FROM record WHERE state = :state AND tree >= :from AND tree < :to ORDER BY tree LIMIT 1`,
  lastInTree: `SELECT path FROM record WHERE state = :state AND tree >= :from AND tree < :to ORDER BY tree DESC LIMIT 1`,

  insertIndexRow: `INSERT INTO index_row (collection, name, tuple, path) VALUES (:collection, :name, :tuple, :path)`,
  deleteIndexRow: `DELETE FROM index_row
WHERE collection = :collection AND name = :name AND tuple = :tuple AND path = :path`,
  queryFrom: `SELECT ${QUERIED} FROM index_row CROSS JOIN record ON record.path = index_row.path
WHERE collection = :collection AND name = :name AND tuple >= :from AND tuple < :to
ORDER BY tuple, index_row.path LIMIT :limit`,
  queryAfter: `SELECT ${QUERIED} FROM index_row CROSS JOIN record ON record.path = index_row.path
WHERE collection = :collection AND name = :name AND (tuple, index_row.path) > (:from, :path) AND tuple < :to
ORDER BY tuple, index_row.path LIMIT :limit`,
  queryDownFrom: `SELECT ${QUERIED} FROM index_row CROSS JOIN record ON record.path = index_row.path
WHERE collection = :collection AND name = :name AND tuple >= :from AND tuple < :to
ORDER BY tuple DESC, index_row.path DESC LIMIT :limit`,
  queryDownAfter: `SELECT ${QUERIED} FROM index_row CROSS JOIN record ON record.path = index_row.path
WHERE collection = :collection AND name = :name AND tuple >= :from AND (tuple, index_row.path) < (:to, :path)
ORDER BY tuple DESC, index_row.path DESC LIMIT :limit`,

  readLog: 'SELECT id, last, oldest FROM log WHERE path = :path',
  insertLog: 'INSERT INTO log (path, last, oldest) VALUES (:path, :last, 1) ON CONFLICT (path) DO NOTHING',
  growLog: 'UPDATE log SET last = :last WHERE id = :log AND last = :expectedLast',
  insertEntry:
    'INSERT INTO log_entry (log, sequence, time, digest, body) VALUES (:log, :sequence, :time, :digest, :body)',
  readEntries: `SELECT sequence, time, digest, body FROM log_entry
WHERE log = :log AND sequence > :after ORDER BY sequence LIMIT :limit`,
  trimLog: 'UPDATE log SET oldest = :oldest WHERE id = :log AND oldest < :oldest',
  deleteEntries: 'DELETE FROM log_entry WHERE log = :log AND sequence < :oldest',
  recallTransact: 'SELECT first, last FROM log_transact WHERE log = :log AND write_id = :writeId',
  rememberTransact: 'INSERT INTO log_transact (log, first, last, write_id) VALUES (:log, :first, :last, :writeId)',
  forgetTransacts: `DELETE FROM log_transact WHERE log = :log AND first <
(SELECT first FROM log_transact WHERE log = :log ORDER BY first DESC LIMIT 1 OFFSET :kept)`,

  insertChange: 'INSERT INTO change (type, path, version) VALUES (:type, :path, :version)',
  firstChange: 'SELECT min(id) AS id FROM change',
  lastChange: 'SELECT max(id) AS id FROM change',
  readChanges: 'SELECT id, type, path, version FROM change WHERE id > :after ORDER BY id LIMIT :limit',
  deleteChanges: 'DELETE FROM change WHERE id <= :upTo',
}
