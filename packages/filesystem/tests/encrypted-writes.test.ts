import {
  absent,
  atVersion,
  casUpdate,
  encrypted,
  type Entry,
  type Filesystem,
  Keyring,
  MemoryFilesystem,
  type TransactStep,
  unwritten,
  VersionMismatch,
} from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'
import { Counter, increment } from './support/counter.ts'
import { testKey } from './support/encrypted-subjects.ts'
import { intercept } from './support/intercept.ts'

const path = '/vault/a'
const writeId = '0123456789abcdef'.repeat(2)

function textEntry(body: string): Entry {
  return { body: new TextEncoder().encode(body), contentType: 'text/plain' }
}

function sealedOver(below: Filesystem): Filesystem {
  return encrypted(below, new Keyring({ active: 'k1', keys: { k1: testKey } }))
}

async function setUp() {
  const below = await MemoryFilesystem.open()
  const script = new FaultScript()
  return { below, script, store: sealedOver(faulty(below, script)) }
}

async function textAt(filesystem: Filesystem, at: string): Promise<string | undefined> {
  const head = await filesystem.get(at)
  return head.state === 'live' ? Buffer.from(head.entry.body).toString() : undefined
}

async function mismatchOf(act: Promise<unknown>): Promise<VersionMismatch> {
  const error: unknown = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof VersionMismatch) return error
  throw new Error(`Cannot go on: expected a VersionMismatch, found ${String(error)}`)
}

async function tombstoneAt(filesystem: Filesystem, at: string): Promise<void> {
  const { version } = await filesystem.put(at, textEntry('gone'), absent)
  await filesystem.delete(at, atVersion(version))
}

describe('encrypted() under absent', () => {
  it('writes where nothing was ever written in one round trip, and on a tombstone in two', async () => {
    const { store, script } = await setUp()
    expect(await store.put(path, textEntry('new'), absent)).toMatchObject({ replayed: false })
    expect(script.calls.map(({ operation }) => operation)).toEqual(['put'])
    await tombstoneAt(store, '/vault/b')
    const before = script.calls.length
    const { version } = await store.put('/vault/b', textEntry('again'), absent)
    expect(version).toMatch(/^3\./)
    expect(script.calls.slice(before).map(({ operation }) => operation)).toEqual(['put', 'put'])
    expect(await textAt(store, '/vault/b')).toBe('again')
  })

  it('loses to a live entry with the expectation that was given and the head opened', async () => {
    const { store } = await setUp()
    await store.put(path, textEntry('first'), unwritten)
    const error = await mismatchOf(store.put(path, textEntry('second'), absent))
    expect(error.expected).toEqual(absent)
    expect(error.current).toEqual(await store.get(path))
    expect(error.message).toBe(`Cannot put "${path}": expected no live record, found version 1`)
  })

  it('follows a path that is created and deleted in between', async () => {
    const below = await MemoryFilesystem.open()
    let disturbances = 3
    const racing = intercept(below, {
      put: async (put, ...args) => {
        if (disturbances-- > 0) await tombstoneAt(below, path)
        return put(...args)
      },
    })
    const store = sealedOver(racing)
    expect((await store.put(path, textEntry('landed'), absent)).version).toMatch(/^7\./)
    expect(await textAt(store, path)).toBe('landed')
  })

  it('gives up on a path that never rests, with nothing written', async () => {
    const below = await MemoryFilesystem.open()
    const racing = intercept(below, {
      put: async (put, ...args) => {
        await tombstoneAt(below, path)
        return put(...args)
      },
    })
    const put = sealedOver(racing).put(path, textEntry('x'), absent)
    await expect(put).rejects.toMatchObject({ code: 'unavailable', retry: 'safe' })
    expect(await below.get(path)).toMatchObject({ state: 'deleted' })
  })

  it('takes the body when it is called, however often it is sealed', async () => {
    const { store } = await setUp()
    await tombstoneAt(store, path)
    const entry = textEntry('before')
    const pending = store.put(path, entry, absent)
    entry.body.fill(0x21)
    await pending
    expect(await textAt(store, path)).toBe('before')
  })
})

