import { randomBytes } from 'node:crypto'
import { anything, unwritten } from '@latchless/filesystem'
import { PostgresFilesystem, roleSql } from '@latchless/filesystem/postgres'
import { afterAll, expect, test } from 'vitest'
import { connectClient, dropDatabase, openStore, text } from './store.ts'

afterAll(dropDatabase)

const tables = [
  'store',
  'records',
  'versions',
  'writes',
  'tombstones',
  'index_rows',
  'logs',
  'log_entries',
  'log_writes',
]

test('A role of the role script can do every operation, and can neither tamper with a row nor change the schema', async () => {
  await using store = await openStore()
  const { schema } = store.options
  const role = `service_${randomBytes(4).toString('hex')}`
  const secret = randomBytes(12).toString('hex')
  await store.client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${secret}'`)
  await store.client.query(roleSql({ role, schema }))
  const own = new URL(store.options.url)
  own.username = role
  own.password = secret

  const filesystem = await PostgresFilesystem.open({ url: own.href, schema, tombstoneMs: 0, migrate: true })
  const { version } = await filesystem.put('/r/a', { ...text('1'), tuples: { by_n: [1] } }, unwritten)
  await filesystem.put('/r/a', { ...text('2'), tuples: { by_n: [2] } }, { type: 'version', version })
  await filesystem.transact([
    { type: 'put', path: '/r/b', entry: text('3'), expect: unwritten },
    { type: 'append', path: '/log', bodies: [Buffer.from('x')] },
  ])
  await filesystem.append('/log', [Buffer.from('y')])
  await filesystem.trim('/log', 2)
  expect((await filesystem.read('/log')).entries).toHaveLength(1)
  expect((await filesystem.list('/r', { depth: 'children' })).items).toHaveLength(2)
  expect((await filesystem.query('/r', 'by_n')).items).toHaveLength(1)
  expect((await filesystem.history('/r/a')).versions).toHaveLength(2)
  expect(await filesystem.getVersion('/r/a', 1)).toMatchObject({ state: 'live' })
  const stop = new AbortController()
  const watched = filesystem.watch('/', { signal: stop.signal })[Symbol.asyncIterator]()
  // Watching begins when the server has answered, so it is written until the watcher hears.
  const change = watched.next()
  const heard = change.then(() => true)
  while (!(await Promise.race([heard, filesystem.put('/r/a', text('4'), anything).then(() => false)])));
  expect((await change).value).toMatchObject({ path: '/r/a' })
  await filesystem.delete('/r/b', anything)
  stop.abort()
  expect((await filesystem.maintain()).removed).toBe(1)
  await filesystem.close()

  const client = await connectClient(own.href)
  const attempts = [
    ...tables.flatMap((table) => [
      `TRUNCATE ${schema}.${table}`,
      `DELETE FROM ${schema}.${table}`,
      `DROP TABLE ${schema}.${table}`,
    ]),
    `UPDATE ${schema}.records SET sequence = 99`,
    `INSERT INTO ${schema}.log_entries VALUES ('/log', 99, now(), '')`,
    `SELECT nextval('${schema}.writes_id_seq')`,
    `CREATE TABLE ${schema}.mine ()`,
    `DROP FUNCTION ${schema}.trim_log`,
    `ALTER TABLE ${schema}.records DISABLE TRIGGER ALL`,
    `UPDATE ${schema}.migrations SET version = 0`,
  ]
  for (const attempt of attempts) {
    await expect(client.query(attempt), attempt).rejects.toMatchObject({ code: '42501' })
  }
  await client.end()
  await store.client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)
})

test('A role without the script is told what it lacks', async () => {
  await using store = await openStore()
  const role = `stranger_${randomBytes(4).toString('hex')}`
  await store.client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'stranger'`)
  const own = new URL(store.options.url)
  own.username = role
  own.password = 'stranger'
  await expect(PostgresFilesystem.open({ url: own.href, schema: store.options.schema })).rejects.toMatchObject({
    code: 'unavailable',
    retry: 'never',
    message: expect.stringContaining('the role lacks a right; run the role script'),
  })
  await store.client.query(`DROP ROLE ${role}`)
})

test('The functions run with the rights of their owner, a fixed search_path, and for nobody who was not granted them', async () => {
  await using store = await openStore()
  const { rows } = await store.client.query<{ name: string; definer: boolean; config: string[]; open: boolean }>(
    `SELECT p.proname AS name, p.prosecdef AS definer, p.proconfig AS config,
       EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0) AS open
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 ORDER BY 1`,
    [store.options.schema],
  )
  expect(rows.map(({ name }) => name)).toEqual([
    'append_entries',
    'purge_expired',
    'put_record',
    'transact_records',
    'trim_log',
  ])
  for (const row of rows) {
    expect(row).toMatchObject({ definer: true, config: ['search_path=pg_catalog, pg_temp'], open: false })
  }
})
