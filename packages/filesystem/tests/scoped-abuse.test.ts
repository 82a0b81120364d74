import { inspect } from 'node:util'
import {
  absent,
  anything,
  CompactedError,
  type Filesystem,
  FilesystemError,
  MemoryFilesystem,
  type Permission,
  scoped,
  unsupported,
} from '@latchless/filesystem'
import { FaultScript, faulty, InterceptedFilesystem } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const all: readonly Permission[] = ['read', 'list', 'write', 'delete']
const text = (body: string) => ({ body: new TextEncoder().encode(body), contentType: 'text/plain' })
const secret = 'acme-corp'
const target = `/tenants/${secret}/notes`

/** Every operation on a path. */
const operations: readonly [string, (view: Filesystem, path: string) => unknown][] = [
  ['get', (view, path) => view.get(path)],
  ['put', (view, path) => view.put(path, text('x'), anything)],
  ['delete', (view, path) => view.delete(path, anything)],
  ['list', (view, path) => view.list(path)],
  ['query', (view, path) => view.query(path, 'by_n')],
  ['append', (view, path) => view.append(path, [Uint8Array.of(1)])],
  ['read', (view, path) => view.read(path)],
  ['trim', (view, path) => view.trim(path, 1)],
  ['transact', (view, path) => view.transact([{ type: 'put', path, entry: text('x'), expect: anything }])],
  ['history', (view, path) => view.history(path)],
  ['getVersion', (view, path) => view.getVersion(path, 1)],
  ['watch', (view, path) => view.watch(path)[Symbol.asyncIterator]().next()],
]

/** Fails every call with what it is given. */
class FailingStore extends InterceptedFilesystem {
  static async open(errorFor: (operation: string, path: string) => unknown): Promise<Filesystem> {
    const fail = (operation: string, path: string) => {
      throw errorFor(operation, path)
    }
    return new this(await MemoryFilesystem.open(), async (call) => fail(call.operation, call.path), {
      watch: (prefix) => fail('watch', prefix),
    })
  }
}

/** All that somebody can print of an error, causes and hidden members included. */
function printed(error: unknown): string {
  const texts: string[] = []
  for (let each = error; each instanceof Error; each = each.cause) {
    const members = Object.fromEntries(Reflect.ownKeys(each).map((key) => [key, Reflect.get(each, key) as unknown]))
    members['stack'] = each.stack?.split('\n    at ')[0]
    texts.push(String(each), inspect({ ...members, cause: undefined }, { depth: 9, showHidden: true }))
  }
  return texts.join('\n')
}

async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return undefined
}

