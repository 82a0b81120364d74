import {
  absent,
  anything,
  type Filesystem,
  MemoryFilesystem,
  type Permission,
  scoped,
  type TransactStep,
} from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }

/** Gives the first value when it is read once, and the last when it is read again. */
function changing<Given extends object>(given: Given, name: keyof Given, ...values: unknown[]): Given {
  let reads = 0
  return Object.defineProperty(given, name, {
    enumerable: true,
    get: () => values[Math.min(reads++, values.length - 1)],
  })
}

async function granted(...permissions: Permission[]) {
  const store = await MemoryFilesystem.open()
  const script = new FaultScript()
  const view = scoped(faulty(store, script), [{ alias: '/v', target: '/tenants/t1', permissions }])
  return { store, script, view }
}

async function pathsOf(store: Filesystem): Promise<string[]> {
  return (await store.list('/')).items.map(({ path }) => path)
}

describe('scoped() against a caller whose objects answer differently the second time', () => {
  it.each([1, 2, 3])('writes where the path of a step led when it was judged (after %i reads)', async (reads) => {
    const { store, view } = await granted('read', 'write')
    const good = Array.from({ length: reads }, () => '/v/ok')
    const step = changing({ type: 'put', path: '', entry, expect: anything } as const, 'path', ...good, '/v0/stolen')
    await view.transact([step]).catch(() => {})
    expect((await pathsOf(store)).filter((path) => path !== '/tenants/t1/ok')).toEqual([])
  })

  it.each(['check', 'put', 'nonsense'])(
    'judges a step by the type that it passes on: %s, then delete',
    async (type) => {
      const { store, view } = await granted('list', 'read', 'write')
      await store.put('/tenants/t1/x', entry, absent)
      for (const reads of [1, 2, 3]) {
        const types = [...Array.from({ length: reads }, () => type), 'delete']
        const step = changing({ type: 'delete', path: '/v/x', entry, expect: anything }, 'type', ...types)
        await view.transact([step as TransactStep]).catch(() => {})
        expect(await store.get('/tenants/t1/x')).toMatchObject({ state: 'live' })
      }
    },
  )

  it('hands its routes to no method of the list of steps, and to no class of it', async () => {
    const { view, script } = await granted('read', 'write')
    const seen: unknown[] = []
    const step = { type: 'put', path: '/v/x', entry, expect: anything } as const
    const steps: TransactStep[] = [step]
    for (const name of ['map', 'find', 'some', 'every', 'forEach'] as const) {
      Object.defineProperty(steps, name, { value: (call: (step: unknown) => unknown) => seen.push(call(step)) })
    }
    await view.transact(steps)
    class Spying extends Array<TransactStep> {
      static override get [Symbol.species]() {
        return function spy() {
          return new Proxy([], {
            defineProperty: (target, name, given) =>
              seen.push(given.value) > 0 && Reflect.defineProperty(target, name, given),
          })
        } as unknown as ArrayConstructor
      }
    }
    await view.transact(Spying.of({ ...step, path: '/v/y' }))
    expect(seen).toEqual([])
    expect(script.calls).toHaveLength(2)
  })

  it.each(['constructor', 'toString', '__proto__', '', undefined, 7, null])(
    'refuses a step of type %s',
    async (type) => {
      const { view, script } = await granted('read', 'list', 'write', 'delete')
      const steps = [{ type, path: '/v/x', entry, expect: anything }] as unknown as TransactStep[]
      await expect(view.transact(steps)).rejects.toMatchObject({ code: 'invalid-argument' })
      for (const malformed of [undefined, {}, 'steps', [undefined], [null]]) {
        const refused = view.transact(malformed as unknown as TransactStep[])
        await expect(refused).rejects.toMatchObject({ code: 'invalid-argument' })
      }
      expect(script.calls).toEqual([])
    },
  )

  it('lists no bodies where reading is not granted, however often it is asked', async () => {
    const { store, view } = await granted('list')
    await store.put('/tenants/t1/x', entry, absent)
    for (let reads = 1; reads <= 3; reads++) {
      const answers = [...Array.from({ length: reads }, () => false), true]
      const page = await view.list('/v', changing({}, 'bodies' as never, ...answers))
      expect(page.items).toMatchObject([{ path: '/v/x', head: { state: 'live' } }])
      expect(page.items[0]?.head?.entry).toBeUndefined()
    }
  })

  it('asks for the place that a cursor named when it was judged', async () => {
    const { view, script } = await granted('read', 'list')
    const stray = () => changing({ path: '' }, 'path', '/v/a', '/v0/a', '/v0/a', '/v0/a')
    await view.list('/v', { after: stray() })
    await view.query('/v', 'by_n', { after: { ...stray(), tuple: [1] } })
    await view.query('/v', 'by_n', { after: changing({ path: '', tuple: [1] }, 'path', '/v/a', '/v0/a') })
    const options = changing({}, 'after' as never, { path: '/v/a' }, { path: '/v0/a' }, { path: '/v0/a' })
    await view.list('/v', options)
    const asked = script.calls.flatMap(({ args }) => JSON.stringify(args.at(-1)).match(/"path":"[^"]*"/g) ?? [])
    expect([...new Set(asked)]).toEqual(['"path":"/tenants/t1/a"'])
    for (const path of [7, null, {}]) {
      const after = { path: path as unknown as string }
      await expect(view.list('/v', { after })).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })

  it('passes on the entry, the expectation and the options as they were at the call', async () => {
    const { store, view } = await granted('read', 'write', 'delete')
    const first = await view.put('/v/x', entry, absent)
    const large = new Uint8Array(2 * 1024 * 1024)
    await view.put('/v/x', changing({ ...entry }, 'body', entry.body, large, large), {
      type: 'version',
      version: first.version,
    })
    const expectation = changing({ type: 'version', version: first.version } as const, 'type', 'version', 'any', 'any')
    await expect(view.put('/v/x', entry, expectation)).rejects.toMatchObject({ code: 'conflict' })
    const again = changing({ type: 'version', version: first.version } as const, 'type', 'version', 'any', 'any')
    await expect(view.delete('/v/x', again)).rejects.toMatchObject({ code: 'conflict' })
    const named = changing({}, 'writeId' as never, 'a'.repeat(32), 'no write id', 'no write id')
    await view.put('/v/y', entry, absent, named)
    expect(await store.get('/tenants/t1/x')).toMatchObject({ state: 'live', entry: { body: entry.body } })
    expect(await store.get('/tenants/t1/y')).toMatchObject({ info: { writeId: 'a'.repeat(32) } })
  })
})
