import type { Capabilities, Filesystem } from '@latchless/filesystem'
import {
  absent,
  casUpdate,
  CasUpdateError,
  FilesystemError,
  MemoryFilesystem,
  noop,
  PlainFilesystem,
  StoreRecords,
  systemRuntime,
  write,
} from '@latchless/filesystem'
import { faulty, FaultScript } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../local/fixture.ts'
import { intercept } from '../support/intercept.ts'
import { act, failureOf, openRecords, PARCEL, Parcel, ParcelError, save, settings } from './parcels.ts'

describe('StoreRecords.update()', () => {
  test('is one casUpdate', async () => {
    const { filesystem, records } = await openRecords()
    expect(await save(records)).toMatchObject({ changed: true, value: { weight: 1 } })
    const weighed = await records.update(act, PARCEL, Parcel, (current) =>
      current ? write({ ...current, weight: 2 }, 'weighed') : noop('missing'),
    )
    expect(weighed).toMatchObject({ outcome: 'weighed', value: { weight: 2 } })
    expect((await filesystem.history(PARCEL)).versions).toHaveLength(2)
  })

  test.each([
    ['an error of the domain', new ParcelError('sent', 'Cannot weigh "p1": it was sent', act)],
    ['a mistake in the program', new TypeError('Cannot read properties of undefined')],
  ])('lets %s that apply throws through as it is', async (_, thrown) => {
    const { records } = await openRecords()
    await save(records)
    const update = records.update(act, PARCEL, Parcel, () => {
      throw thrown
    })
    expect(await failureOf(update)).toBe(thrown)
    expect(await records.read(act, PARCEL, Parcel)).toMatchObject({ weight: 1 })
  })

  test('refuses over the record as it is, never over the one that this process saw last', async () => {
    const { filesystem, records } = await openRecords()
    await save(records, { weight: 20 })
    // Another handle has a memory of its own, as another process would.
    const elsewhere = await openRecords(intercept(filesystem, {}))
    await save(elsewhere.records, { weight: 1 })
    const seen: unknown[] = []
    const refused = records.update(act, PARCEL, Parcel, (current) => {
      seen.push(current?.weight)
      if (current && current.weight > 10) throw new ParcelError('sent', 'Cannot weigh "p1": it is too heavy', act)
      return noop(current?.weight)
    })
    expect((await refused).outcome).toBe(1)
    expect(seen).toEqual([20, 1])
  })

  test('keeps the options of the store where a call leaves its own undefined', async () => {
    const { records } = await openRecords(undefined, { update: { signal: AbortSignal.abort() } })
    const weigh = (options?: { signal: AbortSignal | undefined }) =>
      records.update(act, PARCEL, Parcel, () => noop(), options)
    expect(await failureOf(weigh())).toMatchObject({ code: 'aborted' })
    expect(await failureOf(weigh({ signal: undefined }))).toMatchObject({ code: 'aborted' })
    expect(await weigh({ signal: new AbortController().signal })).toMatchObject({ changed: false })
  })

  test('tells a lost reply as an unknown outcome', async () => {
    const memory = await MemoryFilesystem.open()
    const script = new FaultScript([{ operation: 'put', fault: 'error-after', always: true }])
    const { records } = await openRecords(faulty(memory, script), { update: { timeoutMs: 50 } })
    const error = await failureOf(save(records))
    expect(error).toBeInstanceOf(ParcelError)
    expect(error).toMatchObject({
      code: 'unknown-outcome',
      retry: 'unknown',
      message: 'Cannot save "p1": no answer came, the write may have landed',
      cause: { name: 'CasUpdateError', writeId: expect.any(String) as string },
    })
  })

  test('tells a closed filesystem as closed, not as one that failed', async () => {
    const { filesystem, records } = await openRecords()
    await filesystem.close()
    expect(await failureOf(save(records))).toMatchObject({ code: 'closed', cause: { code: 'backend' } })
  })

  test('tells what a driver throws as unavailable, without its words', async () => {
    const driver = new Error('password authentication failed for user "svc" at /srv/data')
    const memory = await MemoryFilesystem.open()
    const broken = intercept(memory, { get: async () => Promise.reject(driver) })
    const { records } = await openRecords(broken)
    for (const attempt of [save(records), records.read(act, PARCEL, Parcel)]) {
      const error = await failureOf(attempt)
      expect(error).toMatchObject({ code: 'unavailable', retry: 'unknown' })
      expect(JSON.stringify(error) + String(error)).not.toMatch(/password|srv/)
    }
  })

  test('tells bytes of another kind as corrupt and leaves them alone', async () => {
    const { filesystem, records } = await openRecords()
    const foreign = { body: Buffer.from('{}'), contentType: 'application/json', kind: 'letter' }
    await filesystem.put(PARCEL, foreign, absent)
    expect(await failureOf(save(records))).toMatchObject({ code: 'corrupt', path: undefined })
    expect(await filesystem.get(PARCEL)).toMatchObject({ entry: { kind: 'letter' } })
  })

  test('tells a value that does not fit its record as an invalid argument', async () => {
    const { records } = await openRecords()
    expect(await failureOf(save(records, { weight: 0.5 }))).toMatchObject({
      code: 'invalid-argument',
      cause: { code: 'invalid-record' },
    })
  })
})

