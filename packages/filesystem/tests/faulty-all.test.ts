import { absent, anything, type Change, type Filesystem, MemoryFilesystem, unwritten } from '@latchless/filesystem'
import { type FaultRule, FaultScript, faulty } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const text = (body: string) => ({ body: new TextEncoder().encode(body), contentType: 'text/plain' })
const bytes = (body: string) => new TextEncoder().encode(body)
const row = { ...text(''), kind: 'row', schemaVersion: 1, tuples: { by_n: [1] } }
const writeId = '0123456789abcdef'.repeat(2)
const put = (path: string) => ({ type: 'put', path, entry: text(path), expect: unwritten }) as const

async function setUp(...rules: FaultRule[]) {
  const memory = await MemoryFilesystem.open()
  const script = new FaultScript(rules)
  return { memory, script, store: faulty(memory, script) }
}

type AnyOperation = Exclude<FaultRule['operation'], 'watch'>

const calls: Readonly<Record<AnyOperation, (store: Filesystem) => Promise<unknown>>> = {
  get: (store) => store.get('/x'),
  put: (store) => store.put('/x', row, anything, { writeId }),
  delete: (store) => store.delete('/x', anything),
  list: (store) => store.list('/'),
  query: (store) => store.query('/', 'by_n'),
  append: (store) => store.append('/log', [bytes('1')]),
  read: (store) => store.read('/log'),
  trim: (store) => store.trim('/log', 2),
  transact: (store) => store.transact([put('/y'), { type: 'append', path: '/log', bodies: [bytes('2')] }]),
  history: (store) => store.history('/x'),
  getVersion: (store) => store.getVersion('/x', 1),
  maintain: (store) => store.maintain(),
}

describe('faulty() breaks every operation', () => {
  it.each(Object.keys(calls) as AnyOperation[])('%s, before, after, later and while it is held', async (operation) => {
    const { memory, script, store } = await setUp()
    await memory.put('/x', row, anything)
    const call = () => calls[operation](store)
    for (const fault of ['busy', 'error-before'] as const) {
      script.add({ operation, fault })
      await expect(call()).rejects.toMatchObject({ code: 'unavailable', retry: 'safe', operation })
    }
    for (const fault of ['lost-request', 'error-after', 'apply-later'] as const) {
      script.clear()
      script.add({ operation, fault })
      await expect(call()).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown', operation })
    }
    expect(script.lateCount).toBe(1)
    await script.releaseLate()
    script.clear()
    script.add({ operation, fault: 'delay' })
    const held = call().catch((error: unknown) => error)
    await script.whenHeld()
    script.release({ operation })
    expect(await held).not.toMatchObject({ code: 'unavailable' })
  })
})

describe('faulty() over logs and transactions', () => {
  it('applies an append later, behind one that was called after it', async () => {
    const { memory, script, store } = await setUp({ operation: 'append', path: '/log', fault: 'apply-later' })
    await expect(store.append('/log', [bytes('late')])).rejects.toMatchObject({ retry: 'unknown' })
    await store.append('/log', [bytes('soon')])
    expect(await script.releaseLate()).toMatchObject([{ status: 'fulfilled', value: { first: 2, last: 2 } }])
    const { entries } = await memory.read('/log')
    expect(entries.map(({ body }) => Buffer.from(body).toString())).toEqual(['soon', 'late'])
  })

  it('takes bodies when the call is made, also of a write that is applied later', async () => {
    const { memory, script, store } = await setUp({ operation: 'put', fault: 'apply-later' })
    const entry = text('before')
    await expect(store.put('/a', entry, absent)).rejects.toMatchObject({ retry: 'unknown' })
    entry.body.fill(0)
    await script.releaseLate()
    expect(await memory.get('/a')).toMatchObject({ entry: { body: bytes('before') } })
  })

  it('applies a transaction later, as a whole or not at all', async () => {
    const { memory, script, store } = await setUp({ operation: 'transact', fault: 'apply-later', always: true })
    await expect(store.transact([put('/a'), put('/b')])).rejects.toMatchObject({ retry: 'unknown' })
    await expect(store.transact([put('/c'), put('/b')])).rejects.toMatchObject({ retry: 'unknown' })
    expect((await memory.list('/')).items).toEqual([])
    expect(await script.releaseLate()).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { code: 'conflict', step: 1 } },
    ])
    expect((await memory.list('/')).items.map(({ path }) => path)).toEqual(['/a', '/b'])
  })

  it('loses the reply of a transaction, and the identical one is recognised', async () => {
    const { store } = await setUp({ operation: 'transact', fault: 'error-after' })
    const send = () => store.transact([put('/a')], { writeId })
    await expect(send()).rejects.toMatchObject({ retry: 'unknown' })
    expect(await send()).toMatchObject([{ replayed: true }])
  })

  it('lets held calls go in the order of the script', async () => {
    const { script, store } = await setUp({ operation: 'put', fault: 'delay', always: true })
    const first = store.put('/a', text('first'), absent)
    const other = store.put('/b', text('other'), absent)
    await script.whenHeld(2)
    script.release({ path: '/b' })
    await other
    expect(script.heldCount).toBe(1)
    script.release({ operation: 'get' })
    expect(script.heldCount).toBe(1)
    script.release()
    expect(await first).toMatchObject({ replayed: false })
  })
})

