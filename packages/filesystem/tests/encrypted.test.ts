import {
  absent,
  anything,
  atVersion,
  encrypted,
  type Entry,
  type Filesystem,
  isSealed,
  Keyring,
  type LiveHead,
  MemoryFilesystem,
  SEAL_OVERHEAD_BYTES,
  unwritten,
} from '@latchless/filesystem'
import { describe, expect, it } from 'vitest'
import { testKey } from './support/encrypted-subjects.ts'

const path = '/vault/a'
const tuples = { by_name: ['x', 1] }
const entry: Entry = { ...textEntry('one'), kind: 'sample', schemaVersion: 2, tuples }

function textEntry(body: string): Entry {
  return { body: new TextEncoder().encode(body), contentType: 'text/plain' }
}

function ring(): Keyring {
  return new Keyring({ active: 'k1', keys: { k1: testKey } })
}

async function setUp(keyring = ring()) {
  const below = await MemoryFilesystem.open()
  return { below, keyring, store: encrypted(below, keyring) }
}

async function liveAt(filesystem: Filesystem, at: string): Promise<LiveHead> {
  const head = await filesystem.get(at)
  if (head.state !== 'live') throw new Error(`Cannot go on: ${at} is ${head.state}`)
  return head
}

async function textAt(filesystem: Filesystem, at: string): Promise<string> {
  return Buffer.from((await liveAt(filesystem, at)).entry.body).toString()
}

