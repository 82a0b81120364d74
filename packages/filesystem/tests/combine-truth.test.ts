/** What the default mode of casUpdate says must be so at every moment: each of these once went wrong. */
import {
  casUpdate,
  type Codec,
  defineRecord,
  type Filesystem,
  FilesystemError,
  MemoryFilesystem,
  noop,
  remove,
  systemRuntime,
  write,
} from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Count, Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'

const path = '/counters/c1'
const bump = (filesystem: Filesystem, options = {}) => casUpdate(filesystem, path, Counter, increment, options)
const unavailable = (retry: 'safe' | 'unknown') =>
  new FilesystemError('unavailable', 'Cannot reach the store', { retry })

/** A store whose puts can be made to hang from some moment on. */
async function hangingStore() {
  const memory = await MemoryFilesystem.open()
  const gate = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const state = { hang: false }
  const filesystem = intercept(memory, {
    put: async (put, ...args) => {
      if (state.hang) {
        state.hang = false
        reached.resolve()
        await gate.promise
      }
      return put(...args)
    },
  })
  return { filesystem, state, reached: reached.promise, release: gate.resolve }
}

test('A deadline holds for the second update of a path as it does for the first', async () => {
  const { filesystem, state } = await hangingStore()
  await bump(filesystem)
  state.hang = true
  await expect(bump(filesystem, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'unknown-outcome' })
})

test('A stalled write of a path that was updated before delays its own caller only', async () => {
  const { filesystem, state, reached, release } = await hangingStore()
  await bump(filesystem)
  state.hang = true
  const stalled = bump(filesystem)
  await reached
  await Promise.all([bump(filesystem), bump(filesystem)])
  release()
  await stalled
})

test('A write that hangs is sent once more, so that its own callers need not wait for it either', async () => {
  const { filesystem, state, reached, release } = await hangingStore()
  state.hang = true
  const first = bump(filesystem)
  await reached
  expect((await first).value).toEqual({ value: 1 })
  // The first one arrives after all, and is recognised.
  release()
  expect((await bump(filesystem)).value).toEqual({ value: 2 })
})

test('One slow write does not make the next stall look normal', async () => {
  const memory = await MemoryFilesystem.open()
  let nowMs = 0
  const runtime = { ...systemRuntime, monotonicMs: () => nowMs + systemRuntime.monotonicMs() }
  const gate = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  let puts = 0
  const filesystem = intercept(memory, {
    put: async (put, ...args) => {
      puts++
      // An hour passes in the first put; the second one hangs.
      if (puts === 1) nowMs += 3_600_000
      if (puts === 2) {
        reached.resolve()
        await gate.promise
      }
      return put(...args)
    },
  })
  await bump(filesystem, { runtime, timeoutMs: 10_000_000 })
  const stalled = bump(filesystem, { runtime })
  await reached.promise
  await Promise.all([bump(filesystem, { runtime }), bump(filesystem, { runtime, timeoutMs: 20_000 })])
  gate.resolve()
  await stalled
})

test('A record whose tombstone was purged can be created again by a process that remembers the tombstone', async () => {
  let nowMs = Date.now()
  const runtime = { ...systemRuntime, wallMs: () => nowMs++ }
  const memory = await MemoryFilesystem.open({ tombstoneMs: 0, runtime })
  await bump(memory)
  await casUpdate(memory, path, Counter, () => remove())
  nowMs += 10
  expect(await memory.maintain()).toMatchObject({ removed: 1 })
  expect((await bump(memory)).value).toEqual({ value: 1 })
})

test('An abort does not hide a write that landed before its connection failed', async () => {
  const memory = await MemoryFilesystem.open()
  const controller = new AbortController()
  const filesystem = intercept(memory, {
    put: async (put, ...args) => {
      await put(...args)
      controller.abort()
      throw new Error('ECONNRESET')
    },
  })
  await expect(bump(filesystem, { signal: controller.signal })).rejects.toMatchObject({
    code: 'backend',
    retry: 'unknown',
  })
  expect(await memory.get(path)).toMatchObject({ state: 'live' })
})

test('A read that fails tells only those who were there when it began', async () => {
  const memory = await MemoryFilesystem.open()
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let reads = 0
  const filesystem = intercept(memory, {
    get: async (get, ...args) => {
      if (++reads > 1) return get(...args)
      asked.resolve()
      await gate.promise
      throw new FilesystemError('corrupt', 'Cannot read: damaged')
    },
  })
  const first = bump(filesystem)
  await asked.promise
  const second = bump(filesystem)
  gate.resolve()
  await expect(first).rejects.toMatchObject({ code: 'corrupt' })
  expect((await second).value).toEqual({ value: 1 })
})

test('A store that is not there is asked no more once nobody waits', async () => {
  const memory = await MemoryFilesystem.open()
  let reads = 0
  const filesystem = intercept(memory, {
    get: () => {
      reads++
      return Promise.reject(unavailable('safe'))
    },
  })
  await expect(bump(filesystem, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'timeout' })
  const told = reads
  await bump(memory)
  for (let turn = 0; turn < 50; turn++) await systemRuntime.sleep(1)
  expect(reads - told).toBeLessThanOrEqual(1)
})