describe('encrypted() recognises a put that is sent again', () => {
  it.each([
    ['unwritten', false],
    ['absent', false],
    ['absent', true],
  ] as const)('under %s, on a tombstone: %s', async (type, onTombstone) => {
    const { store } = await setUp()
    if (onTombstone) await tombstoneAt(store, path)
    const put = () => store.put(path, textEntry('once'), { type }, { writeId })
    const first = await put()
    expect(await put()).toEqual({ ...first, replayed: true })
    await store.put(path, textEntry('later'), atVersion(first.version))
    expect(await put(), 'behind a later write').toEqual({ ...first, replayed: true })
    const head = await store.get(path)
    if (head.state === 'live') await store.delete(path, atVersion(head.version))
    expect(await put(), 'behind a delete').toEqual({ ...first, replayed: true })
    expect(await store.get(path)).toMatchObject({ state: 'deleted' })
  })

  it('when the reply was lost', async () => {
    const { store, script } = await setUp()
    await tombstoneAt(store, path)
    script.add({ operation: 'put', nth: 2, fault: 'error-after' })
    const put = () => store.put(path, textEntry('once'), absent, { writeId })
    await expect(put()).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown' })
    expect(await put()).toMatchObject({ replayed: true })
    expect(await textAt(store, path)).toBe('once')
  })

  it('when the first one lands late', async () => {
    const { store, script } = await setUp()
    await tombstoneAt(store, path)
    script.add({ operation: 'put', nth: 2, fault: 'apply-later' })
    const put = () => store.put(path, textEntry('once'), absent, { writeId })
    await expect(put()).rejects.toMatchObject({ retry: 'unknown' })
    const second = await put()
    expect(second.replayed).toBe(false)
    const [late] = await script.releaseLate()
    expect(late).toMatchObject({ status: 'fulfilled', value: { version: second.version, replayed: true } })
    expect(await textAt(store, path)).toBe('once')
  })
})

describe('encrypted() under casUpdate', () => {
  it('counts every increment once, with lost replies and late ones', async () => {
    const { store, script } = await setUp()
    script.add(
      { operation: 'put', nth: 2, fault: 'error-after' },
      { operation: 'put', nth: 5, fault: 'lost-request' },
      { operation: 'put', nth: 9, fault: 'apply-later' },
    )
    await Promise.all(Array.from({ length: 12 }, () => casUpdate(store, path, Counter, increment)))
    await script.releaseLate()
    const { value } = await casUpdate(store, path, Counter, increment)
    expect(value).toEqual({ value: 13 })
  })

  it('passes key-missing and corrupt on as they are, without a write', async () => {
    const { store, below } = await setUp()
    await casUpdate(store, path, Counter, increment)
    const before = await below.get(path)
    const other = encrypted(below, new Keyring({ active: 'k2', keys: { k2: Keyring.generateKey() } }))
    await expect(casUpdate(other, path, Counter, increment)).rejects.toMatchObject({ code: 'key-missing', path })
    const renamed = encrypted(below, new Keyring({ active: 'k1', keys: { k1: testKey } }), { store: 'other' })
    await expect(casUpdate(renamed, path, Counter, increment)).rejects.toMatchObject({ code: 'corrupt', path })
    expect(await below.get(path)).toEqual(before)
  })
})

describe('encrypted() in transact', () => {
  const put = (at: string, body: string, expected: typeof absent): TransactStep => ({
    type: 'put',
    path: at,
    entry: textEntry(body),
    expect: expected,
  })

  it('seals puts and appends, on tombstones too, and recognises the whole when it is sent again', async () => {
    const { store, below } = await setUp()
    await tombstoneAt(store, '/t/b')
    await tombstoneAt(store, '/t/c')
    const steps: TransactStep[] = [
      put('/t/a', 'a', absent),
      put('/t/b', 'b', absent),
      { type: 'append', path: '/t/log', bodies: [Buffer.from('entry')] },
      put('/t/c', 'c', absent),
      { type: 'check', path: '/t/none', expect: absent },
    ]
    const results = await store.transact(steps, { writeId })
    const landed = { replayed: false, writeId }
    expect(results).toMatchObject([landed, landed, { first: 1, last: 1 }, landed, undefined])
    expect([await textAt(store, '/t/a'), await textAt(store, '/t/b'), await textAt(store, '/t/c')]).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(Buffer.from((await store.read('/t/log')).entries[0]?.body ?? []).toString()).toBe('entry')
    const again = await store.transact(steps, { writeId })
    expect(again[1]).toEqual({ ...results[1], replayed: true })
    expect((await below.read('/t/log')).entries).toHaveLength(1)
  })

  it('reports the step that lost with the expectation that was given and the head opened', async () => {
    const { store } = await setUp()
    await store.put('/t/live', textEntry('live'), unwritten)
    const live = await store.get('/t/live')
    const check: TransactStep = { type: 'check', path: '/t/live', expect: unwritten }
    for (const lost of [put('/t/live', 'x', absent), check]) {
      const error = await mismatchOf(store.transact([put('/t/new', 'n', absent), lost]))
      const expected = lost === check ? unwritten : absent
      expect(error).toMatchObject({ step: 1, path: '/t/live', expected })
      expect(error.current).toEqual(live)
    }
    expect(await store.get('/t/new')).toEqual({ state: 'unwritten' })
  })
})