describe('faulty() over a watch', () => {
  const brief = (change: Change | undefined) =>
    change && 'path' in change ? `${change.type} ${change.path}` : change?.type

  async function watched(rule: Omit<FaultRule, 'operation'>) {
    const set = await setUp({ operation: 'watch', ...rule })
    const changes = set.store.watch('/', { after: '' })[Symbol.asyncIterator]()
    for (const path of ['/a', '/b', '/c']) await set.memory.put(path, text(path), anything)
    const next = async () => brief((await changes.next()).value as Change | undefined)
    return { ...set, changes, next }
  }

  it('fails before it begins', async () => {
    const { next } = await watched({ fault: 'busy' })
    await expect(next()).rejects.toMatchObject({ code: 'unavailable', retry: 'safe', operation: 'watch', path: '/' })
  })

  it('fails in place of the nth change', async () => {
    const { next } = await watched({ fault: 'error-before', change: 3 })
    expect([await next(), await next()]).toEqual(['gap', 'put /a'])
    await expect(next()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await next()).toBeUndefined()
  })

  it('fails behind the nth change', async () => {
    const error = new Error('Cannot go on')
    const { next } = await watched({ fault: 'error-after', change: 2, error })
    expect([await next(), await next()]).toEqual(['gap', 'put /a'])
    await expect(next()).rejects.toBe(error)
  })

  it('holds the nth change', async () => {
    const { next, script } = await watched({ fault: 'delay', change: 2 })
    expect(await next()).toBe('gap')
    const held = next()
    await script.whenHeld()
    script.release({ operation: 'watch', path: '/' })
    expect([await held, await next()]).toEqual(['put /a', 'put /b'])
  })

  it('falls behind at the nth change: a gap and all heads, then on', async () => {
    const { memory, next } = await watched({ fault: 'gap', change: 3 })
    expect([await next(), await next()]).toEqual(['gap', 'put /a'])
    expect([await next(), await next(), await next(), await next()]).toEqual(['gap', 'put /a', 'put /b', 'put /c'])
    const later = next()
    await memory.put('/d', text('d'), anything)
    expect(await later).toBe('put /d')
  })

  it('counts watches of the prefix, and leaves the others alone', async () => {
    const { memory, store } = await setUp({ operation: 'watch', path: '/p', nth: 2, fault: 'busy' })
    await memory.put('/p/a', text('a'), anything)
    const first = (prefix: string) => store.watch(prefix, { after: '' })[Symbol.asyncIterator]().next()
    await first('/p')
    await first('/')
    await expect(first('/p')).rejects.toMatchObject({ code: 'unavailable' })
    await first('/p')
  })

  it('ends when its reader leaves', async () => {
    const { changes, next } = await watched({ fault: 'error-before', change: 9 })
    expect(await next()).toBe('gap')
    await changes.return?.()
    expect(await next()).toBeUndefined()
  })

  it('refuses faults that a call cannot have', () => {
    expect(() => new FaultScript([{ operation: 'watch', fault: 'apply-later' }])).toThrow(TypeError)
    expect(() => new FaultScript([{ operation: 'get', fault: 'gap' }])).toThrow(
      'Cannot add rule: the fault gap is not one of get',
    )
  })
})
