import { openPostgresSession } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { findings, textsOf } from './doctor-subject.ts'
import { postgresStore } from './postgres-store.ts'

const SERVER = process.env['LATCHLESS_TEST_DATABASE_URL']

test('a PostgreSQL store is found healthy, but for the superuser of the tests', async () => {
  const { examine } = await postgresStore(SERVER)
  const diagnosis = await examine()
  const own = findings(diagnosis).filter((finding) => finding !== 'postgres.server: warn')
  expect(own).toEqual(['store.permissions: warn'])
  expect(textsOf(diagnosis, 'store.permissions')).toContainEqual(expect.stringMatching(/is a superuser$/))
  expect(diagnosis['store.schema']?.summary).toMatch(/^tables of version \d+ in schema "latchless"$/)
  expect(diagnosis['store.timeouts']?.summary).toBe('connection 2000 ms, statement 5000 ms, update 15000 ms')
  expect(diagnosis['postgres.prepared']).toMatchObject({ status: 'ok', summary: 'none' })
  expect(diagnosis['index.rows']?.summary).toMatch(/^\d+ rows of \d+ indexes$/)
})

test('nothing can be written on the connection that asks about a server', async () => {
  await using session = await openPostgresSession(SERVER ?? '')
  await expect(session.rows('CREATE TABLE scratch (id integer)')).rejects.toThrow(/read-only/)
})

test('the server answers by its own catalog, whatever others have put before it in the search path', async () => {
  const { plant, examine, database } = await postgresStore(SERVER)
  await plant(
    'CREATE SCHEMA planted',
    `CREATE VIEW planted.pg_prepared_xacts AS
       SELECT 'planted' AS gid, 'nobody' AS owner, now() AS prepared, current_database() AS database`,
    `ALTER DATABASE ${database} SET search_path = planted, pg_catalog`,
  )
  const diagnosis = await examine('postgres.prepared')
  expect(diagnosis['postgres.prepared']).toMatchObject({ status: 'ok', summary: 'none' })
})

test('store.timeouts: nobody limits the statements', async () => {
  const { examine, url } = await postgresStore(SERVER)
  const diagnosis = await examine('store.timeouts', `${url}?serverTimeouts=false`)
  expect(textsOf(diagnosis, 'store.timeouts')).toEqual(['serverTimeouts=false, and the role has no statement_timeout'])
})

test('index.rows and postgres.orphans: rows that somebody deleted, and some that belong to nothing', async () => {
  const { plant, examine } = await postgresStore(SERVER)
  await plant(
    `DELETE FROM latchless.index_rows WHERE index_name = 'overdue'`,
    `INSERT INTO latchless.index_rows VALUES ('/orders', 'byDay', '\\x00', 'o9', '/orders/o9')`,
    `UPDATE latchless.versions SET generation = 'ffffffffffffffff' WHERE path = '/orders/o1' AND sequence = 1`,
    `UPDATE latchless.versions SET sequence = 9 WHERE path = '/orders/o1' AND sequence = 3`,
  )
  const diagnosis = await examine()
  expect(textsOf(diagnosis, 'index.rows')).toEqual([expect.stringMatching(/a1: index overdue has no row of it$/)])
  expect(textsOf(diagnosis, 'postgres.orphans')).toEqual([
    '/orders/o1: v1 is of a record or a generation that is not there',
    '/orders/o1: v9 is stored as superseded, the head is v4',
    '/orders/o9: a row of index byDay for a record that is not live',
  ])
})
