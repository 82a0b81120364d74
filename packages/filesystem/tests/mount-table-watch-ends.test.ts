import {
  absent,
  type Filesystem,
  type Grant,
  MemoryFilesystem,
  mountTable,
  observed,
  PlainFilesystem,
  scoped,
} from '@latchless/filesystem'
import { describe, expect, it, vi } from 'vitest'
import { temporaryDirectory, temporaryStore } from './local/fixture.ts'

const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }
const all: Grant['permissions'] = ['read', 'list', 'write', 'delete']

/** A store that counts its watches that were begun and not ended. */
function watched(store: Filesystem) {
  const watches = { begun: 0, open: 0 }
  const counting = observed(store, {
    operationStarted: (operation) => {
      if (operation !== 'watch') return
      watches.begun += 1
      watches.open += 1
    },
    operationEnded: ({ operation }) => {
      if (operation === 'watch') watches.open -= 1
    },
    attemptEnded: () => {},
    updateWaited: () => {},
    updateEnded: () => {},
  })
  return { counting, watches }
}

describe('A watch over several mounts or grants ends its watches below', () => {
  it('when its reader leaves the loop', async () => {
    const { filesystem } = await temporaryStore({ durability: 'process' })
    const { counting, watches } = watched(filesystem)
    const table = mountTable([
      { at: '/', filesystem: counting },
      { at: '/b', filesystem: await MemoryFilesystem.open() },
    ])
    for (let round = 1; round <= 3; round++) {
      const changes = table.watch('/')[Symbol.asyncIterator]()
      const first = changes.next()
      await table.put(`/${round}`, entry, absent)
      expect(await first).toMatchObject({ value: { path: `/${round}` } })
      await changes.return?.()
    }
    await vi.waitFor(() => expect(watches).toEqual({ begun: 3, open: 0 }))
  })

  it('when a gap of one starts the others anew', async () => {
    const { counting, watches } = watched(await MemoryFilesystem.open())
    const table = mountTable([
      { at: '/', filesystem: counting },
      { at: '/b', filesystem: await MemoryFilesystem.open() },
    ])
    for await (const change of table.watch('/', { after: '' })) if (change.type === 'gap') break
    await vi.waitFor(() => expect(watches.open).toBe(0))
  })

  it('when one of them cannot begin', async () => {
    const { counting, watches } = watched(await MemoryFilesystem.open())
    const table = mountTable([
      { at: '/', filesystem: counting },
      { at: '/p', filesystem: await PlainFilesystem.open({ root: await temporaryDirectory() }) },
    ])
    await expect(table.watch('/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'unsupported' })
    await vi.waitFor(() => expect(watches).toEqual({ begun: 1, open: 0 }))
  })

  it.each([
    ['one grant', [{ alias: '/', target: '/t', permissions: all }]],
    [
      'two grants',
      [
        { alias: '/', target: '/t', permissions: all },
        { alias: '/b', target: '/u', permissions: all },
      ],
    ],
  ])('when a view of %s is closed inside of the loop', async (_what, grants) => {
    const { counting, watches } = watched(await MemoryFilesystem.open())
    const view = scoped(counting, grants)
    const loop = async () => {
      for await (const _ of view.watch('/')) await view.close()
    }
    const ended = loop()
    await view.put('/a', entry, absent)
    await expect(ended).rejects.toMatchObject({ code: 'closed' })
    await vi.waitFor(() => expect(watches.open).toBe(0))
    expect(watches.begun).toBe(grants.length)
  })

  it('when what it tells lies outside of the grant', async () => {
    const store = await MemoryFilesystem.open()
    const straying = new Proxy(store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (name === 'watch') return () => target.watch('/')
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
    const { counting, watches } = watched(straying)
    const view = scoped(counting, [{ alias: '/', target: '/t', permissions: all }])
    const next = view.watch('/')[Symbol.asyncIterator]().next()
    await store.put('/elsewhere', entry, absent)
    await expect(next).rejects.toMatchObject({ code: 'corrupt', path: '/' })
    await vi.waitFor(() => expect(watches.open).toBe(0))
  })
})
