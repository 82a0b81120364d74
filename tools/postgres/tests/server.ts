import pg from 'pg'

/** The server of this test run. */
export function serverUrl(): string {
  const url = process.env['LATCHLESS_TEST_DATABASE_URL']
  if (url === undefined) throw new Error('Cannot run the tests: LATCHLESS_TEST_DATABASE_URL is not set')
  return url
}

/** A connected client that ends with its block. Losing its connection is no surprise here. */
export async function connectTo(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}
