import {
  casUpdate,
  type Codec,
  defineRecord,
  forceWrite,
  type Filesystem,
  MemoryFilesystem,
  noop,
  remove,
  sequenceOf,
  write,
} from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Count, Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'

const path = '/counters/c1'
const combine = true

const add = (by: number) => (current: Count | undefined) => write({ value: (current?.value ?? 0) + by })
const bump = (filesystem: Filesystem, options = {}) =>
  casUpdate(filesystem, path, Counter, increment, { combine, ...options })
const times = <T>(count: number, call: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => call(n)))

/** Calls of one operation wait until they are let go; the first `count` of them. */
function hold(memory: Filesystem, operation: 'get' | 'put', count = 1) {
  const gate = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  let held = 0
  const filesystem = intercept(memory, {
    [operation]: async (original: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]) => {
      if (held++ < count) {
        reached.resolve()
        await gate.promise
      }
      return original(...args)
    },
  })
  return { filesystem, reached: reached.promise, release: gate.resolve }
}

test('Updates that arrive while an attempt is under way become one version, which lists them all', async () => {
  const memory = await MemoryFilesystem.open()
  const { filesystem, reached, release } = hold(memory, 'put')
  const first = bump(filesystem)
  await reached
  const writer = { service: 'worker', host: 'h', pid: 7 }
  const others = times(9, (n) => bump(filesystem, { opId: `op-${n}`, writer }))
  release()
  const results = [await first, ...(await others)]
  expect(results.map(({ value }) => value?.value)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(results.map(({ version }) => version && sequenceOf(version))).toEqual([
    1,
    ...Array.from({ length: 9 }, () => 2),
  ])
  const { versions } = await memory.history(path)
  expect(versions[0]?.info.updates).toEqual(Array.from({ length: 9 }, (_, n) => ({ opId: `op-${n}`, writer })))
})

test('A second update of a process goes to the store once: it starts from what the first one left', async () => {
  const memory = await MemoryFilesystem.open()
  let reads = 0
  const filesystem = intercept(memory, {
    get: (get, ...args) => {
      reads++
      return get(...args)
    },
  })
  for (let n = 1; n <= 5; n++) expect((await bump(filesystem)).value).toEqual({ value: n })
  expect(reads).toBe(1)
  await casUpdate(memory, path, Counter, add(10))
  expect((await bump(filesystem)).value).toEqual({ value: 16 })
  expect(reads).toBe(1)
})

test('A batch in which one adds and another takes away is written; one of no-ops only is not', async () => {
  const memory = await MemoryFilesystem.open()
  await bump(memory)
  const both = await Promise.all([
    casUpdate(memory, path, Counter, add(1), { combine }),
    casUpdate(memory, path, Counter, add(-1), { combine }),
  ])
  expect(both.map(({ version, changed }) => [version && sequenceOf(version), changed])).toEqual([
    [2, true],
    [2, true],
  ])
  const looks = await times(3, () => casUpdate(memory, path, Counter, (current) => noop(current?.value), { combine }))
  expect(looks.map(({ outcome, changed }) => [outcome, changed])).toEqual([1, 1, 1].map((value) => [value, false]))
  expect(await memory.get(path)).toMatchObject({ version: both[0]?.version })
})

test('A no-op tells of the record as others left it, and not of what the process remembers', async () => {
  const memory = await MemoryFilesystem.open()
  const other = intercept(memory, {})
  await bump(memory)
  await bump(other)
  const { outcome } = await casUpdate(memory, path, Counter, (current) => noop(current?.value), { combine })
  expect(outcome).toBe(2)
})

test('A throwing apply fails its caller alone, and only once what it saw is in the record', async () => {
  const memory = await MemoryFilesystem.open()
  const { filesystem, reached, release } = hold(memory, 'put')
  const first = bump(filesystem)
  let told = false
  const refused = casUpdate(
    filesystem,
    path,
    Counter,
    (current) => {
      throw new RangeError(`full at ${current?.value}`)
    },
    { combine },
  ).catch((error: unknown) => {
    told = true
    return error
  })
  await reached
  expect(told).toBe(false)
  release()
  await first
  expect(await refused).toEqual(new RangeError('full at 1'))
  expect(await memory.get(path)).toMatchObject({ info: { updates: [{}] } })
})

test('A value that does not fit fails its caller alone, also when the next update makes it fit again', async () => {
  const Small = defineRecord({ kind: 'small', schema: z.strictObject({ value: z.int().max(3) }) })
  const memory = await MemoryFilesystem.open()
  const set = (value: number) => casUpdate(memory, path, Small, () => write({ value }), { combine })
  const results = await Promise.allSettled([set(1), set(4), set(2)])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({ reason: { code: 'invalid-record' } })
})

test('An update that makes the record too large fails alone; those around it are written', async () => {
  const List = defineRecord({ kind: 'list', schema: z.array(z.string()) })
  const memory = await MemoryFilesystem.open({ limits: { bodyBytesMax: 400 } })
  const push = (item: string) =>
    casUpdate(memory, '/lists/l1', List, (current) => write([...(current ?? []), item]), { combine })
  const items = Array.from({ length: 20 }, (_, n) => (n === 11 ? 'x'.repeat(1000) : `item ${n}`))
  const results = await Promise.allSettled(items.map(push))
  expect(results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([11])
  expect(results[11]).toMatchObject({ reason: { code: 'too-large' } })
  const head = await memory.get('/lists/l1')
  const stored = head.state === 'live' ? JSON.parse(Buffer.from(head.entry.body).toString()) : undefined
  expect(stored).toEqual(items.filter((_, n) => n !== 11))
})

test.each(['get', 'put'] as const)(
  'A stalled %s delays its own caller only: the others go round it',
  async (operation) => {
    const memory = await MemoryFilesystem.open()
    const { filesystem, reached, release } = hold(memory, operation)
    const stalled = bump(filesystem)
    await reached
    // Nobody lets the stalled call go before all of these are done.
    await times(50, () => bump(filesystem))
    release()
    await stalled
    expect(await memory.get(path)).toMatchObject({ state: 'live' })
    const { outcome } = await casUpdate(memory, path, Counter, (current) => noop(current?.value), { combine })
    expect(outcome).toBe(51)
  },
)

test('An async apply runs alone, and one that never ends delays nobody', async () => {
  const memory = await MemoryFilesystem.open()
  const gate = Promise.withResolvers<void>()
  const slow = casUpdate(
    memory,
    path,
    Counter,
    async (current) => {
      await gate.promise
      return write({ value: (current?.value ?? 0) + 100 })
    },
    { combine },
  )
  await times(20, () => bump(memory))
  gate.resolve()
  expect((await slow).value).toEqual({ value: 120 })
})

test('Removals and creations in one batch leave what the last of them says', async () => {
  const memory = await MemoryFilesystem.open()
  await bump(memory)
  const [, removed, made] = await Promise.all([
    bump(memory),
    casUpdate(memory, path, Counter, () => remove('gone'), { combine }),
    casUpdate(memory, path, Counter, (current) => forceWrite({ value: 7 }, current), { combine }),
  ])
  expect([removed.outcome, made.outcome]).toEqual(['gone', undefined])
  const fresh = '/counters/c2'
  await Promise.all([
    casUpdate(memory, fresh, Counter, increment, { combine }),
    casUpdate(memory, fresh, Counter, () => remove(), { combine }),
  ])
  expect([await memory.get(path), await memory.get(fresh)]).toMatchObject([
    { state: 'live' },
    { state: 'deleted', version: expect.stringMatching(/^2\./) },
  ])
})

test('An update that waits behind another can be aborted and timed out; then nothing of it is written', async () => {
  const memory = await MemoryFilesystem.open()
  const { filesystem, reached, release } = hold(memory, 'put')
  const first = bump(filesystem)
  await reached
  const controller = new AbortController()
  const aborted = bump(filesystem, { signal: controller.signal })
  const late = bump(filesystem, { timeoutMs: 5 })
  controller.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'aborted', retry: 'safe' })
  await expect(late).rejects.toMatchObject({ code: 'timeout', retry: 'safe' })
  release()
  await first
  expect((await bump(filesystem)).value).toEqual({ value: 2 })
})

