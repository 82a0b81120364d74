import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import { freshDatabase } from '@latchless/postgres-server'
import pg from 'pg'
import type { Place, TestBackend } from './test-backend.ts'
import { Handles } from './test-backend.ts'

export const postgresBackend: TestBackend = {
  name: 'postgres',
  crossProcess: true,
  async fresh() {
    const database = await freshDatabase(serverUrl())
    const { url } = database
    const handles = new Handles()
    const close = async () => {
      await handles.close()
      await database.close()
    }
    // The tables are made here, so that processes that are given the URL need not.
    handles.keep(await PostgresFilesystem.open({ url, migrate: true }))
    return {
      url,
      open: async () => handles.keep(await PostgresFilesystem.open({ url })),
      places: () => rowsIn(url),
      close,
      [Symbol.asyncDispose]: close,
    }
  },
}

/** The server of this test run. A missing one fails the tests that need it. */
function serverUrl(): string {
  const url = process.env['LATCHLESS_TEST_DATABASE_URL']
  if (url === undefined) throw new Error('Cannot test on postgres: LATCHLESS_TEST_DATABASE_URL is not set')
  return url
}

/**
 * Every row of every table that is not the server's own. What a deleted row left in the table's files until it is vacuumed is out
 * of the reach of a client, and no promise of a store.
 */
async function* rowsIn(url: string): AsyncGenerator<Place> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    )
    for (const { name } of tables) {
      const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${name}`)
      for (const row of rows) yield { name, bytes: Buffer.concat(Object.values(row).map(bytesOf)) }
    }
  } finally {
    await client.end()
  }
}

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return Buffer.concat(value.map(bytesOf))
  return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 'utf8')
}
