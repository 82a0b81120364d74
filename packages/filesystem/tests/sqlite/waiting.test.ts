import { anything, unwritten } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { connect, expectFailure, temporaryStore, text } from './fixture.ts'

describe('While another process is in a write transaction', () => {
  test('reads pass and writes wait, and land when it ends', async () => {
    const { path, filesystem } = await temporaryStore()
    await filesystem.put('/a', text('before'), unwritten)
    const other = connect(path)
    other.exec('BEGIN IMMEDIATE')
    let landed = false
    const write = filesystem.put('/a', text('after'), anything).then(() => (landed = true))
    // Far more turns of the worker than a write that does not wait would take.
    for (let n = 0; n < 50; n++)
      expect(await filesystem.get('/a')).toMatchObject({ version: expect.stringMatching(/^1\./) as string })
    expect((await filesystem.list('/')).items).toHaveLength(1)
    expect(landed).toBe(false)
    other.exec('COMMIT')
    await write
    expect(await filesystem.get('/a')).toMatchObject({ version: expect.stringMatching(/^2\./) as string })
  })

  test('a waiting write that is aborted writes nothing, and the others land', async () => {
    const { path, filesystem } = await temporaryStore()
    const other = connect(path)
    other.exec('BEGIN IMMEDIATE')
    const aborting = new AbortController()
    const aborted = filesystem.put('/aborted', text('a'), unwritten, { signal: aborting.signal })
    const kept = filesystem.put('/kept', text('a'), unwritten)
    await filesystem.get('/kept')
    aborting.abort(new Error('no longer wanted'))
    await expectFailure(aborted, 'aborted', 'safe', /the signal fired/)
    other.exec('COMMIT')
    await kept
    expect(await filesystem.get('/aborted')).toEqual({ state: 'unwritten' })
  })

  test('a write gives up after busyTimeoutMs, and nothing of it is written', async () => {
    const { path, filesystem } = await temporaryStore({ busyTimeoutMs: 50 })
    const other = connect(path)
    other.exec('BEGIN IMMEDIATE')
    await expectFailure(filesystem.put('/a', text('a'), unwritten), 'unavailable', 'safe', /busy for 50 ms; try again/)
    other.exec('COMMIT')
    expect(await filesystem.get('/a')).toEqual({ state: 'unwritten' })
    await filesystem.put('/a', text('a'), unwritten)
  })

  test('close() lets a waiting write land first', async () => {
    const { path, filesystem } = await temporaryStore()
    const other = connect(path)
    other.exec('BEGIN IMMEDIATE')
    const write = filesystem.put('/a', text('a'), unwritten)
    const closed = filesystem.close()
    other.exec('COMMIT')
    await Promise.all([write, closed])
    expect(connect(path).prepare('SELECT count(*) AS records FROM record').get()).toEqual({ records: 1 })
  })
})

test('A reader in another process that stays in its snapshot delays no write', async () => {
  const { path, filesystem } = await temporaryStore()
  await filesystem.put('/a', text('a'), unwritten)
  const other = connect(path)
  other.exec('BEGIN')
  other.prepare('SELECT count(*) FROM record').get()
  for (let n = 0; n < 20; n++) await filesystem.put('/a', text('b'), anything)
  await filesystem.maintain()
  expect(other.prepare('SELECT max(sequence) AS newest FROM record').get()).toEqual({ newest: 1 })
})

test('Writes that are queued together share a transaction and each has its own verdict', async () => {
  const { filesystem } = await temporaryStore()
  await filesystem.put('/taken', text('a'), unwritten)
  const results = await Promise.allSettled([
    filesystem.put('/a', text('a'), unwritten),
    filesystem.put('/taken', text('b'), unwritten),
    filesystem.put('/b', text('b'), unwritten),
    filesystem.put('/b', text('c'), unwritten),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
  expect(results[3]).toMatchObject({
    reason: { code: 'conflict', current: { version: expect.stringMatching(/^1\./) as string } },
  })
  expect((await filesystem.list('/')).items.map(({ path }) => path)).toEqual(['/a', '/b', '/taken'])
})