describe('new StoreRecords()', () => {
  /** Counts every call but that for the capabilities. */
  function counted(filesystem: Filesystem, cas: (path: string) => Capabilities['cas']) {
    const calls: string[] = []
    const view = new Proxy(filesystem, {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown
        if (typeof member !== 'function') return member
        if (name === 'capabilities') {
          return (path: string) => ({ ...target.capabilities(path), cas: cas(path) })
        }
        calls.push(String(name))
        return member.bind(target) as unknown
      },
    })
    return { view, calls }
  }

  test('refuses a byte-only mount before anything is read or written', async () => {
    const plain = await PlainFilesystem.open({ root: await temporaryDirectory() })
    const { view, calls } = counted(plain, (path) => plain.capabilities(path).cas)
    expect(() => new StoreRecords(view, settings)).toThrowError(
      expect.objectContaining({ name: 'ParcelError', code: 'cas-unsupported' }) as Error,
    )
    expect(calls).toEqual([])
  })

  test.each(['none', 'unknown'] as const)(
    'refuses a mount whose compare-and-swap is %s at any of its roots',
    async (cas) => {
      const { view } = counted(await MemoryFilesystem.open(), (path) => (path === '/labels' ? cas : 'records'))
      expect(() => new StoreRecords(view, { ...settings, roots: ['/parcels', '/labels'] })).toThrowError(
        `Cannot open parcels: compare-and-swap is ${cas} on its mount, expected one that has it`,
      )
      expect(new StoreRecords(view, settings)).toBeInstanceOf(StoreRecords)
    },
  )

  test('refuses what fails to say what it can', async () => {
    const memory = await MemoryFilesystem.open()
    const silent = intercept(memory, {
      capabilities: () => {
        throw new FilesystemError('denied', 'Cannot ask "/tenants/t1/parcels": nothing is granted there')
      },
    })
    expect(() => new StoreRecords(silent, settings)).toThrowError(
      expect.objectContaining({ code: 'denied', message: expect.not.stringContaining('tenants') as string }) as Error,
    )
  })

  test('takes time and ids from its options, from the runtime of its updates, or from the system', async () => {
    const runtime = { ...systemRuntime, wallMs: () => 42, randomHex: (bytes: number) => '0'.repeat(2 * bytes) }
    const byRuntime = (await openRecords(undefined, { update: { runtime } })).records
    expect([byRuntime.now(), byRuntime.newId()]).toEqual([42, '0'.repeat(32)])
    const own = (await openRecords(undefined, { now: () => 7, newId: () => 'i1', update: { runtime } })).records
    expect([own.now(), own.newId()]).toEqual([7, 'i1'])
    const { records } = await openRecords()
    expect(records.newId()).toMatch(/^[0-9a-f]{32}$/)
    expect(records.newId()).not.toBe(records.newId())
    expect(records.now()).toBeGreaterThan(42)
  })
})

