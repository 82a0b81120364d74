import { startFaultProxy } from '@latchless/postgres-server'
import { anything, type Change, type Filesystem, sequenceOf, unwritten, type WatchOptions } from '@latchless/filesystem'
import { PostgresFilesystem } from '@latchless/filesystem/postgres'
import { afterAll, expect, test } from 'vitest'
import { connectClient, dropDatabase, openStore, text } from './store.ts'

afterAll(dropDatabase)

function told({ value }: IteratorResult<Change, unknown>): string {
  const change = value as Change
  if (change.type === 'gap') return 'gap'
  return change.type === 'compacted'
    ? `compacted ${change.path}`
    : `${change.type} ${change.path} v${sequenceOf(change.version)}`
}

async function writeUntil<T>(heard: Promise<T>, write: () => Promise<unknown>): Promise<T> {
  const still = Symbol('not heard')
  for (;;) {
    const result = await Promise.race([heard, write().then(() => still)])
    if (result !== still) return result as T
  }
}

/**
 * A watch that has begun: what is written from now on is told, and what was written to find that out has been told. Its cursor
 * is where it stands.
 */
async function watching(filesystem: Filesystem, prefix: '' | '/w', options: WatchOptions = {}) {
  const changes = filesystem.watch(prefix || '/', options)[Symbol.asyncIterator]()
  const heard = new AbortController()
  const first = changes.next().then(() => heard.abort())
  while (!heard.signal.aborted) await filesystem.put(`${prefix}/warm`, text('x'), anything)
  await first
  await filesystem.put(`${prefix}/warm-up-is-over`, text('x'), unwritten)
  for (;;) {
    const change = (await changes.next()).value as Exclude<Change, { type: 'gap' }>
    if (change.path.endsWith('over')) return { changes, cursor: change.cursor }
  }
}

/** A put in a transaction of a foreign connection, so that a test decides when it is committed. */
function putSql(schema: string, path: string, expect: string, sequence: number | null = null): string {
  return `SELECT outcome FROM ${schema}.put_record('${path}', '${expect}', ${sequence}, NULL, '0123456789abcdef',
    gen_random_uuid(), 'x', 'text/plain', NULL, NULL, NULL, NULL, '{"service":"s","host":"h","pid":1}', NULL, NULL, 16)`
}

test('A write that commits late is told, although later ones were told before it', async () => {
  await using store = await openStore({ watchPollMs: 20 })
  const { filesystem, client, options } = store
  const stop = new AbortController()
  const { changes } = await watching(filesystem, '/w', { signal: stop.signal })

  // It has drawn its transaction and its id, and does not commit.
  await client.query('BEGIN')
  await client.query(putSql(options.schema, '/w/late', 'unwritten'))
  await filesystem.put('/w/early', text('1'), unwritten)
  expect(told(await changes.next())).toBe('put /w/early v1')
  const late = changes.next()
  await client.query('COMMIT')
  expect(told(await late)).toBe('put /w/late v1')
  stop.abort()
})

test('A foreign transaction that stays open delays no watcher', async () => {
  await using store = await openStore({ watchPollMs: 20 })
  const { filesystem, client, options } = store
  await client.query(`CREATE TABLE ${options.schema}.foreign_table (n integer)`)
  await client.query('BEGIN')
  await client.query(`INSERT INTO ${options.schema}.foreign_table VALUES (1)`)
  const { changes } = await watching(filesystem, '')
  for (let n = 1; n <= 3; n++) {
    const next = changes.next()
    await filesystem.put('/open', text(`${n}`), anything)
    expect(told(await next)).toBe(`put /open v${n}`)
  }
  await client.query('ROLLBACK')
})

test('The versions of a path are told in their order, although the later writer has the older transaction', async () => {
  await using store = await openStore({ watchPollMs: 20 })
  const { filesystem, client, options } = store
  const { cursor } = await watching(filesystem, '')

  // The older transaction writes elsewhere first, and comes to the contended path second.
  await client.query('BEGIN')
  await client.query(putSql(options.schema, '/elsewhere', 'unwritten'))
  await filesystem.put('/contended', text('1'), unwritten)
  await client.query(putSql(options.schema, '/contended', 'any'))
  await client.query('COMMIT')
  const { rows } = await client.query<{ older: boolean }>(
    `SELECT (SELECT xid FROM ${options.schema}.writes WHERE path = '/contended' AND sequence = 2)
      < (SELECT xid FROM ${options.schema}.writes WHERE path = '/contended' AND sequence = 1) AS older`,
  )
  expect(rows).toEqual([{ older: true }])

  const seen: string[] = []
  const changes = filesystem.watch('/', { after: cursor })[Symbol.asyncIterator]()
  while (seen.length < 3) seen.push(told(await changes.next()))
  expect(seen.filter((change) => change.includes('contended'))).toEqual(['put /contended v1', 'put /contended v2'])
})

