import { freshDatabase } from '@latchless/postgres-server'
import type { PostgresOptions } from '@latchless/filesystem/postgres'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import pg from 'pg'

/** The server of this test run. A missing one fails the tests that need it. */
function serverUrl(): string {
  const url = process.env['LATCHLESS_TEST_DATABASE_URL']
  if (url === undefined) throw new Error('Cannot test postgres: LATCHLESS_TEST_DATABASE_URL is not set')
  return url
}

const database = freshDatabase(serverUrl())
let schemas = 0

/** A database of this test file. Stores in it keep apart by their schema, which costs less than a database each. */
export async function databaseUrl(): Promise<string> {
  return (await database).url
}

export async function dropDatabase(): Promise<void> {
  await (await database).close()
}

/** The options of a store that nobody has opened yet. */
export async function freshOptions(): Promise<{ url: string; schema: string; migrate: true }> {
  return { url: await databaseUrl(), schema: `store_${process.pid}_${++schemas}`, migrate: true }
}

/** A fresh store, and a plain connection to its database. */
export interface OpenStore extends AsyncDisposable {
  readonly options: PostgresOptions & { readonly url: string; readonly schema: string }
  readonly filesystem: PostgresFilesystem
  readonly client: pg.Client
  /** Another process would open the store like this. */
  reopen(more?: PostgresOptions): Promise<PostgresFilesystem>
}

export async function openStore(more: PostgresOptions = {}): Promise<OpenStore> {
  const options = { ...(await freshOptions()), ...more } as OpenStore['options']
  const opened = [await PostgresFilesystem.open(options)]
  const client = await connectClient(await databaseUrl())
  return {
    options,
    filesystem: opened[0] as PostgresFilesystem,
    client,
    async reopen(other) {
      const again = await PostgresFilesystem.open({ ...options, ...other })
      opened.push(again)
      return again
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((each) => each.close()))
      await client.end()
    },
  }
}

export async function connectClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

/** Resolves when the server says yes. Asking is the only way to learn what another connection waits for. */
export async function until(client: pg.Client, question: string, values: readonly unknown[] = []): Promise<void> {
  for (;;) {
    const { rows } = await client.query({ text: question, values: [...values], rowMode: 'array' })
    if (rows[0]?.[0] === true) return
  }
}

/** The condition of pg_stat_activity that holds for the writers of a store that wait for a lock. */
export function waitingWriters(schema: string): string {
  return `wait_event_type = 'Lock' AND query LIKE '%"${schema}".put_record%'`
}

export function text(body: string): { body: Uint8Array; contentType: string } {
  return { body: Buffer.from(body), contentType: 'text/plain' }
}
