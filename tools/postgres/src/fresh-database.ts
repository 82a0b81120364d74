import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** An empty database that nobody else knows. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string
  readonly name: string
  /** Drops the database, whoever is still connected to it. */
  close(): Promise<void>
}

/** Creates a database with a name of its own on the server of `url`. */
export async function freshDatabase(url: string): Promise<FreshDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(url, `CREATE DATABASE ${name} TEMPLATE template0 STRATEGY file_copy`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const close = () => execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  return { url: own.href, name, close, [Symbol.asyncDispose]: close }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
