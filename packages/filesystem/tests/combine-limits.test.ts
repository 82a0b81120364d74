import {
  casUpdate,
  defineRecord,
  FilesystemError,
  MemoryFilesystem,
  noop,
  systemRuntime,
  write,
} from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'
import { ManualRuntime } from './support/manual-runtime.ts'

const path = '/counters/c1'
const Names = defineRecord({ kind: 'names', schema: z.strictObject({ names: z.array(z.string()) }) })
const append = (name: string) => (current: { readonly names: readonly string[] } | undefined) =>
  write({ names: [...(current?.names ?? []), name] })

test('Updates whose writes get no answer count among those that a path may have at a time', async () => {
  const memory = await MemoryFilesystem.open()
  await casUpdate(memory, path, Counter, increment)
  let isCut = true
  const filesystem = intercept(memory, {
    put: async (original, ...args) => {
      if (isCut) throw new FilesystemError('unavailable', 'Cannot put: cut off', { retry: 'unknown' })
      return original(...args)
    },
  })
  const endings: Promise<string>[] = []
  for (let round = 0; round < 100; round++) {
    for (let n = 0; n < 200; n++) {
      const update = casUpdate(filesystem, path, Counter, increment)
      endings.push(
        update.then(
          () => 'done',
          ({ code }) => code as string,
        ),
      )
    }
    // What waits is sent, so that it waits no longer in the queue.
    await systemRuntime.turn()
  }
  isCut = false
  const ended = await Promise.all(endings)
  const done = ended.filter((ending) => ending === 'done').length
  expect(new Set(ended)).toEqual(new Set(['done', 'overloaded']))
  const head = await memory.get(path)
  expect(head.state === 'live' && Counter.decode(head.entry, path).value).toBe(done + 1)
})

test('However many reads have hung before, an update that meets another one is soon served by a new read', async () => {
  const runtime = new ManualRuntime()
  const memory = await MemoryFilesystem.open()
  await casUpdate(memory, path, Counter, increment)
  let hangs = false
  const filesystem = intercept(memory, {
    get: async (original, ...args) => {
      if (!hangs) return original(...args)
      hangs = false
      return new Promise<never>(() => {})
    },
  })
  const look = () => casUpdate(filesystem, path, Counter, (current) => noop(current?.value), { runtime })
  await look()
  for (let hung = 1; hung <= 12; hung++) {
    hangs = true
    const [{ outcome }] = await Promise.all([look(), runtime.expire()])
    expect(outcome).toBe(1)
  }
})

test('While an update at fault is looked for, others are not refused for want of time', async () => {
  const memory = await MemoryFilesystem.open()
  let nowMs = 0
  const runtime = { ...systemRuntime, monotonicMs: () => nowMs }
  let newcomer: Promise<unknown> | undefined
  const filesystem = intercept(memory, {
    put: async (original, at, entry, expect, options) => {
      nowMs += 30
      // Three hundred wait. One by one they would not be done in time, and they need not be.
      if (options?.updates?.length === 1 && others.length > 0) newcomer ??= add('newcomer')
      if (Buffer.from(entry.body).includes('poison')) throw new FilesystemError('too-large', 'Cannot put: too large')
      return original(at, entry, expect, options)
    },
  })
  const add = (name: string) => casUpdate(filesystem, path, Names, append(name), { runtime, timeoutMs: 5000 })
  let others: Promise<unknown>[] = []
  await add('first')
  const poison = add('poison')
  others = Array.from({ length: 300 }, (_, n) => add(`n${n}`))
  const [poisoned] = await Promise.allSettled([poison, ...others])
  expect(poisoned).toMatchObject({ reason: { code: 'too-large' } })
  await Promise.all(others)
  await newcomer
  const head = await memory.get(path)
  expect(head.state === 'live' && Names.decode(head.entry, path).names).toContain('newcomer')
})

test('A value that its record type would refuse is refused also when the next update in the batch mends it', async () => {
  const memory = await MemoryFilesystem.open()
  const Loose = defineRecord<{ n: number }>({
    kind: 'loose',
    // Drops what it does not know.
    schema: z.object({ n: z.number() }),
    indexes: {
      whole: ({ n }) => {
        if (!Number.isInteger(n)) throw new RangeError('not whole')
        return [n]
      },
    },
  })
  const set = (next: { readonly n: number }) => casUpdate(memory, '/loose', Loose, () => write(next))
  const [first, dropped, broken, last] = await Promise.allSettled([
    set({ n: 1 }),
    set({ n: 2, extra: 'x' } as { n: number }),
    set({ n: 2.5 }),
    set({ n: 3 }),
  ])
  expect([first.status, last.status]).toEqual(['fulfilled', 'fulfilled'])
  for (const refused of [dropped, broken]) expect(refused).toMatchObject({ reason: { code: 'invalid-record' } })
})
