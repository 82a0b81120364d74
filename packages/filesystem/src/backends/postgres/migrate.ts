import pg from 'pg'
import { checkConnection } from './check-connection.ts'
import { failureOf } from './failure.ts'
import { quotedIdentifier } from './identifiers.ts'
import { checkSchemaVersion } from './inspect.ts'
import { MIGRATIONS } from './migrations.ts'
import { type PostgresOptions, settingsOf } from './options.ts'
import { clientConfig } from './pools.ts'

/**
 * Creates the tables and functions of a store, or brings them to the version of this program; as a role that may create in the
 * database. Harmless when there is nothing to do and when several processes do it at once: all of it is one transaction
 * under an advisory lock. Connecting is waited for as long as `checkoutTimeoutMs`, and a lock, be it that of another migration or
 * one of the tables, as long as `statementTimeoutMs`; the work itself may take its time.
 *
 * @throws {FilesystemError} `schema-too-new` when a newer program made the tables; `unavailable` when the server refuses.
 */
export async function migratePostgres(options: PostgresOptions): Promise<void> {
  const settings = settingsOf(options)
  const schema = quotedIdentifier('schema', settings.schema)
  // Building an index may take longer than a statement of the daily work.
  const config = clientConfig(options, { ...settings, serverTimeouts: false })
  checkConnection(config)
  const client = new pg.Client({ ...config, connectionTimeoutMillis: settings.checkoutTimeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
    // The driver's types lack this limit of one query.
    const timeout = { query_timeout: settings.answerTimeoutMs }
    const bounded = (text: string, values: unknown[]) => client.query({ text, values, ...timeout })
    await bounded('BEGIN ISOLATION LEVEL READ COMMITTED', [])
    await bounded(`SELECT set_config('lock_timeout', $1, true)`, [`${settings.statementTimeoutMs}ms`])
    await bounded('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`latchless ${settings.schema}`])
    await migrateLocked(client, settings.schema, schema)
    await client.query('COMMIT')
  } catch (error) {
    // Ending the connection rolls back. Sent again it does what is left, so nothing is unknown.
    throw failureOf(error, { operation: 'migrate', path: '/', writes: false, sent: true })
  } finally {
    await client.end().catch(() => {})
  }
}

async function migrateLocked(client: pg.Client, name: string, schema: string): Promise<void> {
  const present = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [name])
  // Only when it is missing: the statement asks for the right to create even where there is nothing to create.
  if (present.rows.length === 0) await client.query(`CREATE SCHEMA ${schema}`)
  await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.migrations (
    version integer PRIMARY KEY, time timestamptz NOT NULL DEFAULT clock_timestamp())`)
  const { rows } = await client.query(`SELECT coalesce(max(version), 0) AS version FROM ${schema}.migrations`)
  const current = Number(rows[0]?.version)
  for (const { version, sql } of MIGRATIONS.filter((migration) => migration.version > current)) {
    await client.query(sql(schema))
    await client.query(`INSERT INTO ${schema}.migrations (version) VALUES ($1)`, [version])
  }
  const { rows: reached } = await client.query(`SELECT max(version) AS version FROM ${schema}.migrations`)
  checkSchemaVersion(Number(reached[0]?.version))
  await adoptRestored(client, schema)
}

// Transaction ids of another server say nothing here: what came with a dump is stamped as written now, and watchers start over.
async function adoptRestored(client: pg.Client, schema: string): Promise<void> {
  const foreign = `xid >= pg_snapshot_xmax(pg_current_snapshot())`
  const { rows } = await client.query(`SELECT EXISTS (SELECT 1 FROM ${schema}.writes WHERE ${foreign}) AS restored`)
  if (rows[0]?.restored !== true) return
  await client.query(`UPDATE ${schema}.writes SET xid = pg_current_xact_id() WHERE ${foreign}`)
  await client.query(
    `UPDATE ${schema}.store SET epoch = substr(md5(gen_random_uuid()::text), 1, 8), changes_from = '0'`,
  )
}
