import {
  absent,
  anything,
  type Capabilities,
  type Filesystem,
  type ListOptions,
  MemoryFilesystem,
  type MemoryOptions,
  MountRefused,
  mountTable,
  unwritten,
  VersionMismatch,
} from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'
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

async function pathsOf(store: Filesystem, prefix: string, options: ListOptions = {}): Promise<string[]> {
  const paths: string[] = []
  let after = options.after
  do {
    const page = await store.list(prefix, { ...options, after })
    paths.push(...page.items.map(({ path, directory }) => (directory ? `${path}/` : path)))
    after = page.next
  } while (after)
  return paths
}

/** Memory that declares something else. */
async function declaring(capabilities: Partial<Capabilities>): Promise<Filesystem> {
  class Declaring extends InterceptedFilesystem {
    override capabilities(path: string): Capabilities {
      return { ...super.capabilities(path), ...capabilities }
    }
  }
  return new Declaring(await MemoryFilesystem.open(), (_call, proceed) => proceed())
}

describe('mountTable() routes a path', () => {
  it('to the longest mount point at a segment boundary, which sees the path below it', async () => {
    const { table, stores } = await mounted('/', '/a', '/a/b')
    await write(table, '/x', '/a/x', '/ab/x', '/a/bc', '/a/b/x')
    expect(await Promise.all(stores.map((store) => pathsOf(store, '/')))).toEqual([
      ['/ab/x', '/x'],
      ['/bc', '/x'],
      ['/x'],
    ])
  })

  it('to nothing where nothing is mounted: unsupported, and no store is asked', async () => {
    const { table } = await mounted('/a', '/b')
    const message = 'Cannot put "/ab/x": nothing is mounted there'
    await expect(table.put('/ab/x', text('x'), absent)).rejects.toMatchObject({ code: 'unsupported', message })
    await expect(table.list('/c')).rejects.toMatchObject({ code: 'unsupported' })
    expect(table.capabilities('/some/unmounted')).toMatchObject({
      backend: 'none',
      cas: 'none',
      query: 'none',
      log: false,
      transact: false,
      watch: false,
      maintain: false,
      history: false,
    })
    expect(table.capabilities('/a/x').backend).toBe('memory')
  })

  it('and stores nothing at a mount point itself', async () => {
    const { table } = await mounted('/', '/a')
    const refused = { code: 'invalid-argument', path: '/a' }
    await expect(table.put('/a', text('x'), absent)).rejects.toMatchObject(refused)
    await expect(table.get('/a')).rejects.toMatchObject(refused)
    await expect(table.append('/a', [Uint8Array.of(1)])).rejects.toMatchObject(refused)
  })

  it('with the limit of path bytes that the mounted store has, less or more by the mount point', async () => {
    const limits: MemoryOptions['limits'] = { pathBytesMax: 10 }
    const table = mountTable([{ at: '/mnt', filesystem: await MemoryFilesystem.open({ limits }) }])
    expect(table.capabilities('/mnt/x').limits.pathBytesMax).toBe(14)
    const longest = '/mnt/123456789'
    await write(table, longest)
    expect(await table.get(longest)).toMatchObject({ state: 'live' })
    const error = await table.put(`${longest}0`, text('x'), absent).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'too-large' })
    expect((error as Error).message).toContain('15 bytes exceed the path limit of 14')
  })

  it('and gives errors the path that the caller used, with the original as their cause', async () => {
    const { table, stores } = await mounted('/', '/a')
    await write(table, '/a/x')
    const lost = await table.put('/a/x', text('y'), unwritten).catch((error: unknown) => error)
    expect(lost).toBeInstanceOf(VersionMismatch)
    expect(lost).toMatchObject({ path: '/a/x', current: { state: 'live' } })
    expect((lost as Error).message).toMatch(/^Cannot put "\/a\/x": expected /)
    const invalid = await table.put('/a/x', { ...text('y'), kind: 'No' }, anything).catch((error: unknown) => error)
    expect(invalid).toMatchObject({ code: 'invalid-argument', path: '/a/x', cause: { path: '/x' } })
    await stores[1].append('/log', [Uint8Array.of(1), Uint8Array.of(2)])
    await stores[1].trim('/log', 2)
    const compacted = await table.read('/a/log', { after: 0 }).catch((error: unknown) => error)
    expect(compacted).toMatchObject({ code: 'compacted', path: '/a/log', oldest: 2 })
    expect((compacted as Error).message).toMatch(/"\/a\/log": entries .* were trimmed, the oldest retained one is 2$/)
  })
})

