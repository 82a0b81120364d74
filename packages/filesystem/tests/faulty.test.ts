import { absent, atVersion, FilesystemError, type Filesystem, MemoryFilesystem, unwritten } from '@latchless/filesystem'
import { FaultScript, faulty, InterceptedFilesystem, type FaultRule } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const path = '/a'
const entry = { body: new Uint8Array([1, 2, 3]), contentType: 'text/plain' }
const writeId = '0123456789abcdef'.repeat(2)

async function setUp(...rules: FaultRule[]) {
  const memory = await MemoryFilesystem.open()
  const script = new FaultScript(rules)
  return { memory, script, store: faulty(memory, script) }
}

function membersOf(prototype: object): string[] {
  return Reflect.ownKeys(prototype).map(String).sort()
}

describe('faulty()', () => {
  it('has exactly the members of the contract that the memory backend has', () => {
    expect(membersOf(InterceptedFilesystem.prototype)).toEqual(membersOf(MemoryFilesystem.prototype))
  })

  it('forwards every member with all its arguments', async () => {
    const seen: [string, unknown[]][] = []
    const members = membersOf(MemoryFilesystem.prototype).filter(
      (name) => /^[a-zA-Z]+$/.test(name) && name !== 'constructor',
    )
    const target = Object.fromEntries(
      members.map((name) => [name, (...args: unknown[]) => (seen.push([name, args]), `result of ${name}`)]),
    )
    const inner = target as unknown as Filesystem
    const store = faulty(inner, new FaultScript()) as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const name of members) {
      const args = argumentsOf(name)
      expect(await store[name]?.(...args)).toBe(`result of ${name}`)
      expect(seen.at(-1)).toEqual([name, args])
    }
    expect(seen).toHaveLength(members.length)
  })

  it('closes the filesystem it decorates', async () => {
    const { memory, store } = await setUp()
    await store[Symbol.asyncDispose]()
    await expect(memory.get(path)).rejects.toMatchObject({ code: 'closed' })
  })

  it('fails before the call and leaves the store as it was', async () => {
    const { memory, store } = await setUp({ operation: 'put', fault: 'error-before' })
    await expect(store.put(path, entry, absent)).rejects.toMatchObject({ code: 'unavailable', retry: 'safe' })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
    await expect(store.put(path, entry, absent)).resolves.toMatchObject({ replayed: false })
  })

  it('throws the error that the rule gives', async () => {
    const error = new FilesystemError('corrupt', 'Cannot get "/a": its bytes are wrong')
    const { store } = await setUp({ operation: 'get', fault: 'error-before', error })
    await expect(store.get(path)).rejects.toBe(error)
  })

  it('loses a request: the outcome is unknown and nothing was written', async () => {
    const { memory, store } = await setUp({ operation: 'put', fault: 'lost-request' })
    await expect(store.put(path, entry, absent)).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown' })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
  })

  it('loses a reply: the outcome is unknown, and the identical write is recognised', async () => {
    const { store } = await setUp({ operation: 'put', fault: 'error-after' })
    await expect(store.put(path, entry, unwritten, { writeId })).rejects.toMatchObject({ retry: 'unknown' })
    await expect(store.put(path, entry, unwritten, { writeId })).resolves.toMatchObject({ writeId, replayed: true })
  })

  it('applies a write later, even when its caller has gone', async () => {
    const { memory, script, store } = await setUp({ operation: 'put', fault: 'apply-later' })
    const caller = new AbortController()
    const put = store.put(path, entry, unwritten, { writeId, signal: caller.signal })
    await expect(put).rejects.toMatchObject({ retry: 'unknown' })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
    caller.abort()
    expect(script.lateCount).toBe(1)
    expect(await script.releaseLate()).toMatchObject([{ status: 'fulfilled', value: { writeId, replayed: false } }])
    expect(await memory.get(path)).toMatchObject({ state: 'live', info: { writeId } })
    expect(script.lateCount).toBe(0)
  })

  it('tells who releases a late write that it lost', async () => {
    const { memory, script, store } = await setUp({ operation: 'put', fault: 'apply-later' })
    await expect(store.put(path, entry, unwritten)).rejects.toMatchObject({ retry: 'unknown' })
    await memory.put(path, entry, unwritten)
    expect(await script.releaseLate()).toMatchObject([{ status: 'rejected', reason: { code: 'conflict' } }])
  })

  it('holds a call until it is released', async () => {
    const { memory, script, store } = await setUp({ operation: 'put', fault: 'delay' })
    const put = store.put(path, entry, absent)
    await script.whenHeld()
    expect(script.heldCount).toBe(1)
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
    script.release()
    await expect(put).resolves.toMatchObject({ replayed: false })
    expect(script.heldCount).toBe(0)
  })

  it('says when as many calls are held as asked for', async () => {
    const { script, store } = await setUp({ operation: 'get', fault: 'delay', always: true })
    const held = script.whenHeld(2)
    const gets = [store.get('/a'), store.get('/b')]
    await held
    script.release()
    expect(await Promise.all(gets)).toHaveLength(2)
  })
})

