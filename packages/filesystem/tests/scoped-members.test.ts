import {
  absent,
  type Filesystem,
  MemoryFilesystem,
  mountTable,
  type OperationOptions,
  scoped,
} from '@latchless/filesystem'
import { FaultScript, faulty, latency } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

type Member = Exclude<keyof Filesystem, symbol>

const options: OperationOptions = { signal: new AbortController().signal, lane: 'critical' }
const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }

/** Every member of the contract: the compiler refuses a missing one. The arguments of a caller, with the path given. */
const members: Readonly<Record<Member, (path: string) => unknown[]>> = {
  capabilities: (path) => [path],
  get: (path) => [path, options],
  put: (path) => [path, entry, absent, options],
  delete: (path) => [path, { type: 'any' }, options],
  list: (path) => [path, { ...options, limit: 7, after: { path: `${path}/z` } }],
  query: (path) => [path, 'by_n', { ...options, after: { tuple: [1], path: `${path}/z` } }],
  append: (path) => [path, [Uint8Array.of(1)], options],
  read: (path) => [path, { ...options, after: 3 }],
  trim: (path) => [path, 7, options],
  transact: (path) => [[{ type: 'put', path, entry, expect: absent }], options],
  history: (path) => [path, { ...options, before: 3 }],
  getVersion: (path) => [path, 7, options],
  watch: (path) => [path, { ...options, after: 'cursor' }],
  maintain: () => [{ ...options, limit: 7 }],
  close: () => [],
}

const grants = [{ alias: '/m', target: '/t/1', permissions: ['read', 'list', 'write', 'delete'] }] as const

/** Each decorator, with the path that its caller uses and the one that the store behind it is given. */
const decorators: readonly [string, string, string, (inner: Filesystem) => Filesystem][] = [
  ['mountTable', '/m/x', '/x', (inner) => mountTable([{ at: '/m', filesystem: inner }])],
  ['scoped', '/m/x', '/t/1/x', (inner) => scoped(inner, grants)],
  ['latency', '/x', '/x', (inner) => latency(inner, {})],
  ['faulty', '/x', '/x', (inner) => faulty(inner, new FaultScript())],
]

/** Members that a view keeps from its holder. */
const kept: ReadonlySet<string> = new Set(['scoped maintain', 'scoped close'])

function recording() {
  const seen: [string, unknown[]][] = []
  const { limits } = { limits: { pathBytesMax: 100, segmentBytesMax: 100 } }
  const answers: Partial<Record<Member, unknown>> = {
    capabilities: { backend: 'fake', maintain: true, limits },
    list: { items: [] },
    query: { items: [] },
    watch: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) },
    maintain: { removed: 0, more: false },
  }
  const inner = Object.fromEntries(
    Object.keys(members).map((name) => [
      name,
      (...args: unknown[]) => {
        if (name !== 'capabilities') seen.push([name, args])
        return answers[name as Member] ?? 'result'
      },
    ]),
  )
  return { seen, inner: inner as unknown as Filesystem }
}

describe.each(decorators)('%s', (decorator, path, inward, decorate) => {
  it('has exactly the members of the contract', async () => {
    const names = (prototype: object) => Reflect.ownKeys(prototype).map(String).toSorted()
    const expected = [...Object.keys(members), 'constructor', 'Symbol(Symbol.asyncDispose)'].toSorted()
    const store = decorate(await MemoryFilesystem.open())
    expect(names(Object.getPrototypeOf(store) as object)).toEqual(expected)
    expect(Object.keys(store)).toEqual([])
  })

  it.each(Object.keys(members) as Member[])('forwards %s with all its arguments', async (member) => {
    const { seen, inner } = recording()
    const store = decorate(inner) as unknown as Record<string, (...args: unknown[]) => unknown>
    const call = async () => {
      const result = store[member]?.(...members[member](path))
      if (member === 'watch') await (result as AsyncIterable<unknown>)[Symbol.asyncIterator]().next()
      return result
    }
    if (kept.has(`${decorator} ${member}`)) {
      await call().catch(() => {})
      expect(seen).toEqual([])
      return
    }
    await call()
    const passed = seen.map(([name, args]) => [name, withoutSignal(args)])
    expect(passed).toEqual(member === 'capabilities' ? [] : [[member, withoutSignal(members[member](inward))]])
    const signals = seen.flatMap(([, args]) => args).map((arg) => (arg as OperationOptions | undefined)?.signal)
    // A watch has a signal of its own, which follows the caller's.
    const given = members[member](inward).at(-1)
    if (member !== 'watch' && given === options) expect(signals).toContain(options.signal)
  })
})

function withoutSignal(args: readonly unknown[]): unknown[] {
  return args.map((arg) => {
    if (typeof arg !== 'object' || arg === null || !('signal' in arg)) return arg
    return { ...arg, signal: 'some' }
  })
}
