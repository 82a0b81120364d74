import { FilesystemError, type FilesystemErrorCode, type Retry } from '../../errors.ts'
import type { Durability } from '../../filesystem.ts'
import { SCHEMA_VERSION } from './migrations.ts'
import type { Pools } from './pools.ts'
import type { Call } from './statement.ts'

/** PostgreSQL 15. Before it there is no `max(xid8)`, which the check of transaction ids uses. */
const SERVER_VERSION_MIN = 150_000

const call: Call = { operation: 'open', path: '/', writes: false, options: {} }

/** What the server said of itself. */
export interface Server {
  readonly durability: Durability
  /** 0 when there are no tables. */
  readonly schemaVersion: number
}

/**
 * Looks at the server once, before anything is written.
 *
 * @throws {FilesystemError} `unsupported` for a server that is too old or set up in a way that breaks the contract.
 */
export async function inspectServer(pools: Pools, schema: string): Promise<Server> {
  const [row = {}] = await pools.run(call, { name: 'latchless_inspect', text: inspectSql }, [`${schema}.migrations`])
  const number = Number(row['version'])
  if (number < SERVER_VERSION_MIN) {
    throw refuse('unsupported', `the server is PostgreSQL ${Math.floor(number / 10_000)}, at least 15 is needed`)
  }
  if (row['encoding'] !== 'UTF8') throw refuse('unsupported', 'the encoding of the database must be UTF8')
  if (row['isolation'] !== 'read committed') {
    throw refuse('unsupported', 'default_transaction_isolation must be read committed, which is the default of servers')
  }
  if (row['recovery'] === true) {
    throw refuse('unavailable', 'the server is a standby, writes go to the primary', 'safe')
  }
  const disk = row['synchronous_commit'] !== 'off' && row['fsync'] === 'on' && row['full_page_writes'] === 'on'
  const schemaVersion = row['migrated'] === true ? await readSchemaVersion(pools, schema) : 0
  return { durability: disk ? 'disk' : 'process', schemaVersion }
}

/** @throws {FilesystemError} `unavailable` when the tables are older than this code, `schema-too-new` when newer. */
export function checkSchemaVersion(version: number): void {
  if (version > SCHEMA_VERSION) {
    throw refuse(
      'schema-too-new',
      `the tables have version ${version} and this program knows up to ${SCHEMA_VERSION}; upgrade the program`,
    )
  }
  if (version < SCHEMA_VERSION) {
    const found = version === 0 ? 'there are no tables' : `the tables have version ${version}`
    throw refuse(
      'unavailable',
      `${found} and this program needs version ${SCHEMA_VERSION}; run migratePostgres() first`,
    )
  }
}

/**
 * Rows with the number of a transaction that this server has not reached come from another one, by a dump. Watchers would
 * not see them.
 *
 * @throws {FilesystemError} `unavailable` then.
 */
export async function checkTransactionIds(pools: Pools, quotedSchema: string): Promise<void> {
  const text = `SELECT max(xid) >= pg_snapshot_xmax(pg_current_snapshot()) AS foreign_ids FROM ${quotedSchema}.writes`
  const [row = {}] = await pools.run(call, { name: 'latchless_ids', text }, [])
  if (row['foreign_ids'] === true) {
    throw refuse('unavailable', 'the tables were restored from another server; run migratePostgres() to adopt them')
  }
}

const inspectSql = `SELECT current_setting('server_version_num')::integer AS version, pg_is_in_recovery() AS recovery,
  current_setting('synchronous_commit') AS synchronous_commit, current_setting('fsync') AS fsync,
  current_setting('full_page_writes') AS full_page_writes,
  current_setting('default_transaction_isolation') AS isolation, current_setting('server_encoding') AS encoding,
  to_regclass($1) IS NOT NULL AS migrated`

async function readSchemaVersion(pools: Pools, schema: string): Promise<number> {
  const text = `SELECT coalesce(max(version), 0) AS version FROM "${schema}".migrations`
  const [row = {}] = await pools.run(call, { name: 'latchless_schema_version', text }, [])
  return Number(row['version'])
}

function refuse(code: FilesystemErrorCode, problem: string, retry: Retry = 'never'): FilesystemError {
  return new FilesystemError(code, `Cannot open postgres: ${problem}`, { operation: 'open', retry })
}
