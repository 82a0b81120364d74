import { roleSql } from '@latchless/filesystem/postgres'
import { openPostgresSession, type PostgresSession } from '@latchless/inspector'
import { type PostgresServer, startPostgres } from '@latchless/postgres-server'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Diagnosis, findings, textsOf } from './doctor-subject.ts'
import { type PostgresStore, postgresStore } from './postgres-store.ts'

const CONNECTIONS_MAX = 30

let server: PostgresServer

beforeAll(async () => {
  // Both are read when a server starts, and nothing on it could be changed that others use.
  const settings = { max_prepared_transactions: '2', max_connections: String(CONNECTIONS_MAX) }
  server = await startPostgres({ durable: true, settings })
  return () => server.close()
}, 60_000)

/** Looks until the server has told of it: some of what it counts it tells a moment later. */
async function examineUntil(store: PostgresStore, id: string, status: string): Promise<Diagnosis> {
  return await vi.waitFor(
    async () => {
      const diagnosis = await store.examine(id)
      expect(diagnosis[id]).toMatchObject({ status })
      return diagnosis
    },
    { timeout: 10_000 },
  )
}

async function openWriter(url: string): Promise<PostgresSession> {
  const session = await openPostgresSession(url)
  onTestFinished(() => session[Symbol.asyncDispose]())
  await session.rows('SET default_transaction_read_only = off')
  return session
}

test('a server that keeps what it acknowledged is found healthy', async () => {
  const { examine } = await postgresStore(server.url)
  const diagnosis = await examine('postgres.*')
  expect(findings(diagnosis)).toEqual([])
  expect(diagnosis['postgres.server']?.summary).toMatch(/^PostgreSQL 18\.\S+, \d+ of 30 connections$/)
  expect(diagnosis['postgres.snapshots']?.summary).toBe('none is old')
  expect(diagnosis['postgres.vacuum']?.summary).toMatch(/^\d+ tables$/)
})

test('postgres.server: settings under which acknowledged writes are lost', async () => {
  const store = await postgresStore(server.url)
  const settings = ['fsync', 'full_page_writes'] as const
  const reload = 'SELECT pg_reload_conf()'
  onTestFinished(() => store.plant(...settings.map((name) => `ALTER SYSTEM RESET ${name}`), reload))
  await store.plant(
    ...settings.map((name) => `ALTER SYSTEM SET ${name} = off`),
    `ALTER DATABASE ${store.database} SET synchronous_commit = off`,
    reload,
  )
  const diagnosis = await vi.waitFor(async () => {
    const seen = await store.examine('postgres.server')
    expect(textsOf(seen, 'postgres.server')).toEqual([
      'fsync is off',
      'full_page_writes is off',
      'synchronous_commit is off',
    ])
    return seen
  })
  expect(diagnosis['postgres.server']).toMatchObject({
    status: 'warn',
    summary: 'the server may lose writes, or refuse connections',
    likelyCause: 'it is set up for speed, or pools of many processes add up',
  })
})

test('postgres.server: hardly a connection is left', async () => {
  const store = await postgresStore(server.url)
  const watcher = await openWriter(server.url)
  const taken = async () => {
    const [row] = await watcher.rows(
      `SELECT count(*)::integer AS taken FROM pg_stat_activity WHERE backend_type = 'client backend'`,
    )
    return Number(row?.['taken'])
  }
  while ((await taken()) < CONNECTIONS_MAX - 2) await openWriter(server.url)
  const diagnosis = await store.examine('postgres.server')
  expect(findings(diagnosis)).toEqual(['postgres.server: warn'])
  expect(textsOf(diagnosis, 'postgres.server')).toEqual([
    expect.stringMatching(/^(29|30) of 30 connections are taken$/),
  ])
})

test('postgres.prepared: a transaction that a manager prepared and forgot', async () => {
  const store = await postgresStore(server.url)
  await store.plant('BEGIN', 'CREATE TABLE public.scratch (id integer)', `PREPARE TRANSACTION 'order-17'`)
  // A database in which one waits cannot be dropped.
  onTestFinished(() => store.plant(`ROLLBACK PREPARED 'order-17'`))
  const diagnosis = await store.examine('postgres.prepared')
  expect(diagnosis['postgres.prepared']).toMatchObject({
    status: 'warn',
    summary: '1 prepared transaction',
    likelyCause: expect.stringContaining('a transaction manager is gone') as string,
  })
  expect(textsOf(diagnosis, 'postgres.prepared')).toEqual([expect.stringMatching(/^order-17 of postgres since \d+ s$/)])
})

