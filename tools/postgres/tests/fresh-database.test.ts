import { freshDatabase } from '@latchless/postgres-server'
import { expect, test } from 'vitest'
import { connectTo, serverUrl } from './server.ts'

test('freshDatabase() creates an empty database that shares nothing with another', async () => {
  await using first = await freshDatabase(serverUrl())
  await using second = await freshDatabase(serverUrl())
  await using one = await connectTo(first.url)
  await using two = await connectTo(second.url)
  await one.query('CREATE TABLE records (path text)')
  const { rows } = await two.query("SELECT to_regclass('records') AS found")
  expect(rows).toEqual([{ found: null }])
})

test('freshDatabase() keeps the text of any language in byte order', async () => {
  await using database = await freshDatabase(serverUrl())
  await using client = await connectTo(database.url)
  const { rows } = await client.query("SELECT v FROM (VALUES ('é'), ('a'), ('Z')) AS t (v) ORDER BY v")
  expect(rows.map(({ v }) => v)).toEqual(['Z', 'a', 'é'])
})

test('close() drops the database although somebody is connected, and may be called twice', async () => {
  const database = await freshDatabase(serverUrl())
  await using client = await connectTo(database.url)
  await database.close()
  await expect(client.query('SELECT 1')).rejects.toThrow(/terminat|not queryable|closed/)
  await expect(connectTo(database.url)).rejects.toMatchObject({ code: '3D000' })
  await database.close()
})
