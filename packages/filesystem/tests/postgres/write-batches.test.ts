// Writes of different records that come together share a statement.
import { anything, type Filesystem, sequenceOf, systemRuntime, unwritten, VersionMismatch } from '@latchless/filesystem'
import { type FaultProxy, onStatement } from '@latchless/postgres-server'
import { afterAll, expect, test } from 'vitest'
import { behindProxy } from './behind-proxy.ts'
import { dropDatabase, type OpenStore, openStore, text, until, waitingWriters } from './store.ts'

afterAll(dropDatabase)

const put = /put_record/

function pathsOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `/batch/${n}`)
}

async function bodyOf(filesystem: Filesystem, path: string): Promise<string | undefined> {
  const head = await filesystem.get(path)
  return head.state === 'live' ? Buffer.from(head.entry.body).toString() : undefined
}

test('64 puts that come together take 5 round trips at the most, and each is answered with its own version', async () => {
  await using behind = await behindProxy()
  const { proxy, filesystem } = behind
  let statements = 0
  proxy.inject(({ statements: sent }) => {
    statements += sent.filter((sql) => put.test(sql)).length
    return undefined
  })
  const written = await Promise.all(pathsOf(64).map((path, n) => filesystem.put(path, text(`${n}`), unwritten)))
  expect(statements).toBeLessThanOrEqual(5)
  for (const [n, path] of pathsOf(64).entries()) {
    const head = await filesystem.get(path)
    expect(head).toMatchObject({ state: 'live', version: written[n]?.version })
    expect(await bodyOf(filesystem, path)).toBe(`${n}`)
  }
})

test('What found no room in a statement does not wait for its answer', async () => {
  await using behind = await behindProxy()
  const { proxy, filesystem } = behind
  const answers = Promise.withResolvers<void>()
  const allSent = Promise.withResolvers<void>()
  let statements = 0
  proxy.inject(({ statements: sent }) => {
    if (!sent.some((sql) => put.test(sql))) return undefined
    if (++statements === 4) allSent.resolve()
    return { kind: 'delay', until: answers.promise }
  })
  const writes = Promise.all(pathsOf(64).map((path) => filesystem.put(path, text('1'), unwritten)))
  await allSent.promise
  answers.resolve()
  expect(await writes).toHaveLength(64)
})

test('A write for which there is no room for too long is told that all connections were taken', async () => {
  let nowMs = 0
  await using behind = await behindProxy({
    pools: { normal: 1 },
    checkoutTimeoutMs: 2_000,
    runtime: { ...systemRuntime, monotonicMs: () => nowMs },
  })
  const { proxy, filesystem } = behind
  const answer = Promise.withResolvers<void>()
  const sent = Promise.withResolvers<void>()
  proxy.inject(({ statements }) => {
    if (!statements.some((sql) => put.test(sql))) return undefined
    sent.resolve()
    return { kind: 'delay', until: answer.promise }
  })
  const writes = Promise.allSettled(pathsOf(20).map((path) => filesystem.put(path, text('1'), unwritten)))
  await sent.promise
  nowMs += 2_001
  answer.resolve()
  for (const [n, outcome] of (await writes).entries()) {
    const reason = {
      code: 'unavailable',
      retry: 'safe',
      message: expect.stringContaining(`"/batch/${n}": all 1 connections`),
    }
    expect(outcome).toMatchObject(n < 16 ? { status: 'fulfilled' } : { reason })
  }
})

/** From such a statement on, the process reads nothing: the request passes still, and its answer does not. */
function stopReadingAfter(proxy: FaultProxy, statement: RegExp): { readonly sent: Promise<void>; goOn(): void } {
  const sent = Promise.withResolvers<void>()
  const passes: (() => void)[] = []
  const forget = proxy.inject(({ statements }) => {
    if (!statements.some((sql) => statement.test(sql))) return undefined
    passes.push(proxy.stall())
    sent.resolve()
    return undefined
  })
  return {
    sent: sent.promise,
    goOn() {
      forget()
      for (const pass of passes) pass()
    },
  }
}