describe('scoped() against somebody who wants out', () => {
  it.each([
    ['a parent segment', '/notes/../other'],
    ['parent segments to the root', '/notes/../../../etc'],
    ['a self segment', '/notes/./x'],
    ['an empty segment', '/notes//x'],
    ['a separator at the end', '/notes/'],
    ['a relative path', 'notes/x'],
    ['the empty path', ''],
    ['a NUL', '/notes/x\u0000'],
    ['a line break', '/notes/x\n'],
    ['a backslash', '/notes\\..\\other'],
    ['a lone surrogate', '/notes/\ud800'],
    ['a decomposed letter', '/notes/e\u0301'],
    ['10 kB', `/notes/${'x'.repeat(10_000)}`],
  ])('B1: refuses %s in every operation, and the store is not asked', async (_what, path) => {
    const script = new FaultScript()
    const view = scoped(faulty(await MemoryFilesystem.open(), script), [{ alias: '/notes', target, permissions: all }])
    for (const [name, call] of operations) {
      const error = await errorOf(() => call(view, path))
      expect([name, (error as FilesystemError).code]).toEqual([
        name,
        path.length > 1000 ? 'too-large' : 'invalid-argument',
      ])
      expect(printed(error)).not.toContain(secret)
    }
    expect(script.calls).toEqual([])
  })

  it('B1: takes encoded separators, device names and twins in case for names like any other, each its own', async () => {
    const store = await MemoryFilesystem.open()
    const view = scoped(store, [{ alias: '/notes', target, permissions: all }])
    const names = ['%2e%2e', '..%2fother', '%2Fetc', 'CON', 'a:stream', 'é', 'É', 'A', 'a', '...', '~', '\u2215']
    for (const name of names) await view.put(`/notes/${name}`, text(name), absent)
    const { items } = await store.list('/')
    expect(items.map(({ path }) => path).toSorted()).toEqual(names.map((name) => `${target}/${name}`).toSorted())
  })

  it('B6: compares prefixes at the separator, of aliases, of targets and of what the store answers', async () => {
    const store = await MemoryFilesystem.open()
    const view = scoped(store, [{ alias: '/notes', target, permissions: all }])
    await store.put(`${target}-other/x`, text('x'), absent)
    await store.put(target, text('at the target itself'), absent)
    for (const [, call] of operations) {
      expect(await errorOf(() => call(view, '/notes-other/x'))).toMatchObject({ code: 'denied' })
    }
    expect(await view.list('/notes')).toEqual({ items: [] })
    expect((await view.list('/', { depth: 'children' })).items).toEqual([])
    await expect(view.get('/notes')).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('B6: refuses what a store answers from elsewhere, without naming it', async () => {
    class Stray extends InterceptedFilesystem {
      override async list() {
        return { items: [{ path: `${target}-other/x`, directory: false }], next: { path: `/tenants/${secret}` } }
      }
    }
    const view = scoped(new Stray(await MemoryFilesystem.open(), (_call, proceed) => proceed()), [
      { alias: '/notes', target, permissions: all },
    ])
    const error = await errorOf(() => view.list('/notes'))
    expect(error).toMatchObject({ code: 'corrupt', path: '/notes' })
    expect(printed(error)).not.toContain(secret)
  })

  it('refuses a cursor from elsewhere and never follows it', async () => {
    const script = new FaultScript()
    const view = scoped(faulty(await MemoryFilesystem.open(), script), [{ alias: '/notes', target, permissions: all }])
    for (const path of [`${target}/x`, '/tenants', '/notes/../x', 'x', '/notes-other']) {
      await expect(view.list('/notes', { after: { path } })).rejects.toMatchObject({ code: 'invalid-argument' })
      const after = { path, tuple: [1] }
      await expect(view.query('/notes', 'by_n', { after })).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(script.calls).toEqual([])
  })

  it('answers a cursor of another view with what its own view has', async () => {
    const store = await MemoryFilesystem.open()
    const mine = scoped(store, [{ alias: '/notes', target, permissions: all }])
    const other = scoped(store, [{ alias: '/notes', target: '/tenants/other', permissions: all }])
    const theirs = other.watch('/notes')[Symbol.asyncIterator]().next()
    await other.put('/notes/a', text('a'), absent)
    await mine.put('/notes/b', text('b'), absent)
    const { value } = await theirs
    const cursor = (value as { cursor: string }).cursor
    expect(Buffer.from(cursor, 'base64url').toString() + cursor).not.toContain('tenants')
    const seen = await mine.watch('/notes', { after: cursor })[Symbol.asyncIterator]().next()
    expect(seen.value).toMatchObject({ type: 'put', path: '/notes/b' })
  })
})

describe('B8: an error of a view', () => {
  const grants = [
    { alias: '/notes', target, permissions: all },
    { alias: '/inbox', target: `/tenants/${secret}/mail`, permissions: all },
  ]
  const failures: readonly [string, (operation: string, path: string) => unknown][] = [
    ['that names the path', (operation, path) => unsupported('memory', operation, path)],
    [
      'that names another path of the tenant',
      (operation) => new FilesystemError('corrupt', `Cannot ${operation} "/tenants/${secret}/keys": it is torn`, {}),
    ],
    [
      'that names the tenant',
      (operation, path) =>
        new FilesystemError('unavailable', `Cannot ${operation} "${path}": schema ${secret.toUpperCase()} is busy`, {
          path,
          operation,
          retry: 'unknown',
        }),
    ],
    [
      'with causes that name files and the tenant',
      (operation, path) => {
        const disk = Object.assign(new Error(`ENOSPC: no space, open '/var/lib/${secret}/v/1'`), {
          code: 'ENOSPC',
          path: `/var/lib/${secret}/v/1`,
        })
        const cause = new FilesystemError('unavailable', `Cannot ${operation} "${path}": it is full`, {
          path,
          cause: disk,
        })
        return new FilesystemError('unavailable', `Cannot ${operation} "${path}": the disk failed`, { path, cause })
      },
    ],
    ['of what was pruned', (operation, path) => new CompactedError(operation, path, `the log ${path} was trimmed`, 7)],
    ['that is of another class', (_operation, path) => new TypeError(`Cannot read property of ${path}`)],
    ['that is of no class of ours', (_operation, path) => Object.assign(new Error(path), { tenant: secret })],
  ]

  it.each(failures)('%s tells the caller no path outside of the view', async (_what, errorFor) => {
    const view = scoped(await FailingStore.open(errorFor), grants)
    for (const [name, call] of operations) {
      const error = await errorOf(() => call(view, '/notes/x'))
      expect(error, name).toBeInstanceOf(Error)
      expect(printed(error).toLowerCase(), name).not.toContain(secret)
      expect(printed(error), name).not.toMatch(/tenants|\/var\//)
    }
  })

  it('keeps its code, its class, its retry and what may be told of its causes', async () => {
    const byName = new Map(failures)
    const failing = async (name: string) => {
      const view = scoped(await FailingStore.open(byName.get(name) ?? expect.fail(name)), grants)
      return errorOf(() => view.get('/notes/x'))
    }
    expect(await failing('with causes that name files and the tenant')).toMatchObject({
      name: 'FilesystemError',
      code: 'unavailable',
      path: '/notes/x',
      message: 'Cannot get "/notes/x": the disk failed',
      cause: { name: 'FilesystemError', code: 'unavailable', cause: { code: 'ENOSPC' } },
    })
    expect(await failing('that names the tenant')).toMatchObject({
      retry: 'unknown',
      message: 'Cannot get "/notes/x": the store behind the view failed',
    })
    const compacted = await failing('of what was pruned')
    expect(compacted).toBeInstanceOf(CompactedError)
    expect(compacted).toMatchObject({ oldest: 7, path: '/notes/x', code: 'compacted' })
    expect(await failing('that is of another class')).toBeInstanceOf(TypeError)
  })

  it('keeps the reason that the caller gave', async () => {
    const view = scoped(await MemoryFilesystem.open(), grants)
    const reason = new Error('Cannot wait for /notes/x')
    const signal = AbortSignal.abort(reason)
    const error = await errorOf(() => view.get('/notes/x', { signal }))
    expect(error).toMatchObject({ code: 'aborted', path: '/notes/x' })
    expect((error as Error).cause).toBe(reason)
  })

  it('does not tell whether something exists where nothing is granted', async () => {
    const store = await MemoryFilesystem.open()
    const view = scoped(store, grants)
    await store.put('/there', text('x'), absent)
    for (const [name, call] of operations) {
      const messages = await Promise.all(
        ['/there', '/not-there'].map(async (path) => {
          const error = (await errorOf(() => call(view, path))) as FilesystemError
          return `${error.code} ${error.message.replace(path, '')}`
        }),
      )
      expect(messages[0], name).toBe(messages[1])
    }
  })

  it('counts the bytes of the path that the caller sent', async () => {
    const view = scoped(await MemoryFilesystem.open(), grants)
    const { pathBytesMax } = view.capabilities('/notes/x').limits
    const path = '/notes'.padEnd(pathBytesMax + 1, `/${'x'.repeat(148)}`)
    const error = await errorOf(() => view.get(path))
    expect((error as Error).message).toContain(`its ${pathBytesMax + 1} bytes exceed the path limit of ${pathBytesMax}`)
  })
})