test('postgres.snapshots: a transaction that somebody left open', async () => {
  const store = await postgresStore(server.url)
  const forgotten = await openWriter(store.url)
  await forgotten.rows('BEGIN')
  const [backend] = await forgotten.rows('SELECT pg_backend_pid() AS pid')
  expect((await store.examine('postgres.snapshots'))['postgres.snapshots']?.status).toBe('ok')
  // Nobody waits for five minutes here: this database tells of transactions that they began ten minutes earlier.
  await store.plant(
    'SET allow_system_table_mods = on',
    'ALTER VIEW pg_catalog.pg_stat_activity RENAME TO pg_stat_activity_now',
    `CREATE VIEW pg_catalog.pg_stat_activity AS
       SELECT pid, application_name, state, datname, xact_start - interval '10 minutes' AS xact_start
       FROM pg_catalog.pg_stat_activity_now`,
  )
  const diagnosis = await store.examine('postgres.snapshots')
  expect(diagnosis['postgres.snapshots']).toMatchObject({
    status: 'warn',
    summary: expect.stringMatching(/^\d old transactions?$/) as string,
    likelyCause: expect.stringContaining('nothing that it might see is cleaned up') as string,
  })
  expect(textsOf(diagnosis, 'postgres.snapshots')).toContainEqual(
    expect.stringMatching(
      new RegExp(`^process ${String(backend?.['pid'])} \\(latchless-inspector\\), idle in transaction, since 60\\d s$`),
    ),
  )
})

test('postgres.vacuum: a table that is mostly dead rows', async () => {
  const store = await postgresStore(server.url)
  await store.plant(
    'ALTER TABLE latchless.index_rows SET (autovacuum_enabled = off)',
    `INSERT INTO latchless.index_rows SELECT '/old', 'byDay', '\\x00', n::text, '/old/' || n FROM generate_series(1, 60000) n`,
    `DELETE FROM latchless.index_rows WHERE path LIKE '/old/%'`,
  )
  const diagnosis = await examineUntil(store, 'postgres.vacuum', 'warn')
  expect(diagnosis['postgres.vacuum']).toMatchObject({
    summary: '1 table that is mostly dead rows',
    likelyCause: 'autovacuum is off or too slow, or an old transaction holds it back',
  })
  expect(textsOf(diagnosis, 'postgres.vacuum')).toEqual([expect.stringMatching(/^index_rows: 60000 dead, \d+ live$/)])
  await store.plant('VACUUM latchless.index_rows')
  await examineUntil(store, 'postgres.vacuum', 'ok')
})

test('postgres.orphans: entries of a log that is not there', async () => {
  const store = await postgresStore(server.url)
  await store.plant(
    `INSERT INTO latchless.log_entries (log, sequence, time, body) VALUES ('/audit', 3, now(), '\\x00')`,
  )
  const diagnosis = await store.examine('postgres.orphans')
  expect(diagnosis['postgres.orphans']).toMatchObject({
    status: 'fail',
    summary: '1 row without what they belong to',
    likelyCause: 'somebody changed the tables past the store, or restored a part of them',
  })
  expect(textsOf(diagnosis, 'postgres.orphans')).toEqual(['entry 3 of log /audit, which is not there'])
})

test('store.permissions: roles that may do more than a service needs, or less, and one that may do what it needs', async () => {
  const store = await postgresStore(server.url)
  const rights = {
    service: roleSql({ role: 'service' }),
    owner: 'GRANT USAGE ON SCHEMA latchless TO owner; GRANT ALL ON ALL TABLES IN SCHEMA latchless TO owner',
    stranger: 'GRANT USAGE ON SCHEMA latchless TO stranger',
  }
  const told: Record<string, unknown> = {}
  for (const [role, grants] of Object.entries(rights)) {
    await store.plant(`CREATE ROLE ${role} LOGIN PASSWORD 'test'`)
    onTestFinished(() => store.plant(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`))
    for (const statement of grants.split(';').filter((text) => text.trim() !== '')) await store.plant(statement)
    const url = new URL(store.url)
    url.username = role
    url.password = 'test'
    const { 'store.permissions': result } = await store.examine('store.permissions', url.href)
    told[role] = [result?.status, ...(result?.details ?? []).map(({ text }) => text)]
  }
  expect(told).toEqual({
    service: ['ok'],
    owner: ['warn', 'role owner may change the tables past the functions that hold the preconditions'],
    stranger: ['warn', 'role stranger may not read the tables'],
  })
})