test('A process that stops reading in the middle of an answer keeps no lock, and is told all of it later', async () => {
  await using behind = await behindProxy({ pools: { normal: 1 } })
  const { store, proxy, filesystem } = behind
  // More than the buffers on the way take.
  const body = new Uint8Array(1_000_000)
  const large = pathsOf(12)
  for (const path of large) await store.filesystem.put(path, { ...text(''), body }, unwritten)
  await store.filesystem.put('/free', text('0'), unwritten)
  await filesystem.get('/warm')
  const reading = stopReadingAfter(proxy, put)
  const writes = Promise.allSettled([
    filesystem.put('/free', text('1'), anything),
    ...large.map((path) => filesystem.put(path, text('1'), unwritten)),
  ])
  await until(store.client, `SELECT sequence = 2 FROM ${store.options.schema}.records WHERE path = '/free'`)
  await store.filesystem.put('/free', text('2'), anything)
  reading.goOn()
  const [won, ...lost] = await writes
  expect(won).toMatchObject({ status: 'fulfilled' })
  for (const outcome of lost) {
    expect(outcome).toMatchObject({ reason: expect.any(VersionMismatch) })
    expect(outcome).toMatchObject({ reason: { current: { state: 'live', info: { size: body.length } } } })
  }
})

test('A process that stops reading in the middle of the answer of a transact keeps no lock either', async () => {
  // More than the buffers on the way take.
  const body = new Uint8Array(12_000_000)
  const limits = { bodyBytesMax: body.length }
  await using behind = await behindProxy({ pools: { normal: 1 }, limits })
  const { store, proxy, filesystem } = behind
  const { version } = await (await store.reopen({ limits })).put('/large', { ...text(''), body }, unwritten)
  await store.filesystem.put('/free', text('0'), unwritten)
  await filesystem.get('/warm')
  const reading = stopReadingAfter(proxy, /transact_records/)
  const lost = Promise.allSettled([
    filesystem.transact([
      { type: 'put', path: '/free', entry: text('1'), expect: anything },
      { type: 'put', path: '/large', entry: text('1'), expect: unwritten },
    ]),
  ])
  await reading.sent
  const { schema } = store.options
  // It has come to the server, and is over there.
  await until(
    store.client,
    `SELECT bool_and(state <> 'active') FROM pg_stat_activity
      WHERE query LIKE '%"${schema}".transact_records%' AND pid <> pg_backend_pid()`,
  )
  await store.filesystem.put('/free', text('2'), anything)
  reading.goOn()
  expect(await lost).toMatchObject([
    { reason: { code: 'conflict', path: '/large', current: { version, info: { size: body.length } } } },
  ])
})

test('Each write of a batch is judged by itself', async () => {
  await using store = await openStore({ pools: { normal: 1 } })
  const { filesystem } = store
  const writeId = 'd'.repeat(32)
  const { version } = await filesystem.put('/each/replayed', text('1'), unwritten, { writeId })
  const taken = await filesystem.put('/each/taken', text('1'), unwritten)
  const outcomes = await Promise.allSettled([
    filesystem.put('/each/new', text('1'), unwritten),
    filesystem.put('/each/taken', text('2'), unwritten),
    filesystem.put('/each/replayed', text('1'), unwritten, { writeId }),
    filesystem.delete('/each/nothing', anything),
    filesystem.put('/each/twice', text('1'), unwritten),
    filesystem.put('/each/twice', text('2'), unwritten),
    filesystem.delete('/each/taken', { type: 'version', version: taken.version }),
  ])
  const [created, mismatch, replayed, nothing, first, second, deleted] = outcomes
  expect(created).toMatchObject({ status: 'fulfilled', value: { replayed: false } })
  expect(mismatch).toMatchObject({
    reason: expect.any(VersionMismatch),
  })
  expect(mismatch).toMatchObject({ reason: { path: '/each/taken', current: { version: taken.version } } })
  expect(replayed).toMatchObject({ value: { replayed: true, version } })
  expect(nothing).toEqual({ status: 'fulfilled', value: undefined })
  expect(first).toMatchObject({ status: 'fulfilled' })
  expect(second).toMatchObject({ status: 'rejected', reason: { path: '/each/twice' } })
  expect(deleted).toMatchObject({ status: 'fulfilled' })
  expect(await bodyOf(filesystem, '/each/twice')).toBe('1')
  expect(await filesystem.get('/each/taken')).toMatchObject({ state: 'deleted' })
})

/** Lets the server refuse writes of one path of a batch. */
async function refuse({ client, options: { schema } }: OpenStore, sqlstate: string): Promise<void> {
  await client.query(`
    CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''${sqlstate}''; END';
    CREATE TRIGGER refuse BEFORE INSERT ON ${schema}.writes FOR EACH ROW WHEN (NEW.path = '/batch/5')
      EXECUTE FUNCTION ${schema}.refuse()`)
}

