import {
  absent,
  anything,
  type Change,
  type Filesystem,
  type Grant,
  type ListOptions,
  MemoryFilesystem,
  type Permission,
  scoped,
  unwritten,
  VersionMismatch,
} from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'

const all: readonly Permission[] = ['read', 'list', 'write', 'delete']
const text = (body: string) => ({ body: new TextEncoder().encode(body), contentType: 'text/plain' })
const row = (n: number) => ({ ...text(''), kind: 'row', schemaVersion: 1, tuples: { by_n: [n] } })

async function viewOf(...grants: Grant[]) {
  const store = await MemoryFilesystem.open()
  return { store, view: scoped(store, grants) }
}

async function write(store: Filesystem, ...paths: string[]) {
  for (const path of paths) await store.put(path, text(path), anything)
}

async function pathsOf(store: Filesystem, prefix: string, options?: ListOptions): Promise<string[]> {
  const { items } = await store.list(prefix, options)
  return items.map(({ path, directory }) => (directory ? `${path}/` : path))
}

/** Every operation, on records and logs that exist below `/a`, and the permissions that it needs. */
const operations: readonly [string, readonly Permission[], (view: Filesystem) => unknown][] = [
  ['get', ['read'], (view) => view.get('/a/x')],
  ['history', ['read'], (view) => view.history('/a/x')],
  ['getVersion', ['read'], (view) => view.getVersion('/a/x', 1)],
  ['read', ['read'], (view) => view.read('/a/log')],
  ['list', ['list'], (view) => view.list('/a')],
  ['list with bodies', ['list', 'read'], (view) => view.list('/a', { bodies: true })],
  ['query', ['read', 'list'], (view) => view.query('/a', 'by_n')],
  ['watch', ['read', 'list'], (view) => view.watch('/a', { after: '' })[Symbol.asyncIterator]().next()],
  ['put', ['write'], (view) => view.put('/a/x', text('y'), anything)],
  ['append', ['write'], (view) => view.append('/a/log', [Uint8Array.of(1)])],
  ['trim', ['write', 'delete'], (view) => view.trim('/a/log', 1)],
  ['delete', ['delete'], (view) => view.delete('/a/x', anything)],
  ['a check', ['read'], (view) => view.transact([{ type: 'check', path: '/a/new', expect: unwritten }])],
  [
    'a put step',
    ['write'],
    (view) => view.transact([{ type: 'put', path: '/a/x', entry: text('y'), expect: anything }]),
  ],
  ['a delete step', ['delete'], (view) => view.transact([{ type: 'delete', path: '/a/x', expect: anything }])],
  ['an append step', ['write'], (view) => view.transact([{ type: 'append', path: '/a/log', bodies: [] }])],
]

const subsets = all.reduce<readonly (readonly Permission[])[]>(
  (sets, permission) => [...sets, ...sets.map((set) => [...set, permission])],
  [[]],
)

