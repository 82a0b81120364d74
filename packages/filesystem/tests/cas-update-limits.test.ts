import { FilesystemError, MemoryFilesystem, unwritten } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'
import { ManualRuntime } from './support/manual-runtime.ts'
import { plainUpdate, updateModes } from './support/update-modes.ts'

const path = '/counters/c1'

async function valueAt(filesystem: MemoryFilesystem): Promise<number | undefined> {
  const head = await filesystem.get(path)
  return head.state === 'live' ? Counter.decode(head.entry, path).value : undefined
}

describe.each(updateModes)('in the $mode mode', ({ update: casUpdate }) => {
  test('casUpdate() reports a failing store as "backend" with the cause, on read and on write', async () => {
    const memory = await MemoryFilesystem.open()
    const broken = new Error('disk on fire')
    const noRead = intercept(memory, { get: () => Promise.reject(broken) })
    await expect(casUpdate(noRead, path, Counter, increment)).rejects.toMatchObject({
      code: 'backend',
      cause: broken,
      attempts: 0,
    })
    const noWrite = intercept(memory, { put: () => Promise.reject(broken) })
    await expect(casUpdate(noWrite, path, Counter, increment)).rejects.toMatchObject({
      code: 'backend',
      cause: broken,
      attempts: 1,
    })
  })

  test.each(['none', 'unknown'] as const)(
    'casUpdate() refuses a store whose CAS is %s before anything is read',
    async (cas) => {
      const memory = await MemoryFilesystem.open()
      const untouched = () => {
        throw new Error('touched')
      }
      const filesystem = intercept(memory, {
        capabilities: (capabilities, ...args) => ({ ...capabilities(...args), cas }),
        get: untouched,
        put: untouched,
        delete: untouched,
      })
      await expect(casUpdate(filesystem, path, Counter, increment)).rejects.toMatchObject({
        code: 'cas-unsupported',
        attempts: 0,
      })
    },
  )

  test('casUpdate() maps "unsupported" at write time when a store claims CAS and has none', async () => {
    const memory = await MemoryFilesystem.open()
    const calls: unknown[] = []
    const filesystem = intercept(memory, {
      put: (_put, ...args) => {
        calls.push(args[2])
        return Promise.reject(new FilesystemError('unsupported', 'Cannot put: no versions here'))
      },
    })
    await expect(casUpdate(filesystem, path, Counter, increment)).rejects.toMatchObject({
      code: 'cas-unsupported',
      attempts: 1,
    })
    expect(calls).toEqual([unwritten])
  })

  test('casUpdate() times out on a store that never answers a read: nothing was written', async () => {
    const memory = await MemoryFilesystem.open()
    const runtime = new ManualRuntime()
    const asked = Promise.withResolvers<void>()
    const hung = intercept(memory, {
      get: () => {
        asked.resolve()
        return new Promise(() => {})
      },
    })
    const waiting = casUpdate(hung, path, Counter, increment, { runtime, timeoutMs: 5000 })
    await asked.promise
    void runtime.expire()
    await expect(waiting).rejects.toMatchObject({ code: 'timeout', retry: 'safe', elapsedMs: 5000 })
  })

  test('casUpdate() times out on an apply that never ends', async () => {
    const memory = await MemoryFilesystem.open()
    const runtime = new ManualRuntime()
    const entered = Promise.withResolvers<void>()
    const waiting = casUpdate(
      memory,
      path,
      Counter,
      () => {
        entered.resolve()
        return new Promise<ReturnType<typeof increment>>(() => {})
      },
      { runtime },
    )
    await entered.promise
    void runtime.expire()
    await expect(waiting).rejects.toMatchObject({ code: 'timeout' })
  })

  test('casUpdate() says "unknown-outcome" with the writeId when a write got no answer in time', async () => {
    const memory = await MemoryFilesystem.open()
    const runtime = new ManualRuntime()
    const sent = Promise.withResolvers<string | undefined>()
    const hung = intercept(memory, {
      put: async (put, ...args) => {
        await put(...args)
        sent.resolve(args[3]?.writeId)
        return new Promise<never>(() => {})
      },
    })
    const waiting = casUpdate(hung, path, Counter, increment, { runtime })
    const writeId = await sent.promise
    void runtime.expire()
    await expect(waiting).rejects.toMatchObject({ code: 'unknown-outcome', retry: 'unknown', writeId })
    expect(await memory.get(path)).toMatchObject({ info: { writeId } })
  })

  test('casUpdate() leaves no timer behind', async () => {
    const memory = await MemoryFilesystem.open()
    const runtime = new ManualRuntime()
    await casUpdate(memory, path, Counter, increment, { runtime })
    expect(runtime.openDeadlines).toBe(0)
  })

  test('casUpdate() with a signal that fired before touches nothing', async () => {
    const memory = await MemoryFilesystem.open()
    const reason = new Error('enough')
    const aborted = casUpdate(memory, path, Counter, increment, { signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: reason })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
  })

  test('casUpdate() aborted during apply writes nothing', async () => {
    const memory = await MemoryFilesystem.open()
    const controller = new AbortController()
    const aborted = casUpdate(
      memory,
      path,
      Counter,
      async (current) => {
        controller.abort()
        return increment(current)
      },
      { signal: controller.signal },
    )
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
  })

  test('casUpdate() aborted while its write is under way tells the truth: it landed', async () => {
    const memory = await MemoryFilesystem.open()
    const controller = new AbortController()
    const filesystem = intercept(memory, {
      put: (put, ...args) => {
        controller.abort()
        return put(...args)
      },
    })
    const result = await casUpdate(filesystem, path, Counter, increment, { signal: controller.signal })
    expect(result.changed).toBe(true)
    expect(await valueAt(memory)).toBe(1)
  })

  test('casUpdate() refuses limits that cannot be met and paths that are not paths', async () => {
    const memory = await MemoryFilesystem.open()
    await expect(casUpdate(memory, path, Counter, increment, { attemptsMax: 0 })).rejects.toThrow(RangeError)
    await expect(casUpdate(memory, path, Counter, increment, { timeoutMs: Number.NaN })).rejects.toThrow(RangeError)
    await expect(casUpdate(memory, 'no-slash', Counter, increment)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

test('casUpdate() asks a busy store again, on read and on write, without using up attempts', async () => {
  const memory = await MemoryFilesystem.open()
  const runtime = new ManualRuntime()
  let busyReads = 3
  let busyWrites = 40
  const busy = () =>
    Promise.reject(new FilesystemError('unavailable', 'Cannot reach the store: it is busy', { retry: 'safe' }))
  const filesystem = intercept(memory, {
    get: (get, ...args) => (busyReads-- > 0 ? busy() : get(...args)),
    put: (put, ...args) => (busyWrites-- > 0 ? busy() : put(...args)),
  })
  await plainUpdate(filesystem, path, Counter, increment, { runtime })
  expect(await valueAt(memory)).toBe(1)
  expect(runtime.sleptMs).toHaveLength(43)
})

test('casUpdate() gives up after its attempts, without a sleep behind the last one', async () => {
  const memory = await MemoryFilesystem.open()
  const runtime = new ManualRuntime()
  const rival = intercept(memory, {
    put: async (put, ...args) => {
      await plainUpdate(memory, path, Counter, increment)
      return put(...args)
    },
  })
  const losing = plainUpdate(rival, path, Counter, increment, { runtime })
  await expect(losing).rejects.toMatchObject({ code: 'retries-exhausted', attempts: 32, retry: 'safe' })
  expect(runtime.sleptMs).toHaveLength(31)
  expect(await valueAt(memory)).toBe(32)
})

test('casUpdate() doubles its wait from 2 to 50 ms and spreads it up to twice the base', async () => {
  const memory = await MemoryFilesystem.open()
  const runtime = new ManualRuntime()
  const rival = intercept(memory, {
    put: async (put, ...args) => {
      await plainUpdate(memory, path, Counter, increment)
      return put(...args)
    },
  })
  await plainUpdate(rival, path, Counter, increment, { runtime, attemptsMax: 300 }).catch(() => undefined)
  for (const [index, ms] of runtime.sleptMs.entries()) {
    const base = Math.min(50, 2 ** (index + 1))
    expect(ms).toBeGreaterThanOrEqual(base)
    expect(ms).toBeLessThan(2 * base)
  }
  const buckets = new Set(runtime.sleptMs.slice(5).map((ms) => Math.floor((ms - 50) / 5)))
  expect(buckets.size).toBe(10)
})

test('casUpdate() beyond its attempts fails some calls and still counts exactly the others', async () => {
  const memory = await MemoryFilesystem.open()
  const slow = intercept(memory, {
    put: async (put, ...args) => {
      await new Promise((resolve) => setImmediate(resolve))
      return put(...args)
    },
  })
  const calls = Array.from({ length: 40 }, () => plainUpdate(slow, path, Counter, increment, { attemptsMax: 2 }))
  const settled = await Promise.allSettled(calls)
  const failed = settled.filter((result) => result.status === 'rejected')
  expect(failed.length).toBeGreaterThan(0)
  for (const { reason } of failed) expect(reason).toMatchObject({ code: 'retries-exhausted' })
  expect(await valueAt(memory)).toBe(settled.length - failed.length)
})