// A constraint, a trigger's own error, a damaged row.
for (const sqlstate of ['23514', 'P0001', 'XX001']) {
  test(`A write that the server refuses with ${sqlstate} fails alone`, async () => {
    await using store = await openStore({ pools: { normal: 1 } })
    const { filesystem } = store
    await refuse(store, sqlstate)
    const outcomes = await Promise.allSettled(pathsOf(12).map((path) => filesystem.put(path, text('1'), unwritten)))
    expect(outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([5])
    expect(outcomes[5]).toMatchObject({ reason: { code: 'unavailable', retry: 'never', path: '/batch/5' } })
    for (const [n, path] of pathsOf(12).entries())
      expect(await bodyOf(filesystem, path)).toBe(n === 5 ? undefined : '1')
  })
}

test('A batch that the server does not know the end of is not sent again', async () => {
  await using store = await openStore({ pools: { normal: 1 } })
  await refuse(store, '40003')
  const outcomes = await Promise.allSettled(pathsOf(12).map((path) => store.filesystem.put(path, text('1'), anything)))
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { retry: 'unknown' } })
})

test('A lock on a record holds up only who writes that record, in a batch too', async () => {
  await using store = await openStore()
  const { filesystem, client, options } = store
  await filesystem.put('/batch/7', text('0'), unwritten)
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${options.schema}.records WHERE path = '/batch/7' FOR UPDATE`)
  const writes = pathsOf(16).map((path) => filesystem.put(path, text('1'), anything))
  await Promise.all(writes.filter((_, n) => n !== 7))
  // It waits alone now.
  await until(client, `SELECT count(*) = 1 FROM pg_stat_activity WHERE ${waitingWriters(options.schema)}`)
  // And what comes later does not wait behind it.
  await Promise.all(pathsOf(6).map((path) => filesystem.put(path, text('2'), anything)))
  await client.query('ROLLBACK')
  await writes[7]
  const held = await filesystem.get('/batch/7')
  expect(held.state === 'live' && sequenceOf(held.version)).toBe(2)
})

for (const [fault, landed] of [
  ['cut-before', false],
  ['cut-after', true],
] as const) {
  test(`When a batch is ${fault} its answer, the outcome of each write is unknown, and repeated it is done once`, async () => {
    await using behind = await behindProxy()
    const { proxy, filesystem } = behind
    await filesystem.get('/warm')
    proxy.inject(onStatement(put, { kind: fault }))
    const writes = pathsOf(8).map((path, n) => ({ path, writeId: `${n}`.repeat(32) }))
    const attempt = async () =>
      Promise.allSettled(writes.map(({ path, writeId }) => filesystem.put(path, text('1'), unwritten, { writeId })))
    for (const [n, outcome] of (await attempt()).entries()) {
      expect(outcome).toMatchObject({ reason: { code: 'unavailable', retry: 'unknown', path: writes[n]?.path } })
      expect(outcome).toMatchObject({ reason: { message: expect.stringContaining(`"${writes[n]?.path}"`) } })
    }
    for (const outcome of await attempt()) expect(outcome).toMatchObject({ value: { replayed: landed } })
    for (const { path } of writes) expect((await filesystem.history(path)).versions).toHaveLength(1)
  })
}

test('A write that is aborted while it waits for its batch is not done, and the others are', async () => {
  await using store = await openStore({ pools: { normal: 1 } })
  const { filesystem } = store
  const stop = new AbortController()
  const outcomes = Promise.allSettled(
    pathsOf(6).map((path, n) => filesystem.put(path, text('1'), unwritten, n === 3 ? { signal: stop.signal } : {})),
  )
  stop.abort()
  const [, , , aborted, ...others] = await outcomes
  expect(aborted).toMatchObject({ reason: { code: 'aborted', retry: 'safe' } })
  for (const each of others) expect(each).toMatchObject({ status: 'fulfilled' })
  expect(await filesystem.get('/batch/3')).toEqual({ state: 'unwritten' })
})

test('Processes that write the same records in opposite orders do not stop each other', async () => {
  await using store = await openStore()
  const processes = [store.filesystem, await store.reopen(), await store.reopen()]
  const round = async (filesystem: Filesystem, n: number) => {
    const paths = n % 2 === 0 ? pathsOf(16) : pathsOf(16).toReversed()
    await Promise.all(paths.map((path) => filesystem.put(path, text(`${n}`), anything)))
  }
  await Promise.all(
    processes.map(async (filesystem, at) => {
      for (let n = 0; n < 20; n++) await round(filesystem, n + at)
    }),
  )
  for (const path of pathsOf(16)) {
    const head = await store.filesystem.get(path)
    expect(head.state === 'live' && sequenceOf(head.version)).toBe(60)
  }
})