describe('mountTable() refuses', () => {
  it.each([
    [{ cas: 'records' }, { cas: 'record' }, 'cas records (found record)'],
    [{ cas: 'record' }, { cas: 'unknown' }, 'cas record (found unknown)'],
    [{ durability: 'disk' }, { durability: 'process' }, 'durability disk (found process)'],
    [{ query: 'index' }, { query: 'scan' }, 'query index (found scan)'],
    [{ query: 'scan', log: true }, { query: 'none', log: false }, 'query scan (found none), log true (found false)'],
  ] as const)('a store that lacks what its mount requires: %j of %j', async (requires, capabilities, list) => {
    const filesystem = await declaring(capabilities)
    const refusal = catchError(() => mountTable([{ at: '/m', filesystem, requires }]))
    expect(refusal).toBeInstanceOf(MountRefused)
    expect(refusal).toMatchObject({ code: 'unsupported', path: '/m' })
    expect((refusal as Error).message).toBe(`Cannot mount "/m": the memory backend lacks ${list}`)
    expect((refusal as MountRefused).missing.map(({ capability }) => capability)).toEqual(Object.keys(requires))
  })

  it.each([
    [{ cas: 'record' }, { cas: 'records' }],
    [{ cas: 'none' }, { cas: 'unknown' }],
    [{ durability: 'process' }, { durability: 'disk' }],
    [{ query: 'scan' }, { query: 'index' }],
    [{ watch: false }, { watch: true }],
  ] as const)('nothing that is at least as good as required: %j of %j', async (requires, capabilities) => {
    const filesystem = await declaring(capabilities)
    expect(mountTable([{ at: '/m', filesystem, requires }])).toBeDefined()
  })

  it('a repeated or malformed mount point', async () => {
    const filesystem = await MemoryFilesystem.open()
    const table = (...points: string[]) => catchError(() => mountTable(points.map((at) => ({ at, filesystem }))))
    expect(table('/a', '/a')).toMatchObject({ code: 'invalid-argument', path: '/a' })
    for (const at of ['a', '/a/', '/a/../b', '']) expect(table(at)).toMatchObject({ code: 'invalid-argument' })
  })
})

