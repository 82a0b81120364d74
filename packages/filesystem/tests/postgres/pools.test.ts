import { anything, casUpdate, FilesystemError, unwritten } from '@latchless/filesystem'
import { afterAll, expect, test } from 'vitest'
import { Counter, increment } from '../support/counter.ts'
import { connectClient, dropDatabase, openStore, text, until, waitingWriters } from './store.ts'

afterAll(dropDatabase)

test('With all connections taken, writers are told so before their deadline, and a heartbeat on the critical lane is not delayed', async () => {
  await using store = await openStore({
    pools: { normal: 2, critical: 1 },
    checkoutTimeoutMs: 4_000,
    statementTimeoutMs: 30_000,
    deadlineMs: 60_000,
  })
  const { filesystem, client, options } = store
  for (const path of ['/held', '/lease']) await filesystem.put(path, text('1'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/held' FOR UPDATE`)
  const holders = [1, 2].map(() => filesystem.put('/held', text('2'), anything))
  const operator = await connectClient(options.url)
  await until(operator, `SELECT count(*) = 2 FROM pg_stat_activity WHERE ${waitingWriters(options.schema)}`)
  await operator.end()

  let refused = 0
  const writers = Array.from({ length: 100 }, async (_, n) => {
    const error = await filesystem.put(`/waiting/${n}`, text('1'), unwritten).catch((reason: unknown) => reason)
    refused++
    return error
  })
  // All of these are done before the first of the writers has waited long enough to be refused.
  let beats = 0
  for (; beats < 20; beats++) await filesystem.put('/lease', text(`${beats}`), anything, { lane: 'critical' })
  expect({ beats, refused }).toEqual({ beats: 20, refused: 0 })

  for (const error of await Promise.all(writers)) {
    expect(error).toBeInstanceOf(FilesystemError)
    expect(error).toMatchObject({
      code: 'unavailable',
      retry: 'safe',
      message: expect.stringContaining('all 2 connections of the normal pool were taken for 4000 ms'),
    })
  }
  await client.query('ROLLBACK')
  await Promise.all(holders)
  expect((await filesystem.list('/waiting')).items).toEqual([])
})

test('A hundred updaters of one record share a pool of two and all get through', async () => {
  await using store = await openStore({ pools: { normal: 2 } })
  const { filesystem } = store
  await Promise.all(Array.from({ length: 100 }, () => casUpdate(filesystem, '/count', Counter, increment)))
  const head = await filesystem.get('/count')
  expect(head.state === 'live' && Buffer.from(head.entry.body).toString()).toContain('100')
})

test('close() waits for what is in flight, and what comes later is refused', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await filesystem.put('/held', text('1'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/held' FOR UPDATE`)
  const write = filesystem.put('/held', text('2'), anything)
  let closed = false
  const closing = filesystem.close().then(() => (closed = true))
  await expect(filesystem.get('/held')).rejects.toMatchObject({ code: 'closed' })
  expect(closed).toBe(false)
  await client.query('ROLLBACK')
  expect(await write).toMatchObject({ replayed: false })
  await closing
})

test('An aborted signal is heeded while an operation waits for a connection, and nothing is written', async () => {
  await using store = await openStore({ pools: { normal: 1 } })
  const { filesystem, client, options } = store
  await filesystem.put('/held', text('1'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/held' FOR UPDATE`)
  const holder = filesystem.put('/held', text('2'), anything)
  const stop = new AbortController()
  const waiting = Promise.allSettled([filesystem.put('/late', text('1'), unwritten, { signal: stop.signal })])
  stop.abort()
  await client.query('ROLLBACK')
  expect(await waiting).toMatchObject([{ reason: { code: 'aborted', retry: 'safe' } }])
  await holder
  expect(await filesystem.get('/late')).toEqual({ state: 'unwritten' })
})