test('An update whose write gets no answer in time ends as unknown, with the writeId that the record has', async () => {
  const memory = await MemoryFilesystem.open()
  const { filesystem, reached, release } = hold(memory, 'put')
  const update = bump(filesystem, { timeoutMs: 20 })
  await reached
  const error = await update.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'unknown-outcome', retry: 'unknown' })
  release()
  await bump(memory)
  const { versions } = await memory.history(path)
  expect(versions.map(({ info }) => info.writeId)).toContain((error as { writeId: string }).writeId)
})

test('An update that ends while its batch is being encoded is not written with it', async () => {
  const memory = await MemoryFilesystem.open()
  const controller = new AbortController()
  const slow: Codec<Count> = {
    decode: (entry) => Counter.decode(entry, path),
    encode: async (value) => {
      controller.abort()
      return Counter.encode(value)
    },
    isUnchanged: () => false,
  }
  const [aborted, other] = await Promise.allSettled([
    casUpdate(memory, path, slow, add(1), { combine, signal: controller.signal }),
    casUpdate(memory, path, slow, add(10), { combine }),
  ])
  expect(aborted).toMatchObject({ status: 'rejected', reason: { code: 'aborted', retry: 'safe' } })
  expect(other).toMatchObject({ status: 'fulfilled', value: { value: { value: 10 } } })
})

test('More updates than can be done in time are refused at once, with a time to come back', async () => {
  const memory = await MemoryFilesystem.open()
  const { filesystem, reached, release } = hold(memory, 'put')
  const first = bump(filesystem)
  await reached
  const waiting = Array.from({ length: 16_383 }, () => bump(filesystem))
  await expect(bump(filesystem)).rejects.toMatchObject({ code: 'overloaded', retry: 'safe' })
  release()
  await Promise.all([first, ...waiting])
  expect((await bump(filesystem)).value).toEqual({ value: 16_385 })
})

test('Two record types at one path are not folded together', async () => {
  const Other = defineRecord({ kind: 'other', schema: z.strictObject({ value: z.int() }) })
  const memory = await MemoryFilesystem.open()
  const [first, second] = await Promise.allSettled([
    bump(memory),
    casUpdate(memory, path, Other, () => write({ value: 1 }), { combine }),
  ])
  expect(first.status).toBe('fulfilled')
  expect(second).toMatchObject({ status: 'rejected', reason: { code: 'corrupt' } })
})

test('A record type can say that its updates are not to be folded', async () => {
  const Apart = defineRecord({ kind: 'apart', schema: z.strictObject({ value: z.int() }), combine: false })
  const memory = await MemoryFilesystem.open()
  await times(5, () =>
    casUpdate(memory, path, Apart, (current) => write({ value: (current?.value ?? 0) + 1 }), { attemptsMax: 100 }),
  )
  expect(await memory.get(path)).toMatchObject({ version: expect.stringMatching(/^5\./) })
})