describe('list() of a mount table', () => {
  it.each(['ascending', 'descending'] as const)('merges pages of every size in path order, %s', async (order) => {
    const { table, stores } = await mounted('/', '/b', '/b/c', '/é')
    await write(stores[0], '/a', '/b', '/b-x', '/b/hidden', '/b/c/hidden', '/c', '/z')
    await write(table, '/b/a', '/b/c/1', '/b/c/2', '/b/d', '/é/1')
    const all = ['/a', '/b-x', '/b/a', '/b/c/1', '/b/c/2', '/b/d', '/c', '/z', '/é/1']
    const expected = order === 'ascending' ? all : all.toReversed()
    for (const limit of [1, 2, 3, 4, 100]) expect(await pathsOf(table, '/', { order, limit })).toEqual(expected)
    expect(await pathsOf(table, '/b')).toEqual(['/b/a', '/b/c/1', '/b/c/2', '/b/d'])
    for (const path of all) {
      const rest = expected.slice(expected.indexOf(path) + 1)
      expect(await pathsOf(table, '/', { order, limit: 2, after: { path } })).toEqual(rest)
    }
  })

  it('shows mount points as directories where something live is below, and hides what they hide', async () => {
    const { table, stores } = await mounted('/', '/b', '/deep/er/mount', '/empty')
    await write(stores[0], '/a', '/b', '/deep', '/deep/er/mount/hidden', '/empty/hidden', '/z/1')
    const children = (limit: number, order: 'ascending' | 'descending' = 'ascending') =>
      pathsOf(table, '/', { depth: 'children', limit, order })
    expect(await children(100)).toEqual(['/a', '/deep', '/z/'])
    await write(table, '/b/1', '/deep/er/mount/1')
    expect(await children(100)).toEqual(['/a', '/b/', '/deep/', '/z/'])
    expect(await children(1)).toEqual(['/a', '/b/', '/deep/', '/z/'])
    expect(await children(1, 'descending')).toEqual(['/z/', '/deep/', '/b/', '/a'])
    expect(await pathsOf(table, '/deep', { depth: 'children' })).toEqual(['/deep/er/'])
    const { items } = await table.list('/', { depth: 'children' })
    expect(items.map(({ head }) => head?.state)).toEqual(['live', undefined, 'live', undefined])
  })

  it('works where nothing is mounted at the root', async () => {
    const { table } = await mounted('/t/a', '/t/b')
    await write(table, '/t/a/1', '/t/b/1')
    expect(await pathsOf(table, '/', { limit: 1 })).toEqual(['/t/a/1', '/t/b/1'])
    expect(await pathsOf(table, '/', { depth: 'children', limit: 1 })).toEqual(['/t/'])
    expect(await pathsOf(table, '/t', { depth: 'children', limit: 1 })).toEqual(['/t/a/', '/t/b/'])
  })

  it('keeps to the smallest page of the stores it spans', async () => {
    const small = await MemoryFilesystem.open({ limits: { pageSizeMax: 2 } })
    const table = mountTable([
      { at: '/', filesystem: await MemoryFilesystem.open() },
      { at: '/s', filesystem: small },
    ])
    await write(table, '/a', '/b', '/s/1', '/s/2', '/s/3')
    expect((await table.list('/')).items).toHaveLength(2)
    expect(await pathsOf(table, '/')).toEqual(['/a', '/b', '/s/1', '/s/2', '/s/3'])
    await expect(table.list('/', { limit: 3 })).rejects.toMatchObject({ code: 'too-large' })
  })
})

describe('query() of a mount table', () => {
  it('is of one collection of one mount, with paths and cursors of the table', async () => {
    const { table, stores } = await mounted('/', '/m', '/m/inner')
    const row = (n: number) => ({ ...text(''), kind: 'row', schemaVersion: 1, tuples: { by_n: [n] } })
    for (const [n, name] of ['c', 'b', 'a'].entries()) await table.put(`/m/${name}`, row(n), absent)
    await stores[1].put('/inner', row(1), absent)
    const first = await table.query('/m', 'by_n', { limit: 1 })
    expect(first).toMatchObject({ items: [{ path: '/m/c' }], next: { path: '/m/c', tuple: [0] } })
    const rest = await table.query('/m', 'by_n', { after: first.next })
    expect(rest.items.map(({ path }) => path)).toEqual(['/m/b', '/m/a'])
    const after = { tuple: [0], path: '/elsewhere/c' }
    await expect(table.query('/m', 'by_n', { after })).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

describe('transact() of a mount table', () => {
  const put = (path: string) => ({ type: 'put', path, entry: text(path), expect: unwritten }) as const

  it('is of one mount', async () => {
    const { table, stores } = await mounted('/', '/m')
    expect(await table.transact([put('/m/a'), put('/m/b')])).toHaveLength(2)
    expect(await pathsOf(stores[1], '/')).toEqual(['/a', '/b'])
  })

  it('over several mounts is unsupported, and nothing is written', async () => {
    const { table } = await mounted('/', '/m')
    const error = await table.transact([put('/x'), put('/m/x')]).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'unsupported', retry: 'never' })
    expect((error as Error).message).toContain('"/x" and "/m/x" are of different mounts')
    expect(await pathsOf(table, '/', { deleted: true })).toEqual([])
  })

  it('names the step that lost by its path in the table', async () => {
    const { table } = await mounted('/', '/m')
    await write(table, '/m/b')
    const lost = await table.transact([put('/m/a'), put('/m/b')]).catch((error: unknown) => error)
    expect(lost).toBeInstanceOf(VersionMismatch)
    expect(lost).toMatchObject({ step: 1, path: '/m/b' })
    expect((lost as Error).message).toContain('"/m/b"')
  })
})

function catchError(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