describe('FaultScript', () => {
  it('fails the nth call that matches, and only that', async () => {
    const { store } = await setUp({ operation: 'get', path, nth: 2, fault: 'busy' })
    await store.get('/b')
    await store.get(path)
    await expect(store.get(path)).rejects.toMatchObject({ code: 'unavailable', retry: 'safe', path, operation: 'get' })
    await store.get(path)
  })

  it('fails every call from the nth on when told to', async () => {
    const { script, store } = await setUp({ operation: 'get', nth: 2, always: true, fault: 'busy' })
    await store.get(path)
    await expect(store.get(path)).rejects.toMatchObject({ retry: 'safe' })
    await expect(store.get(path)).rejects.toMatchObject({ retry: 'safe' })
    script.clear()
    await store.get(path)
  })

  it('tells writes apart by what they expect', async () => {
    const { store } = await setUp({ operation: 'put', expect: 'version', fault: 'busy' })
    const { version } = await store.put(path, entry, unwritten)
    await expect(store.put(path, entry, atVersion(version))).rejects.toMatchObject({ retry: 'safe' })
  })

  it('finds the path and the expectation in the steps of a transaction', async () => {
    const { store } = await setUp({ operation: 'transact', path: '/b', expect: 'absent', fault: 'busy', always: true })
    const step = { type: 'put', path: '/b', entry, expect: absent } as const
    await expect(store.transact([step])).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.transact([{ ...step, path: '/c' }])).resolves.toMatchObject([{ replayed: false }])
  })

  it('takes rules in the middle of a test, and the first that is due decides', async () => {
    const { script, store } = await setUp()
    await store.get(path)
    script.add({ operation: 'get', fault: 'lost-request' }, { operation: 'get', fault: 'busy', always: true })
    await expect(store.get(path)).rejects.toMatchObject({ retry: 'unknown' })
    await expect(store.get(path)).rejects.toMatchObject({ retry: 'safe' })
  })

  it('records every call with its arguments, failed ones included', async () => {
    const { script, store } = await setUp({ operation: 'get', fault: 'busy' })
    await expect(store.get(path)).rejects.toThrow('Cannot get "/a": the store is busy (a scripted fault)')
    await store.put(path, entry, absent, { writeId })
    expect(script.calls).toEqual([
      { operation: 'get', path, args: [path, {}] },
      { operation: 'put', path, args: [path, entry, absent, { writeId }] },
    ])
  })
})

function argumentsOf(member: string): unknown[] {
  const options = { signal: new AbortController().signal }
  switch (member) {
    case 'capabilities':
      return [path]
    case 'close':
      return []
    case 'maintain':
      return [options]
    case 'put':
      return [path, entry, absent, options]
    case 'delete':
      return [path, absent, options]
    case 'query':
      return [path, 'byName', options]
    case 'append':
      return [path, [entry.body], options]
    case 'trim':
    case 'getVersion':
      return [path, 7, options]
    case 'transact':
      return [[], options]
    default:
      return [path, options]
  }
}
