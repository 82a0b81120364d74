export type PostgresRow = Readonly<Record<string, unknown>>

/** A connection for questions about a server. Nothing can be written on it. */
export interface PostgresSession extends AsyncDisposable {
  /** The schema with the tables, quoted. */
  readonly schema: string
  readonly rows: (question: string, values?: readonly unknown[]) => Promise<readonly PostgresRow[]>
}

const SCHEMA_DEFAULT = 'latchless'
const PATIENCE_MS = 5000

export async function openPostgresSession(url: string): Promise<PostgresSession> {
  // The driver is loaded for a store that needs it, and for no other.
  const [{ default: pg }, { optionsFromUrl }] = await Promise.all([
    import('pg'),
    import('@latchless/filesystem/postgres'),
  ])
  const options = optionsFromUrl(url)
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'latchless-inspector',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  })
  client.on('error', () => {})
  await client.connect()
  const rows: PostgresSession['rows'] = async (text, values = []) =>
    (await client.query({ text, values: [...values] })).rows
  await rows('SET default_transaction_read_only = on')
  // Whoever may create something in a schema before it could answer in place of the catalog.
  await rows('SET search_path = pg_catalog, pg_temp')
  return {
    // The store took it, so it is a plain lowercase name.
    schema: `"${options.schema ?? SCHEMA_DEFAULT}"`,
    rows,
    [Symbol.asyncDispose]: async () => client.end(),
  }
}
