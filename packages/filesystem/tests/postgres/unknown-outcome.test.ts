import { onStatement, withProbability } from '@latchless/postgres-server'
import { CasUpdateError, type Filesystem, sequenceOf, unwritten } from '@latchless/filesystem'
import { afterAll, expect, test } from 'vitest'
import { Counter, increment } from '../support/counter.ts'
import { plainUpdate } from '../support/update-modes.ts'
import { behindProxy } from './behind-proxy.ts'
import { dropDatabase, openStore, text, until, waitingWriters } from './store.ts'

afterAll(dropDatabase)

const put = /put_record/

async function valueOf(filesystem: Filesystem, path: string): Promise<number> {
  const head = await filesystem.get(path)
  return head.state === 'live' ? JSON.parse(Buffer.from(head.entry.body).toString()).value : 0
}

test('Of 1,600 increments over a connection that loses 3 % of its requests or answers, each is done once', async () => {
  await using behind = await behindProxy()
  const { proxy, filesystem, store } = behind
  proxy.inject(withProbability(0.03, 20_260_101, { kind: 'cut-before' }, { kind: 'cut-after' }))
  const paths = ['/counter/a', '/counter/b']
  let done = 0
  let refused = 0
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 200; n++) {
        // In the plain mode, because folded updates would make few requests to lose.
        await plainUpdate(filesystem, paths[writer % 2] ?? '', Counter, increment).then(
          () => done++,
          (error: unknown) => {
            expect(error).toBeInstanceOf(CasUpdateError)
            refused++
          },
        )
      }
    }),
  )
  expect({ done, refused }).toEqual({ done: 1600, refused: 0 })
  const values = await Promise.all(paths.map((path) => valueOf(store.filesystem, path)))
  expect(values).toEqual([800, 800])
  const { cutBefore, cutAfter } = proxy.counts
  expect(cutBefore).toBeGreaterThan(5)
  expect(cutAfter).toBeGreaterThan(5)
}, 120_000)

for (const [kind, landed] of [
  ['cut-before', false],
  ['cut-after', true],
] as const) {
  test(`A put whose ${landed ? 'answer' : 'request'} is lost is unknown, and the identical put settles it`, async () => {
    await using behind = await behindProxy()
    const { proxy, filesystem, store } = behind
    proxy.inject(onStatement(put, { kind }))
    const writeId = 'a'.repeat(32)
    const again = () => filesystem.put('/once', text('1'), unwritten, { writeId })
    await expect(again()).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown' })
    expect(await store.filesystem.get('/once')).toMatchObject({ state: landed ? 'live' : 'unwritten' })
    const settled = await again()
    expect(settled).toMatchObject({ replayed: landed, writeId })
    expect(sequenceOf(settled.version)).toBe(1)
    expect(await again()).toMatchObject({ replayed: true, version: settled.version })
  })
}

test('A put whose answer is late is unknown when its time is over, and the identical put is replayed', async () => {
  await using behind = await behindProxy({ checkoutTimeoutMs: 1000, statementTimeoutMs: 1200, deadlineMs: 1400 })
  const { proxy, filesystem } = behind
  const late = Promise.withResolvers<void>()
  proxy.inject(onStatement(put, { kind: 'delay', until: late.promise }))
  const writeId = 'b'.repeat(32)
  const again = () => filesystem.put('/late', text('1'), unwritten, { writeId })
  await expect(again()).rejects.toMatchObject({
    retry: 'unknown',
    message: 'Cannot put "/late": no answer of the server within 1300 ms',
  })
  const settled = await again()
  expect(settled.replayed).toBe(true)
  late.resolve()
  // The late answer belongs to a connection that was given up; it answers nothing else.
  expect(await filesystem.get('/late')).toMatchObject({ version: settled.version })
})

test('A put that lands after it was given up is recognised when it is repeated, also behind a delete', async () => {
  // The server goes on with the statement when nobody waits for it any more.
  const timeouts = { serverTimeouts: false, checkoutTimeoutMs: 1000, statementTimeoutMs: 1100, deadlineMs: 1200 }
  await using store = await openStore(timeouts)
  const { filesystem, client, options } = store
  const { version } = await filesystem.put('/later', text('1'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/later' FOR UPDATE`)
  const writeId = 'c'.repeat(32)
  const again = () => filesystem.put('/later', text('2'), { type: 'version', version }, { writeId })
  await expect(again()).rejects.toMatchObject({ retry: 'unknown' })
  // Twice in flight now: at most one of them can land.
  await expect(again()).rejects.toMatchObject({ retry: 'unknown' })
  await client.query('ROLLBACK')
  await until(client, `SELECT count(*) = 0 FROM pg_stat_activity WHERE ${waitingWriters(options.schema)}`)
  const settled = await again()
  expect(settled.replayed).toBe(true)
  expect(sequenceOf(settled.version)).toBe(2)
  await filesystem.delete('/later', { type: 'version', version: settled.version })
  expect(await again()).toEqual(settled)
  expect(await filesystem.get('/later')).toMatchObject({ state: 'deleted' })
})

test('A half-open connection is given up after the time of a statement, and the next one is used', async () => {
  await using behind = await behindProxy({ checkoutTimeoutMs: 1000, statementTimeoutMs: 1100, deadlineMs: 1200 })
  const { proxy, filesystem } = behind
  const resume = proxy.stall()
  await expect(filesystem.get('/any')).rejects.toMatchObject({ code: 'unavailable', retry: 'safe' })
  resume()
  expect(await filesystem.get('/any')).toEqual({ state: 'unwritten' })
})

test('close() ends although the server has gone silent', async () => {
  await using behind = await behindProxy({ checkoutTimeoutMs: 1000, statementTimeoutMs: 1100, deadlineMs: 1200 })
  const { proxy, filesystem } = behind
  const resume = proxy.stall()
  await filesystem.close()
  await expect(filesystem.get('/any')).rejects.toMatchObject({ code: 'closed' })
  resume()
})
