import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  absent,
  anything,
  type Change,
  type Filesystem,
  FilesystemError,
  MemoryFilesystem,
  scoped,
} from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'
import { temporaryStore } from './local/fixture.ts'

const secret = 'topsecretname'
const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }

/** `/a/b` of the view leads elsewhere, so that the holder may not know what `/x/b` has. */
function viewOf(store: Filesystem): Filesystem {
  return scoped(store, [
    { alias: '/a', target: '/x', permissions: ['read', 'list', 'write'] },
    { alias: '/a/b', target: '/y', permissions: ['write'] },
  ])
}

async function damagedStore(...damaged: string[]) {
  const { root, filesystem } = await temporaryStore({ watchIntervalMs: 5 })
  for (const path of ['/x/a', `/x/b/${secret}`, '/x/b', '/x/c']) await filesystem.put(path, entry, absent)
  for (const path of damaged) await writeFile(join(root, `records${path}/+record/v/1`), 'bytes of somebody else')
  return { root, store: filesystem, view: viewOf(filesystem) }
}

async function errorOf(call: Promise<unknown>): Promise<FilesystemError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FilesystemError) return error
  throw new Error(`Cannot go on: expected a FilesystemError, found ${String(error)}`)
}

/** The changes up to one that is told of this path. */
async function until(changes: AsyncIterator<Change, unknown>, path: string): Promise<string[]> {
  for (const told: string[] = []; ;) {
    const { value, done } = await changes.next()
    const change = value as Change
    if (done) return told
    told.push(change.type === 'gap' ? 'gap' : `${change.type} ${change.path}`)
    if (change.type !== 'gap' && change.path === path) return told
  }
}

describe('A damaged record that is hidden from a view', () => {
  it.each(['ascending', 'descending'] as const)('costs its listings nothing and is not named, %s', async (order) => {
    const { view } = await damagedStore('/x/b', `/x/b/${secret}`)
    for (const limit of [1, 2, 100]) {
      const found: string[] = []
      let after: { path: string } | undefined
      do {
        const page = await view.list('/a', { order, limit, after })
        found.push(...page.items.map(({ path }) => path))
        expect(JSON.stringify(page)).not.toContain(secret)
        after = page.next
      } while (after)
      expect(found).toEqual(order === 'ascending' ? ['/a/a', '/a/c'] : ['/a/c', '/a/a'])
    }
    const { items } = await view.list('/a', { order, depth: 'children' })
    expect(items.map(({ path }) => path).toSorted()).toEqual(['/a/a', '/a/c'])
  })

  it('is beside one that is not hidden, which is named', async () => {
    const { view } = await damagedStore(`/x/b/${secret}`, '/x/c')
    const page = await view.list('/a')
    expect(page).toMatchObject({ items: [{ path: '/a/a' }], next: { path: '/a/a' } })
    await expect(view.list('/a', { after: page.next })).rejects.toMatchObject({ code: 'corrupt', path: '/a/c' })
    expect(await view.list('/a', { after: { path: '/a/c' } })).toEqual({ items: [] })
  })

  it('does not end a watch that lists the heads', async () => {
    const { store, view } = await damagedStore(`/x/b/${secret}`)
    const changes = view.watch('/a', { after: 'too old' })[Symbol.asyncIterator]()
    const told = await until(changes, '/a/c')
    expect(new Set(told)).toEqual(new Set(['gap', 'put /a/a', 'put /a/c']))
    expect(told.at(-1)).toBe('put /a/c')
    await store.put('/x/d', entry, absent)
    expect(await until(changes, '/a/d')).toEqual(['put /a/d'])
    await changes.return?.()
  })

  it('does not end a watch that meets it later, and what is written meanwhile is told', async () => {
    const { root, store, view } = await damagedStore()
    const changes = view.watch('/a')[Symbol.asyncIterator]()
    const first = until(changes, '/a/d')
    await view.put('/a/d', entry, absent)
    await first
    // Version 2 appears, and is damaged.
    await writeFile(join(root, `records/x/b/${secret}/+record/v/2`), 'bytes of somebody else')
    const told = until(changes, '/a/c')
    expect(await told).toContain('gap')
    await store.put('/x/e', entry, absent)
    expect((await until(changes, '/a/e')).at(-1)).toBe('put /a/e')
    await changes.return?.()
  })

  it('is not named by the error of a query that meets it', async () => {
    const { view } = await damagedStore('/x/b')
    const error = await errorOf(view.query('/a', 'by_n'))
    expect(error).toMatchObject({ code: 'corrupt', path: '/a' })
    expect(error.cause).toBeUndefined()
    expect(error.message).toBe('Cannot query "/a": the store failed at a path that is hidden here')
  })

  it('is not named by any other error of the store', async () => {
    for (const code of ['unavailable', 'too-large', 'corrupt', 'key-missing'] as const) {
      const store = new InterceptedFilesystem(await MemoryFilesystem.open(), async () => {
        const path = `/x/b/${secret}`
        const cause = new Error(`${secret} is to blame`)
        throw new FilesystemError(code, `Cannot get "${path}": ${secret} failed`, { path, operation: 'get', cause })
      })
      for (const call of [viewOf(store).list('/a'), viewOf(store).query('/a', 'by_n'), viewOf(store).get('/a/x')]) {
        const error = await errorOf(call)
        expect(error.code).toBe(code)
        expect([error.message, error.path, String(error.cause), error.stack].join()).not.toContain(secret)
      }
    }
  })
})

it('A record that is hidden from a view is in no cursor of its queries', async () => {
  const store = await MemoryFilesystem.open()
  const view = viewOf(store)
  const row = (...tuple: string[]) => ({ ...entry, kind: 'row', schemaVersion: 1, tuples: { by_n: tuple } })
  await store.put('/x/a', row('1'), anything)
  await store.put('/x/b', row('2', secret), anything)
  await store.put('/x/c', row('3'), anything)
  for (const order of ['ascending', 'descending'] as const) {
    const found: string[] = []
    let after
    do {
      const page = await view.query('/a', 'by_n', { limit: 1, order, after })
      expect(JSON.stringify(page)).not.toContain(secret)
      expect(page.items).toHaveLength(1)
      found.push(...page.items.map(({ path }) => path))
      after = page.next
    } while (after)
    expect(found.toSorted()).toEqual(['/a/a', '/a/c'])
  }
})
