import {
  anything,
  atVersion,
  type Change,
  type Filesystem,
  FilesystemError,
  MemoryFilesystem,
  mountTable,
  unwritten,
} from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'

const text = (body: string) => ({ body: new TextEncoder().encode(body), contentType: 'text/plain' })

async function mounted(...points: string[]) {
  const stores = await Promise.all(points.map(() => MemoryFilesystem.open()))
  const table = mountTable(points.map((at, n) => ({ at, filesystem: stores[n] as MemoryFilesystem })))
  return { table, stores: stores as [MemoryFilesystem, MemoryFilesystem, ...MemoryFilesystem[]] }
}

async function write(store: Filesystem, ...paths: string[]) {
  for (const path of paths) await store.put(path, text(path), anything)
}

async function take(changes: AsyncIterable<Change>, count: number): Promise<Change[]> {
  const taken: Change[] = []
  for await (const change of changes) if (taken.push(change) === count) break
  return taken
}

const brief = (change: Change) => (change.type === 'gap' ? 'gap' : `${change.type} ${change.path}`)

describe('watch() of a mount table', () => {
  it('tells the changes of all mounts below the prefix, without what they hide', async () => {
    const { table, stores } = await mounted('/', '/m', '/m/n')
    const changes = take(table.watch('/'), 3)
    await write(stores[0], '/m/hidden', '/m')
    await write(table, '/a', '/m/b', '/m/n/c')
    expect((await changes).map(brief).toSorted()).toEqual(['put /a', 'put /m/b', 'put /m/n/c'])
  })

  it('goes on from its cursor without a gap once every mount was heard of', async () => {
    const { table } = await mounted('/', '/m')
    const changes = take(table.watch('/'), 2)
    await write(table, '/a', '/m/a')
    const cursor = (await changes).at(-1)?.cursor
    await write(table, '/b', '/m/b')
    const resumed = await take(table.watch('/', { after: cursor }), 2)
    expect(resumed.map(brief).toSorted()).toEqual(['put /b', 'put /m/b'])
  })

  it('tells a gap, once, and all heads, when a mount was not heard of before the cursor', async () => {
    const { table } = await mounted('/', '/m', '/n')
    const changes = take(table.watch('/'), 1)
    await write(table, '/a')
    const cursor = (await changes)[0]?.cursor
    await write(table, '/m/missed', '/n/missed')
    const resumed = (await take(table.watch('/', { after: cursor }), 4)).map(brief)
    expect(resumed[0]).toBe('gap')
    expect(resumed.slice(1).toSorted()).toEqual(['put /a', 'put /m/missed', 'put /n/missed'])
  })

  it('answers a cursor that is none with a gap and all heads', async () => {
    const { table } = await mounted('/', '/m')
    await write(table, '/a', '/m/a')
    for (const after of ['', 'no cursor', Buffer.from('{"/m":7}').toString('base64url')]) {
      const resumed = (await take(table.watch('/', { after }), 3)).map(brief)
      expect([resumed[0], ...resumed.slice(1).toSorted()]).toEqual(['gap', 'put /a', 'put /m/a'])
    }
  })

  it('has the cursor of the store below a prefix of one mount', async () => {
    const { table, stores } = await mounted('/', '/m')
    const changes = take(table.watch('/m'), 1)
    const own = take(stores[1].watch('/'), 1)
    await write(table, '/m/a')
    expect((await changes)[0]).toEqual({ ...(await own)[0], path: '/m/a' })
  })

  it('ends by its signal, by leaving the loop, and with closed', async () => {
    const { table } = await mounted('/', '/m')
    for (const prefix of ['/', '/m']) {
      const caller = new AbortController()
      const next = table.watch(prefix, { signal: caller.signal })[Symbol.asyncIterator]().next()
      caller.abort()
      expect(await next).toEqual({ done: true, value: undefined })
      const left = table.watch(prefix)[Symbol.asyncIterator]()
      const pending = left.next()
      await left.return?.()
      expect(await pending).toEqual({ done: true, value: undefined })
    }
    const watches = ['/', '/m'].map((prefix) => table.watch(prefix)[Symbol.asyncIterator]().next())
    const outcomes = Promise.allSettled(watches)
    await table.close()
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'closed' } })
  })
})

describe('mountTable() as the owner of its stores', () => {
  it('closes each store once, also behind one that fails', async () => {
    const closed: string[] = []
    const closing = (name: string, error?: Error) =>
      ({
        capabilities: () => ({ backend: 'fake' }),
        close: async () => {
          closed.push(name)
          if (error) throw error
        },
      }) as unknown as Filesystem
    const [a, b] = [closing('a', new FilesystemError('unavailable', 'Cannot close "/": it is busy')), closing('b')]
    const table = mountTable([
      { at: '/a', filesystem: a },
      { at: '/b', filesystem: b },
      { at: '/c', filesystem: b },
    ])
    await expect(table.close()).rejects.toMatchObject({ code: 'unavailable' })
    await table.close()
    expect(closed).toEqual(['a', 'b'])
    await expect(table.get('/nowhere')).rejects.toMatchObject({ code: 'closed' })
  })

  it('maintains each store within the limit', async () => {
    const limits: unknown[] = []
    const maintaining = (removed: number, maintain = true) =>
      ({
        capabilities: () => ({ backend: 'fake', maintain }),
        maintain: async ({ limit }: { limit?: number }) => {
          limits.push(limit)
          return { removed: Math.min(removed, limit ?? removed), more: removed > (limit ?? removed) }
        },
      }) as unknown as Filesystem
    const table = mountTable([
      { at: '/a', filesystem: maintaining(3) },
      { at: '/b', filesystem: maintaining(9, false) },
      { at: '/c', filesystem: maintaining(4) },
    ])
    expect(await table.maintain()).toEqual({ removed: 7, more: false })
    expect(await table.maintain({ limit: 5 })).toEqual({ removed: 5, more: true })
    expect(await table.maintain({ limit: 3 })).toEqual({ removed: 3, more: true })
    expect(limits).toEqual([undefined, undefined, 5, 2, 3])
    const none = mountTable([{ at: '/a', filesystem: maintaining(1, false) }])
    await expect(none.maintain()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('updates through versions of the mounted store', async () => {
    const { table } = await mounted('/', '/m')
    const { version } = await table.put('/m/a', text('1'), unwritten)
    await table.put('/m/a', text('2'), atVersion(version))
    expect((await table.history('/m/a')).versions).toHaveLength(2)
    expect(await table.getVersion('/m/a', 1)).toMatchObject({ version })
    expect(await table.delete('/m/a', anything)).toMatchObject({ replayed: false })
  })
})
