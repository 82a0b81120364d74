import { startFaultProxy } from '@latchless/postgres-server'
import { migratePostgres, PostgresFilesystem } from '@latchless/filesystem/postgres'
import { afterAll, expect, test } from 'vitest'
import { connectClient, dropDatabase, freshOptions, openStore, text } from './store.ts'

afterAll(dropDatabase)

test('A database without tables is refused with what to do, and nothing is created', async () => {
  const { url, schema } = await freshOptions()
  await expect(PostgresFilesystem.open({ url, schema })).rejects.toMatchObject({
    code: 'unavailable',
    retry: 'never',
    message: 'Cannot open postgres: there are no tables and this program needs version 1; run migratePostgres() first',
  })
})

test('Many processes may migrate at once, and again, and nothing that is stored is touched', async () => {
  const { url, schema } = await freshOptions()
  const options = { url, schema }
  await Promise.all(Array.from({ length: 6 }, () => migratePostgres(options)))
  const filesystem = await PostgresFilesystem.open(options)
  const { version } = await filesystem.put('/kept', text('x'), { type: 'unwritten' })
  await migratePostgres(options)
  expect(await filesystem.get('/kept')).toMatchObject({ state: 'live', version })
  await filesystem.close()
})

test('Tables of a newer program are refused, by open() and by migratePostgres()', async () => {
  await using store = await openStore()
  const { url, schema } = store.options
  await store.client.query(`INSERT INTO ${schema}.migrations (version) VALUES (99)`)
  const refused = { code: 'schema-too-new', message: expect.stringContaining('upgrade the program') }
  await expect(PostgresFilesystem.open({ url, schema })).rejects.toMatchObject(refused)
  await expect(PostgresFilesystem.open({ url, schema, migrate: true })).rejects.toMatchObject(refused)
  await expect(migratePostgres({ url, schema })).rejects.toMatchObject(refused)
})

test('A server that is too old is refused before anything of it is used', async () => {
  const { url, schema } = await freshOptions()
  const client = await connectClient(url)
  // What the program asks the server for its version finds this function first.
  await client.query(`CREATE SCHEMA old_server`)
  await client.query(`CREATE FUNCTION old_server.current_setting(name text) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE name WHEN 'server_version_num' THEN '140012' ELSE pg_catalog.current_setting(name) END $$`)
  await client.end()
  const old = `${url}?options=${encodeURIComponent('-c search_path=old_server,pg_catalog')}`
  await expect(PostgresFilesystem.open({ url: old, schema, migrate: true })).rejects.toMatchObject({
    code: 'unsupported',
    message: 'Cannot open postgres: the server is PostgreSQL 14, at least 15 is needed',
  })
})

test('A migration waits for another one no longer than a statement may take, and may then be tried again', async () => {
  const { url, schema } = await freshOptions()
  const client = await connectClient(url)
  await client.query('BEGIN')
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`latchless ${schema}`])
  const options = { url, schema, checkoutTimeoutMs: 2000, statementTimeoutMs: 2500 }
  await expect(migratePostgres(options)).rejects.toMatchObject({ retry: 'safe', cause: { code: '55P03' } })
  await client.query('ROLLBACK')
  await migratePostgres(options)
  await client.end()
})

test('A migration does not wait for ever for a server that says nothing', async () => {
  const { url, schema } = await freshOptions()
  await using silent = await startFaultProxy(url)
  silent.stall()
  const options = { url: silent.url, schema, checkoutTimeoutMs: 50, statementTimeoutMs: 100, deadlineMs: 200 }
  await expect(migratePostgres(options)).rejects.toMatchObject({ code: 'unavailable', retry: 'safe' })
})

test('A migration that fails half-way leaves nothing behind', async () => {
  const { url, schema } = await freshOptions()
  const client = await connectClient(url)
  // A function of the same name with another result cannot be replaced, and it is created late in the migration.
  await client.query(`CREATE SCHEMA ${schema}`)
  await client.query(
    `CREATE FUNCTION ${schema}.trim_log(p_log text, p_before bigint) RETURNS text LANGUAGE sql AS 'SELECT p_log'`,
  )
  await expect(migratePostgres({ url, schema })).rejects.toMatchObject({ code: 'unavailable', retry: 'never' })
  const { rows } = await client.query('SELECT count(*) FROM pg_tables WHERE schemaname = $1', [schema])
  expect(rows).toEqual([{ count: '0' }])
  await client.end()
})

test('Tables that were restored from another server are refused until they are adopted; watchers then start over', async () => {
  await using store = await openStore()
  const { url, schema } = store.options
  await store.filesystem.put('/restored', text('x'), { type: 'unwritten' })
  await store.client.query(`UPDATE ${schema}.writes SET xid = '4000000000'`)
  await expect(PostgresFilesystem.open({ url, schema })).rejects.toMatchObject({
    message: expect.stringContaining('restored from another server'),
  })
  await migratePostgres({ url, schema })
  const filesystem = await store.reopen()
  expect(await filesystem.get('/restored')).toMatchObject({ state: 'live' })
})

test('A server whose transactions are not read committed by default is refused', async () => {
  const { url, schema } = await freshOptions()
  const strict = `${url}?options=${encodeURIComponent('-c default_transaction_isolation=serializable')}`
  await expect(PostgresFilesystem.open({ url: strict, schema, migrate: true })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('default_transaction_isolation'),
  })
})