describe('StoreRecords.run()', () => {
  test('answers what the work answers', async () => {
    const { records } = await openRecords()
    const appended = records.run(act, async (filesystem) => filesystem.append('/parcels', [Buffer.from('sent')]))
    expect(await appended).toEqual({ first: 1, last: 1 })
  })

  test('lets an error of a store through as it is', async () => {
    const { records } = await openRecords()
    const sent = new ParcelError('sent', 'Cannot weigh "p1": it was sent', act)
    expect(await failureOf(records.run(act, async () => Promise.reject(sent)))).toBe(sent)
  })

  test.each([
    ['timeout', 'timeout'],
    ['retries-exhausted', 'retries-exhausted'],
    ['cas-unsupported', 'cas-unsupported'],
    ['backend', 'unavailable'],
    ['aborted', 'aborted'],
    ['overloaded', 'overloaded'],
    ['unknown-outcome', 'unknown-outcome'],
    ['a-code-to-come', 'unavailable'],
  ])('tells the update error %s as %s', async (code, told) => {
    const details = { path: PARCEL, operation: 'update', attempts: 1, elapsedMs: 1, retry: 'safe' } as const
    await expectTold(
      new CasUpdateError(code as CasUpdateError['code'], `Cannot update "${PARCEL}": it failed`, details),
      told,
    )
  })

  test.each([
    ['conflict', 'retries-exhausted'],
    ['invalid-argument', 'invalid-argument'],
    ['too-large', 'too-large'],
    ['unavailable', 'unavailable'],
    ['corrupt', 'corrupt'],
    ['key-missing', 'unavailable'],
    ['schema-too-new', 'schema-too-new'],
    ['invalid-record', 'invalid-argument'],
    ['compacted', 'unavailable'],
    ['closed', 'closed'],
    ['unsupported', 'unavailable'],
    ['denied', 'denied'],
    ['aborted', 'aborted'],
    ['a-code-to-come', 'unavailable'],
  ])('tells the filesystem error %s as %s', async (code, told) => {
    const message = `Cannot get "${PARCEL}": it failed`
    await expectTold(
      new FilesystemError(code as FilesystemError['code'], message, { path: PARCEL, retry: 'safe' }),
      told,
    )
  })

  async function expectTold(error: Error, code: string): Promise<void> {
    const { records } = await openRecords()
    const told = await failureOf(
      records.run(act, async () => {
        throw error
      }),
    )
    expect(told).toBeInstanceOf(ParcelError)
    expect(told).toMatchObject({ code, retry: 'safe', cause: error, operation: 'weigh', id: 'p1', path: undefined })
    const { message } = told as ParcelError
    expect(message).toMatch(/^Cannot weigh "p1": [^/]+$/)
    // Nothing but this is handed on.
    expect(JSON.parse(JSON.stringify(told))).toEqual({ code, message, operation: 'weigh', id: 'p1', retry: 'safe' })
  }

  test('names no id where there is none', async () => {
    const { filesystem, records } = await openRecords()
    await filesystem.close()
    const swept = records.run({ operation: 'sweep parcels' }, async (store) => store.list('/parcels'))
    expect(await failureOf(swept)).toMatchObject({
      message: 'Cannot sweep parcels: the filesystem is closed',
      id: undefined,
    })
  })
})

describe('StoreRecords.read()', () => {
  test('answers nothing for what was never written or is deleted, and the record, frozen, for what is there', async () => {
    const { filesystem, records } = await openRecords()
    expect(await records.read(act, PARCEL, Parcel)).toBeUndefined()
    await save(records)
    const parcel = await records.read(act, PARCEL, Parcel)
    expect(parcel).toEqual({ id: 'p1', owner: 'ann', weight: 1 })
    expect(Object.isFrozen(parcel)).toBe(true)
    await filesystem.delete(PARCEL, { type: 'any' })
    expect(await records.read(act, PARCEL, Parcel)).toBeUndefined()
  })

  test('answers what others wrote since the last update of this process', async () => {
    const { filesystem, records } = await openRecords()
    await save(records)
    await casUpdate(intercept(filesystem, {}), PARCEL, Parcel, () => write({ id: 'p1', owner: 'bob', weight: 1 }))
    expect(await records.read(act, PARCEL, Parcel)).toMatchObject({ owner: 'bob' })
  })

  test('writes nothing', async () => {
    const { filesystem, records } = await openRecords()
    await save(records)
    const before = await filesystem.get(PARCEL)
    await records.read(act, PARCEL, Parcel)
    await records.page(act, '/parcels', Parcel, 'byOwner', {})
    expect(await filesystem.get(PARCEL)).toEqual(before)
    expect((await filesystem.list('/', { deleted: true })).items).toHaveLength(1)
  })
})
