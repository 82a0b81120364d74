import type { Durability } from '../../filesystem.ts'
import { systemRuntime } from '../../runtime.ts'
import { processWriter } from '../../writer.ts'
import { checkConnection } from './check-connection.ts'
import { quotedIdentifier } from './identifiers.ts'
import { checkSchemaVersion, checkTransactionIds, inspectServer } from './inspect.ts'
import { migratePostgres } from './migrate.ts'
import { SCHEMA_VERSION } from './migrations.ts'
import { type PostgresOptions, type Settings, settingsOf } from './options.ts'
import { Poker } from './poker.ts'
import { clientConfig, Pools } from './pools.ts'
import type { Context } from './records.ts'
import { WriteBatches } from './write-batches.ts'
import { statementsOf } from './statements.ts'

export interface Connected {
  readonly context: Context
  readonly settings: Settings
  readonly poker: Poker
  readonly durability: Durability
}

/** Connects, looks at the server and its tables, and closes the connections again when something does not fit. */
export async function connect(options: PostgresOptions): Promise<Connected> {
  const settings = settingsOf(options)
  const schema = quotedIdentifier('schema', settings.schema)
  const runtime = options.runtime ?? systemRuntime
  const config = clientConfig(options, settings)
  checkConnection(config)
  const pools = new Pools(options, settings)
  try {
    const { durability, schemaVersion } = await inspectServer(pools, settings.schema)
    if (options.migrate === true && !settings.readOnly && schemaVersion < SCHEMA_VERSION) await migratePostgres(options)
    else checkSchemaVersion(schemaVersion)
    await checkTransactionIds(pools, schema)
    const statements = statementsOf(schema)
    const writes = new WriteBatches(pools, statements, runtime)
    const context = { pools, writes, statements, runtime, writer: options.writer ?? processWriter() }
    const timeouts = { connectionTimeoutMillis: settings.checkoutTimeoutMs, query_timeout: settings.answerTimeoutMs }
    const listenConfig = settings.poke ? { ...config, ...timeouts } : undefined
    const poker = new Poker(pools, runtime, `latchless_${settings.schema}`, listenConfig)
    return { context, settings, poker, durability }
  } catch (error) {
    await pools.close()
    throw error
  }
}
