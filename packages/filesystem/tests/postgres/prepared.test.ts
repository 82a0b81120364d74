import { anything, casUpdate, type Change, sequenceOf, unwritten } from '@latchless/filesystem'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import { startFaultProxy } from '@latchless/postgres-server'
import { afterAll, expect, test } from 'vitest'
import { Counter, increment } from '../support/counter.ts'
import { databaseUrl, dropDatabase, openStore, text } from './store.ts'

afterAll(dropDatabase)

test('Every operation works with named prepared statements, also when the server has made general plans of them', async () => {
  await using store = await openStore({ pools: { normal: 1 } })
  const { filesystem } = store
  const changes = filesystem.watch('/')[Symbol.asyncIterator]()
  const first = changes.next()
  // The server makes a general plan from the sixth execution on.
  for (let n = 1; n <= 8; n++) {
    await filesystem.put('/p/a', { ...text(`${n}`), tuples: { by_n: [n] } }, anything)
    await filesystem.put(`/p/${n}/below`, text('x'), unwritten)
    await filesystem.append('/log', [Buffer.from(`${n}`)])
    await filesystem.transact([{ type: 'put', path: '/p/t', entry: text(`${n}`), expect: anything }])
    expect(await filesystem.get('/p/a')).toMatchObject({ state: 'live' })
    expect(await filesystem.getVersion('/p/a', n)).toMatchObject({ state: 'live' })
    expect((await filesystem.history('/p/a', { bodies: true, limit: 3 })).versions).toHaveLength(Math.min(n, 3))
    expect((await filesystem.read('/log', { after: n - 1 })).entries).toHaveLength(1)
    expect((await filesystem.query('/p', 'by_n')).items).toHaveLength(1)
    for (const order of ['ascending', 'descending'] as const) {
      expect((await filesystem.list('/p', { order, bodies: true })).items).toHaveLength(n + 2)
      expect((await filesystem.list('/p', { order, depth: 'children' })).items).toHaveLength(n + 2)
    }
  }
  expect(((await first).value as Change).type).toBe('put')
})

test('A store goes on without prepared statements where a session does not keep them, and nothing is lost or done twice', async () => {
  await using store = await openStore({ pools: { normal: 1 } })
  const { filesystem, client, options } = store
  // After each write of this session its prepared statements are gone, as behind a proxy that hands out sessions by turns.
  await client.query(`
    CREATE FUNCTION ${options.schema}.forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DEALLOCATE ALL; RETURN NULL; END';
    CREATE TRIGGER forget AFTER INSERT ON ${options.schema}.writes EXECUTE FUNCTION ${options.schema}.forget()`)
  for (let n = 1; n <= 5; n++) {
    await casUpdate(filesystem, '/counters/c1', Counter, increment)
    expect(await filesystem.get('/counters/c1')).toMatchObject({ state: 'live' })
  }
  const head = await filesystem.get('/counters/c1')
  expect(head.state === 'live' && sequenceOf(head.version)).toBe(5)
})

test('No operation leaves anything in a session: each is one statement of its own, as a pooling proxy needs it', async () => {
  await using store = await openStore()
  await using proxy = await startFaultProxy(await databaseUrl())
  const sent: string[] = []
  proxy.inject(({ statements }) => {
    sent.push(...statements)
    return undefined
  })
  const filesystem = await PostgresFilesystem.open({ ...store.options, url: proxy.url, poke: false })
  await filesystem.put('/s/a', text('x'), unwritten)
  await filesystem.transact([{ type: 'append', path: '/log', bodies: [Buffer.from('x')] }])
  await filesystem.append('/log', [Buffer.from('x')])
  await filesystem.read('/log')
  await filesystem.trim('/log', 2)
  await filesystem.list('/', { depth: 'children' })
  await filesystem.delete('/s/a', anything)
  await filesystem.maintain()
  await filesystem.close()
  expect(sent.length).toBeGreaterThan(8)
  for (const statement of sent) expect(statement).toMatch(/^(?:SELECT|WITH) /)
})
