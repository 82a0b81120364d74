import {
  absent,
  anything,
  encrypted,
  type Entry,
  type Filesystem,
  Keyring,
  MemoryFilesystem,
} from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'
import { testKey } from './support/encrypted-subjects.ts'

const row = (n: number): Entry => ({
  body: Uint8Array.of(n),
  contentType: 'text/plain',
  kind: 'row',
  schemaVersion: 1,
  tuples: { by_n: [n] },
})

async function setUp() {
  const below = await MemoryFilesystem.open()
  return { below, store: encrypted(below, new Keyring({ active: 'k', keys: { k: testKey } })) }
}

/** `/c/2` holds a body that was never sealed. */
async function tampered() {
  const { below, store } = await setUp()
  for (const n of [1, 2, 3]) await store.put(`/c/${n}`, row(n), absent)
  await below.put('/c/2', row(2), anything)
  return store
}

async function paths(page: ReturnType<Filesystem['list'] | Filesystem['query']>): Promise<string[]> {
  return (await page).items.map(({ path }) => path)
}

describe('A body that does not open costs a page of encrypted() nothing but itself', () => {
  it.each(['ascending', 'descending'] as const)('in list and query, %s', async (order) => {
    const store = await tampered()
    const [first, last] = order === 'ascending' ? [1, 3] : [3, 1]
    const listed = await store.list('/c', { bodies: true, order })
    expect(listed).toMatchObject({ items: [{ path: `/c/${first}` }], next: { path: `/c/${first}` } })
    const damaged = { code: 'corrupt', path: '/c/2' }
    await expect(store.list('/c', { bodies: true, order, after: listed.next })).rejects.toMatchObject(damaged)
    expect(await paths(store.list('/c', { bodies: true, order, after: { path: '/c/2' } }))).toEqual([`/c/${last}`])
    const found = await store.query('/c', 'by_n', { bodies: true, order })
    expect(found).toMatchObject({ items: [{ path: `/c/${first}` }], next: { path: `/c/${first}`, tuple: [first] } })
    await expect(store.query('/c', 'by_n', { bodies: true, order, after: found.next })).rejects.toMatchObject(damaged)
    const behind = { bodies: true, order, after: { path: '/c/2', tuple: [2] } }
    expect(await paths(store.query('/c', 'by_n', behind))).toEqual([`/c/${last}`])
  })

  it('in history and in a log', async () => {
    const { below, store } = await setUp()
    await store.append('/log', [Uint8Array.of(1)])
    await below.append('/log', [Uint8Array.of(2)])
    await store.append('/log', [Uint8Array.of(3)])
    const read = await store.read('/log')
    expect(read).toMatchObject({ entries: [{ sequence: 1 }], next: 1 })
    await expect(store.read('/log', { after: 1 })).rejects.toMatchObject({ code: 'corrupt', path: '/log' })
    expect((await store.read('/log', { after: 2 })).entries).toMatchObject([{ sequence: 3 }])
    await below.put('/r', row(1), absent)
    const head = await below.get('/r')
    const version = head.state === 'live' ? head.version : expect.fail('it was just written')
    await store.put('/r', row(2), { type: 'version', version })
    const history = await store.history('/r', { bodies: true })
    expect(history).toMatchObject({ versions: [{ entry: { body: Uint8Array.of(2) } }], next: 2 })
    await expect(store.history('/r', { bodies: true, before: 2 })).rejects.toMatchObject({ code: 'corrupt' })
  })
})

it('encrypted() seals what the caller gave when it was checked, whatever its list answers later', async () => {
  const { below, store } = await setUp()
  const bodies = Object.defineProperty([Uint8Array.of(7)], 'map', {
    value: () => [new TextEncoder().encode('in the clear')],
  })
  await store.append('/log', bodies)
  expect((await store.read('/log')).entries).toMatchObject([{ body: Uint8Array.of(7) }])
  const step = { type: 'append', path: '/log', bodies } as const
  const steps = Object.defineProperty([step], 'map', { value: () => [{ ...step, bodies: [Uint8Array.of(9)] }] })
  await store.transact(steps)
  expect((await store.read('/log')).entries).toMatchObject([{ sequence: 1 }, { sequence: 2, body: Uint8Array.of(7) }])
  let reads = 0
  const expectation = {
    get type() {
      return reads++ === 0 ? 'absent' : 'any'
    },
  } as { type: 'absent' }
  await store.put('/r', row(1), absent)
  await expect(store.put('/r', row(2), expectation)).rejects.toMatchObject({ code: 'conflict' })
  expect((await below.get('/r')).state).toBe('live')
})