test('Updates that were aborted do not count as waiting', async () => {
  const { filesystem, state, reached, release } = await hangingStore()
  state.hang = true
  const first = bump(filesystem)
  await reached
  const aborted = Array.from({ length: 16_384 }, () => {
    const controller = new AbortController()
    const call = bump(filesystem, { signal: controller.signal }).catch((error: unknown) => error)
    controller.abort()
    return call
  })
  await Promise.all(aborted)
  const next = bump(filesystem)
  release()
  await first
  expect((await next).value).toEqual({ value: 2 })
})

test.each(['safe', 'unknown'] as const)(
  'An async update waits between its questions (%s) to a store that is busy',
  async (retry) => {
    const memory = await MemoryFilesystem.open()
    const waits: number[] = []
    const runtime = {
      ...systemRuntime,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms < 1000) waits.push(ms)
        await systemRuntime.sleep(ms < 1000 ? 0 : ms, signal)
      },
    }
    let busy = 8
    const filesystem = intercept(memory, {
      put: (put, ...args) => (busy-- > 0 ? Promise.reject(unavailable(retry)) : put(...args)),
    })
    await casUpdate(filesystem, path, Counter, async (current) => increment(current), { runtime })
    const longest = waits.filter((ms) => ms >= 10)
    expect(longest.length, waits.join()).toBeGreaterThan(2)
  },
)

test('A codec that throws where it must not fails its update and no other', async () => {
  const memory = await MemoryFilesystem.open()
  await bump(memory)
  const broken: Codec<Count> = {
    decode: (entry) => Counter.decode(entry, path),
    encode: (value) => Counter.encode(value),
    isUnchanged: () => {
      throw new RangeError('broken codec')
    },
  }
  await expect(casUpdate(memory, path, broken, increment)).rejects.toThrow('broken codec')
  expect((await bump(memory)).value).toEqual({ value: 2 })
})

test('Callers with clocks of their own are held to their own deadlines', async () => {
  const { filesystem, state, reached, release } = await hangingStore()
  state.hang = true
  const first = bump(filesystem)
  await reached
  const behind = { ...systemRuntime, monotonicMs: () => systemRuntime.monotonicMs() - 100_000 }
  expect((await bump(filesystem, { runtime: behind, timeoutMs: 5000 })).value).toEqual({ value: 1 })
  release()
  await first
})

test('What is no change alone is none in a batch', async () => {
  const Loose = defineRecord({
    kind: 'loose',
    schema: z.strictObject({ a: z.number(), b: z.number().optional() }),
  })
  const memory = await MemoryFilesystem.open()
  await casUpdate(memory, path, Loose, () => write({ a: 0 }))
  const set = (value: { a: number; b?: number | undefined }, options = {}) =>
    casUpdate(memory, path, Loose, () => write(value, 'told'), options)
  const results = await Promise.all([
    set({ a: -0, b: undefined }, { opId: 'x' }),
    set({ a: 0 }),
    set({ a: 0 }, { opId: 'x' }),
  ])
  expect(results.map(({ changed, replayed, outcome }) => [changed, replayed, outcome])).toEqual(
    results.map(() => [false, false, 'told']),
  )
  expect(await memory.get(path)).toMatchObject({ version: expect.stringMatching(/^1\./) })
})

test('A version names as its writer one who changed something', async () => {
  const memory = await MemoryFilesystem.open()
  const [a, b] = ['a', 'b'].map((service) => ({ service, host: 'h', pid: 1 }))
  await Promise.all([casUpdate(memory, path, Counter, () => noop(), { writer: a }), bump(memory, { writer: b })])
  expect(await memory.get(path)).toMatchObject({ info: { writer: b, updates: [{ writer: b }] } })
})

test('A store with longer paths than the default takes updates at them', async () => {
  const memory = await MemoryFilesystem.open({ limits: { pathBytesMax: 4096 } })
  const long = `/${Array.from({ length: 10 }, () => 'x'.repeat(200)).join('/')}`
  expect((await casUpdate(memory, long, Counter, increment)).value).toEqual({ value: 1 })
  const usual = await MemoryFilesystem.open()
  await expect(casUpdate(usual, long, Counter, increment)).rejects.toMatchObject({ code: 'too-large' })
})

test('A transact with a writer that cannot be stored changes nothing', async () => {
  const memory = await MemoryFilesystem.open()
  const writer = { service: 'w', host: 'h', pid: 1, extra: () => 1 }
  const steps = [
    { type: 'append', path: '/log', bodies: [Buffer.from('a')] },
    { type: 'put', path, entry: { body: Buffer.from('{}'), contentType: 'application/json' }, expect: { type: 'any' } },
  ] as const
  await memory.transact(steps, { writer })
  expect(await memory.get(path)).toMatchObject({ info: { writer: { service: 'w', host: 'h', pid: 1 } } })
  const wrong = { service: 7, host: 'h', pid: 1 } as unknown as typeof writer
  await expect(memory.transact(steps, { writer: wrong })).rejects.toMatchObject({ code: 'invalid-argument' })
  expect((await memory.read('/log')).entries).toHaveLength(1)
})