test('A watch resumed from any cursor misses nothing, with writers that interleave at random', async () => {
  await using store = await openStore({ watchPollMs: 10 })
  const { filesystem, options } = store
  const writers = await Promise.all(Array.from({ length: 4 }, () => connectClient(options.url)))
  const stop = new AbortController()
  const heads = new Map<string, number>()
  const total = 60
  const reading = (async () => {
    let after: string | undefined
    for (;;) {
      // Each change is read by a watch of its own, so that every cursor is resumed from.
      const changes = filesystem.watch('/', { after, signal: stop.signal })[Symbol.asyncIterator]()
      const { value, done } = await changes.next()
      await changes.return?.()
      if (done === true) return
      const change = value as Exclude<Change, { type: 'gap' | 'compacted' }>
      expect(sequenceOf(change.version)).toBeGreaterThanOrEqual(heads.get(change.path) ?? 0)
      heads.set(change.path, sequenceOf(change.version))
      after = change.cursor
      const last = [0, 1, 2].map((n) => heads.get(`/r/${n}`) ?? 0)
      if (last.reduce((sum, n) => sum + n, 0) === total && heads.has('/start')) return
    }
  })()
  while (!heads.has('/start')) await filesystem.put('/start', text('x'), anything)
  await Promise.all(
    writers.map(async (client, w) => {
      for (let n = 0; n < total / writers.length; n++) {
        // Two writers hold their transaction open over several writes of theirs, always in the order of the paths.
        if (w < 2 && n % 3 === 0) await client.query('BEGIN')
        await client.query(putSql(options.schema, `/r/${w < 2 ? n % 3 : (n + w) % 3}`, 'any'))
        if (w < 2 && n % 3 === 2) await client.query('COMMIT')
      }
    }),
  )
  await reading
  stop.abort()
  await Promise.all(writers.map((client) => client.end()))
})

test('A watcher hears of another process by a poke, long before it would have polled', async () => {
  await using store = await openStore({ watchPollMs: 600_000 })
  const other = await store.reopen()
  const changes = store.filesystem.watch('/')[Symbol.asyncIterator]()
  // The watcher may not be listening yet, so it is written until it hears.
  expect(told(await writeUntil(changes.next(), () => other.put('/poked', text('x'), anything)))).toMatch(/^put \/poked/)
})

test('A watch outlives lost connections and goes on from where it was', async () => {
  await using store = await openStore({ watchPollMs: 20 })
  const { options } = store
  await using broken = await startFaultProxy(options.url)
  await using filesystem = await PostgresFilesystem.open({ ...options, url: broken.url, poke: false })
  const { changes } = await watching(filesystem, '')
  const accept = broken.refuseConnections()
  broken.dropConnections()
  const second = changes.next()
  await store.filesystem.put('/second', text('x'), unwritten)
  await broken.until(({ refusedConnections }) => refusedConnections >= 2)
  accept()
  expect(told(await second)).toBe('put /second v1')
  await changes.return?.()
})

test('A watcher without pokes polls', async () => {
  await using store = await openStore({ poke: false, watchPollMs: 20 })
  const other = await store.reopen()
  const changes = store.filesystem.watch('/')[Symbol.asyncIterator]()
  const heard = await writeUntil(changes.next(), () => other.put('/polled', text('x'), anything))
  expect(told(heard)).toMatch(/^put \/polled/)
})

test('Who falls behind by more than the buffer, or forges a cursor, gets a gap and the heads', async () => {
  await using store = await openStore({ limits: { watchBufferMax: 5 }, watchPollMs: 20 })
  const { filesystem } = store
  const { cursor } = await watching(filesystem, '')
  for (let n = 0; n < 6; n++) await filesystem.put(`/many/${n}`, text('x'), unwritten)
  const forged = [
    cursor.replace(/^./, 'f').replace(/^f{2}/, 'ee'),
    'x',
    '',
    `${cursor.slice(0, 8)}.9:1:.0`,
    `${cursor}9:9`,
  ]
  for (const after of [cursor, ...forged]) {
    const resumed = filesystem.watch('/', { after })[Symbol.asyncIterator]()
    expect(told(await resumed.next()), after).toBe('gap')
    expect(told(await resumed.next())).toBe('put /many/0 v1')
  }
})

test('A purged path is told as compacted, and once that is forgotten too, cursors from before it get a gap', async () => {
  await using store = await openStore({ tombstoneMs: 0, changesMs: 0, watchPollMs: 20 })
  const { filesystem } = store
  await filesystem.put('/purged', text('x'), unwritten)
  const { cursor } = await watching(filesystem, '')
  await filesystem.put('/stays', text('x'), unwritten)
  await filesystem.delete('/purged', anything)
  expect(await filesystem.maintain({ limit: 1 })).toEqual({ removed: 1, more: true })
  expect(await filesystem.get('/purged')).toEqual({ state: 'unwritten' })
  const resumed = async () => {
    const again = filesystem.watch('/', { after: cursor })[Symbol.asyncIterator]()
    return [told(await again.next()), told(await again.next())]
  }
  expect(await resumed()).toEqual(['put /stays v1', 'compacted /purged'])
  expect(await filesystem.maintain({ limit: 5 })).toEqual({ removed: 1, more: false })
  expect(await resumed()).toEqual(['gap', 'put /stays v1'])
})