describe('encrypted()', () => {
  it('has exactly the members of the contract', async () => {
    const { store } = await setUp()
    const membersOf = (prototype: object) => Reflect.ownKeys(prototype).map(String).sort()
    expect(membersOf(Object.getPrototypeOf(store) as object)).toEqual(membersOf(MemoryFilesystem.prototype))
  })

  it('stores the body sealed and everything else in the clear', async () => {
    const { store, below } = await setUp()
    const { version } = await store.put(path, entry, unwritten)
    const stored = await liveAt(below, path)
    expect(isSealed(stored.entry.body)).toBe(true)
    expect(stored).toMatchObject({
      version,
      entry: { contentType: 'text/plain', kind: 'sample', schemaVersion: 2, tuples },
    })
    const seen = await liveAt(store, path)
    expect(seen.entry).toEqual(entry)
    expect([seen.info.size, stored.info.size]).toEqual([3, 3 + SEAL_OVERHEAD_BYTES])
  })

  it('opens the bodies of get, list, query, history and getVersion', async () => {
    const { store } = await setUp()
    const { version } = await store.put(path, entry, unwritten)
    await store.put(path, { ...entry, body: Buffer.from('second') }, atVersion(version))
    const bodyOf = (found: { entry?: Entry | undefined } | undefined) =>
      Buffer.from(found?.entry?.body ?? []).toString()
    const listed = await store.list('/vault', { bodies: true })
    const queried = await store.query('/vault', 'by_name', { bodies: true })
    const history = await store.history(path, { bodies: true })
    const first = await store.getVersion(path, 1)
    expect(listed.items.map(({ head }) => [bodyOf(head), head?.info.size])).toEqual([['second', 6]])
    expect(queried.items.map(({ head }) => bodyOf(head))).toEqual(['second'])
    expect(history.versions.map((head) => [bodyOf(head), head.info.size])).toEqual([
      ['second', 6],
      ['one', 3],
    ])
    expect(bodyOf(first?.state === 'live' ? first : undefined)).toBe('one')
    const bare = await store.list('/vault')
    expect(bare.items[0]?.head).toMatchObject({ kind: 'sample', info: { size: 6 } })
    expect(bare.items[0]?.head?.entry).toBeUndefined()
  })

  it('seals log entries, and opens them in their own log only', async () => {
    const { store, below } = await setUp()
    const bodies = ['a', 'b', ''].map((text) => Uint8Array.from(Buffer.from(text)))
    expect(await store.append('/logs/one', bodies)).toEqual({ first: 1, last: 3 })
    expect((await store.read('/logs/one')).entries.map(({ body }) => body)).toEqual(bodies)
    const raw = (await below.read('/logs/one')).entries.map(({ body }) => body)
    expect(raw.every(isSealed)).toBe(true)
    await below.append('/logs/two', raw)
    await expect(store.read('/logs/two')).rejects.toMatchObject({ code: 'corrupt', path: '/logs/two' })
    await below.put('/logs/one', { body: raw[0] ?? new Uint8Array(), contentType: 'text/plain' }, unwritten)
    await expect(store.get('/logs/one')).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('declares that any is not taken, and refuses it', async () => {
    const { store, below } = await setUp()
    expect(below.capabilities(path).blindWrites).toBe(true)
    expect(store.capabilities(path).blindWrites).toBe(false)
    await expect(store.put(path, entry, anything)).rejects.toMatchObject({ code: 'unsupported', retry: 'never' })
    const step = { type: 'put', path, entry, expect: anything } as const
    await expect(store.transact([step])).rejects.toMatchObject({ code: 'unsupported' })
    await store.put(path, entry, unwritten)
    await expect(store.delete(path, anything)).resolves.toMatchObject({ replayed: false })
  })

  it('refuses what is too large at its own door, with its own number', async () => {
    const below = await MemoryFilesystem.open({ limits: { bodyBytesMax: 1000 } })
    const store = encrypted(below, ring(), { appendEntriesMax: 2 })
    const limit = 1000 - 2 * SEAL_OVERHEAD_BYTES
    expect(store.capabilities(path).limits).toMatchObject({ bodyBytesMax: limit, appendEntriesMax: 2 })
    const message = `Cannot put "${path}": the body of ${limit + 1} bytes exceeds the limit of ${limit}`
    await expect(store.put(path, textEntry('x'.repeat(limit + 1)), unwritten)).rejects.toMatchObject({
      code: 'too-large',
      message,
    })
    await store.put(path, textEntry('x'.repeat(limit)), unwritten)
    const halves = [new Uint8Array(limit / 2), new Uint8Array(limit / 2)]
    await store.append('/log', halves)
    await expect(store.append('/log', [...halves, new Uint8Array()])).rejects.toMatchObject({ code: 'too-large' })
    await expect(store.append('/log', [new Uint8Array(limit + 1)])).rejects.toMatchObject({ code: 'too-large' })
    const big = [{ type: 'append', path: '/log', bodies: [...halves, new Uint8Array(1)] }] as const
    await expect(store.transact(big)).rejects.toMatchObject({ code: 'too-large' })
    expect(() => encrypted(below, ring())).toThrow('the body limit leaves no room')
  })

  it('seals later writes under the active key, and opens what is under the others', async () => {
    const { store, below, keyring } = await setUp()
    const { version } = await store.put(path, entry, unwritten)
    keyring.add('k2', Keyring.generateKey())
    keyring.activate('k2')
    await store.put(path, textEntry('two'), atVersion(version))
    const keyIds = (await below.history(path, { bodies: true })).versions.map((head) =>
      Keyring.keyIdOf(head.entry?.body ?? new Uint8Array()),
    )
    expect(keyIds).toEqual(['k2', 'k1'])
    expect(await textAt(store, path)).toBe('two')
    expect((await store.history(path, { bodies: true })).versions).toHaveLength(2)
    const old = encrypted(below, ring())
    await expect(old.get(path)).rejects.toMatchObject({ code: 'key-missing', path })
    await expect(old.getVersion(path, 1)).resolves.toMatchObject({ state: 'live' })
  })

  it('refuses everything once it is closed, and closes what is below', async () => {
    const { store, below } = await setUp()
    await store.close()
    await expect(store.put(path, entry, anything)).rejects.toMatchObject({ code: 'closed' })
    await expect(store.append('/log', [entry.body])).rejects.toMatchObject({ code: 'closed' })
    await expect(below.get(path)).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('encrypted() does not open', () => {
  async function movedTo(at: string, changes: Partial<Entry> = {}) {
    const { store, below } = await setUp()
    await store.put(path, entry, unwritten)
    const { entry: sealed } = await liveAt(below, path)
    if (at !== path) await below.put(at, { ...sealed, ...changes }, unwritten)
    return { store, below, sealed }
  }

  it('a body that was moved to another path', async () => {
    const { store } = await movedTo('/vault/b')
    await expect(store.get('/vault/b')).rejects.toMatchObject({ code: 'corrupt', path: '/vault/b' })
    const { next } = await store.list('/vault', { bodies: true })
    const listed = store.list('/vault', { bodies: true, after: next })
    await expect(listed).rejects.toMatchObject({ code: 'corrupt', path: '/vault/b' })
    expect(await textAt(store, path)).toBe('one')
  })

  it('an earlier body put in place of a later one', async () => {
    const { store, below } = await movedTo(path)
    const { version } = await liveAt(store, path)
    const second = await store.put(path, { ...entry, body: Buffer.from('two') }, atVersion(version))
    const { entry: sealed } = await liveAt(below, path)
    await store.put(path, { ...entry, body: Buffer.from('three') }, atVersion(second.version))
    await below.put(path, sealed, anything)
    await expect(store.get(path)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(store.history(path, { bodies: true })).rejects.toMatchObject({ code: 'corrupt' })
    await expect(store.query('/vault', 'by_name', { bodies: true })).rejects.toMatchObject({ code: 'corrupt' })
    await expect(store.getVersion(path, 4)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(store.getVersion(path, 2)).resolves.toMatchObject({ state: 'live' })
    expect((await store.history(path)).versions, 'what has no body needs no opening').toHaveLength(4)
  })

  it('a body of the same sequence and another generation', async () => {
    const { store, below } = await setUp()
    const { version } = await store.put(path, entry, unwritten)
    await store.put(path, entry, atVersion(version))
    const { entry: foreign } = await liveAt(below, path)
    const again = await MemoryFilesystem.open()
    await again.put(path, entry, unwritten)
    await again.put(path, foreign, anything)
    await expect(encrypted(again, ring()).get(path)).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('a body whose content type, kind, schema version or tuples were changed', async () => {
    const changes: readonly Partial<Entry>[] = [
      { contentType: 'text/html' },
      { kind: 'other' },
      { kind: undefined },
      { schemaVersion: 3 },
      { tuples: { by_name: ['x', 2] } },
      { tuples: { by_other: ['x', 1] } },
      { tuples: {} },
    ]
    for (const change of changes) {
      const { store, sealed } = await movedTo(path)
      const again = await MemoryFilesystem.open()
      await again.put(path, { ...sealed, ...change }, unwritten)
      await expect(encrypted(again, ring()).get(path), JSON.stringify(change)).rejects.toMatchObject({
        code: 'corrupt',
      })
      expect(await textAt(store, path)).toBe('one')
    }
  })

  it('a body of another named store', async () => {
    const below = await MemoryFilesystem.open()
    await encrypted(below, ring(), { store: 'one' }).put(path, entry, unwritten)
    await expect(encrypted(below, ring(), { store: 'two' }).get(path)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await textAt(encrypted(below, ring(), { store: 'one' }), path)).toBe('one')
  })

  it('what was never sealed', async () => {
    const { store, below } = await setUp()
    const { version } = await below.put(path, entry, unwritten)
    const corrupt = { code: 'corrupt', message: `Cannot open "${path}": the body is not sealed` }
    await expect(store.get(path)).rejects.toMatchObject(corrupt)
    await expect(store.getVersion(path, 1)).rejects.toMatchObject(corrupt)
    await expect(store.history(path, { bodies: true })).rejects.toMatchObject(corrupt)
    await expect(store.list('/', { bodies: true })).rejects.toMatchObject(corrupt)
    await expect(store.query('/vault', 'by_name', { bodies: true })).rejects.toMatchObject(corrupt)
    await expect(store.put(path, entry, unwritten), 'the head that won').rejects.toMatchObject(corrupt)
    await expect(store.put(path, entry, absent), 'the head that won').rejects.toMatchObject(corrupt)
    await below.append('/log', [entry.body])
    await expect(store.read('/log')).rejects.toMatchObject({ code: 'corrupt', path: '/log' })
    await expect(store.delete(path, atVersion(version)), 'and may be removed').resolves.toMatchObject({
      replayed: false,
    })
  })
})