describe('scoped() permits', () => {
  it.each(operations)('%s with exactly the permissions it needs', async (_name, needs, call) => {
    for (const permissions of subsets) {
      const { store, view } = await viewOf({ alias: '/a', target: '/t/1', permissions })
      await store.put('/t/1/x', row(1), absent)
      await store.append('/t/1/log', [Uint8Array.of(1)])
      const code = await outcomeOf(() => call(view))
      const granted = needs.every((need) => permissions.includes(need))
      // What the store itself refuses was let through.
      expect([permissions, code === 'denied']).toEqual([permissions, !granted])
      const untouched = (await store.get('/t/1/x')) as { info?: { version: string } }
      if (!granted) expect(untouched.info?.version).toMatch(/^1\./)
    }
  })

  it('nothing without a grant, and names only what the caller sent', async () => {
    const { store, view } = await viewOf({ alias: '/a', target: '/t/1', permissions: all })
    await write(store, '/b/x', '/t/2/x', '/t/1/x')
    for (const path of ['/b/x', '/t/1/x', '/t/2/x', '/ab', '/A/x']) {
      await expect(view.get(path)).rejects.toMatchObject({
        code: 'denied',
        retry: 'never',
        path,
        message: `Cannot get ${JSON.stringify(path)}: nothing is granted there`,
      })
      expect(view.capabilities(path)).toMatchObject({ backend: 'none', cas: 'none' })
    }
    await expect(scoped(store, []).list('/')).rejects.toMatchObject({ code: 'denied' })
  })

  it('what the longest alias grants, and an alias in an alias hides what the outer one has there', async () => {
    const { store, view } = await viewOf(
      { alias: '/', target: '/t/1', permissions: all },
      { alias: '/shared', target: '/common', permissions: ['read', 'list'] },
      { alias: '/shared/own', target: '/t/1/own', permissions: all },
    )
    await write(store, '/common/x', '/common/own/hidden', '/t/1/shared/hidden', '/t/1/own/y', '/t/1/z')
    expect(await pathsOf(view, '/')).toEqual(['/own/y', '/shared/own/y', '/shared/x', '/z'])
    expect(await pathsOf(view, '/', { depth: 'children' })).toEqual(['/own/', '/shared/', '/z'])
    await expect(view.put('/shared/x', text('y'), anything)).rejects.toMatchObject({
      message: 'Cannot put "/shared/x": "write" is not granted',
    })
    await view.put('/shared/own/new', text('y'), absent)
    expect(await store.get('/t/1/own/new')).toMatchObject({ state: 'live' })
    await expect(view.get('/shared/own')).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('a listing to show only aliases that may be listed', async () => {
    const { store, view } = await viewOf(
      { alias: '/open', target: '/t/1', permissions: ['list'] },
      { alias: '/closed', target: '/t/2', permissions: ['read', 'write', 'delete'] },
      { alias: '/open/secret', target: '/t/3', permissions: ['read'] },
    )
    await write(store, '/t/1/x', '/t/1/secret/hidden', '/t/2/x', '/t/3/x')
    expect(await pathsOf(view, '/')).toEqual(['/open/x'])
    expect(await pathsOf(view, '/', { depth: 'children' })).toEqual(['/open/'])
    expect(await pathsOf(view, '/open', { depth: 'children' })).toEqual(['/open/x'])
    await expect(view.list('/closed')).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('scoped() translates', () => {
  it('paths and cursors of listings and queries', async () => {
    const { store, view } = await viewOf({ alias: '/a', target: '/t/1', permissions: all })
    for (const [n, name] of ['x', 'y', 'z'].entries()) await store.put(`/t/1/${name}`, row(n), absent)
    const page = await view.list('/a', { limit: 2 })
    expect(page).toMatchObject({ items: [{ path: '/a/x' }, { path: '/a/y' }], next: { path: '/a/y' } })
    expect(await pathsOf(view, '/a', { after: page.next })).toEqual(['/a/z'])
    const rows = await view.query('/a', 'by_n', { limit: 1 })
    expect(rows).toMatchObject({ items: [{ path: '/a/x' }], next: { path: '/a/x', tuple: [0] } })
    expect((await view.query('/a', 'by_n', { after: rows.next })).items.map(({ path }) => path)).toEqual([
      '/a/y',
      '/a/z',
    ])
  })

  it('changes, over several aliases, and resumes them', async () => {
    const { store, view } = await viewOf(
      { alias: '/a', target: '/t/1', permissions: all },
      { alias: '/b', target: '/t/2', permissions: ['read', 'list'] },
      { alias: '/c', target: '/t/3', permissions: ['read'] },
    )
    const changes = take(view.watch('/'), 2)
    await write(store, '/t/3/unseen', '/t/1/x', '/t/11/x', '/t/2/y')
    const seen = await changes
    expect(seen.map((change) => ('path' in change ? change.path : change.type)).toSorted()).toEqual(['/a/x', '/b/y'])
    await write(store, '/t/2/z')
    expect(await take(view.watch('/', { after: seen.at(-1)?.cursor }), 1)).toMatchObject([{ path: '/b/z' }])
  })

  it('conflicts, with the winner only for those who may read', async () => {
    const { store, view } = await viewOf(
      { alias: '/a', target: '/t/1', permissions: all },
      { alias: '/blind', target: '/t/1', permissions: ['write', 'delete'] },
    )
    await write(store, '/t/1/x')
    const lost = await errorOf(() => view.put('/a/x', text('y'), absent))
    expect(lost).toBeInstanceOf(VersionMismatch)
    expect(lost).toMatchObject({ path: '/a/x', current: { state: 'live' } })
    const put = { type: 'put', path: '/blind/x', entry: text('y'), expect: absent } as const
    for (const call of [() => view.put('/blind/x', text('y'), absent), () => view.transact([put])]) {
      const blind = await errorOf(call)
      expect(blind).not.toBeInstanceOf(VersionMismatch)
      expect(blind).toMatchObject({ code: 'conflict', retry: 'safe', path: '/blind/x' })
      expect((blind as Error).cause).toBeUndefined()
      expect((blind as Error).message).toMatch(/"\/blind\/x": another version is there$/)
    }
  })

  it('transactions over several aliases of the one store', async () => {
    const { store, view } = await viewOf(
      { alias: '/a', target: '/t/1', permissions: all },
      { alias: '/b', target: '/t/2', permissions: all },
    )
    const put = (path: string) => ({ type: 'put', path, entry: text(path), expect: unwritten }) as const
    expect(await view.transact([put('/a/x'), put('/b/x')])).toHaveLength(2)
    expect(await pathsOf(store, '/t')).toEqual(['/t/1/x', '/t/2/x'])
    expect(await errorOf(() => view.transact([put('/a/y'), put('/b/x')]))).toMatchObject({ step: 1, path: '/b/x' })
    await expect(view.transact([put('/a/z'), put('/c/z')])).rejects.toMatchObject({ code: 'denied', path: '/c/z' })
    expect(await store.get('/t/1/z')).toEqual({ state: 'unwritten' })
  })

  it('limits of path bytes, to the byte', async () => {
    const store = await MemoryFilesystem.open({ limits: { pathBytesMax: 12 } })
    const view = scoped(store, [{ alias: '/é', target: '/t/1234', permissions: all }])
    expect(view.capabilities('/é/x').limits.pathBytesMax).toBe(8)
    await view.put('/é/1234', text('x'), absent)
    await expect(view.put('/é/12345', text('x'), absent)).rejects.toMatchObject({ code: 'too-large' })
    expect(await pathsOf(store, '/')).toEqual(['/t/1234/1234'])
  })
})

describe('scoped() leaves to the owner of the store', () => {
  it('its end: closing the view ends the view and its watches only', async () => {
    const { store, view } = await viewOf({ alias: '/a', target: '/t/1', permissions: all })
    const pending = errorOf(() => view.watch('/a')[Symbol.asyncIterator]().next())
    await view.close()
    await view[Symbol.asyncDispose]()
    expect(await pending).toMatchObject({ code: 'closed' })
    await expect(view.get('/a/x')).rejects.toMatchObject({ code: 'closed' })
    await expect(view.get('/b/x')).rejects.toMatchObject({ code: 'closed' })
    expect(await store.get('/t/1/x')).toEqual({ state: 'unwritten' })
  })

  it('its housekeeping', async () => {
    const { view } = await viewOf({ alias: '/', target: '/t/1', permissions: all })
    expect(view.capabilities('/').maintain).toBe(false)
    await expect(view.maintain()).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('the grants: malformed and repeated ones are refused', async () => {
    const store = await MemoryFilesystem.open()
    const grants = [
      { alias: 'a', target: '/t', permissions: all },
      { alias: '/a', target: '/t/../u', permissions: all },
      { alias: '/a', target: '/t', permissions: ['execute' as Permission] },
    ]
    for (const grant of grants) {
      expect(() => scoped(store, [grant])).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    }
    const twice = { alias: '/a', target: '/t', permissions: all }
    expect(() => scoped(store, [twice, twice])).toThrow('Cannot grant "/a": it is granted twice')
  })
})

async function take(changes: AsyncIterable<Change>, count: number): Promise<Change[]> {
  const taken: Change[] = []
  for await (const change of changes) if (taken.push(change) === count) break
  return taken
}

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return undefined
}

async function outcomeOf(call: () => unknown): Promise<unknown> {
  return ((await errorOf(call)) as { code?: unknown } | undefined)?.code
}
