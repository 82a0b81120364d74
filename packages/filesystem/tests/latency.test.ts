import { anything, MemoryFilesystem, type Runtime, systemRuntime } from '@latchless/filesystem'
import { InterceptedFilesystem, latency, type LatencyOptions } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'

const text = (body: string) => ({ body: new TextEncoder().encode(body), contentType: 'text/plain' })

/** Records for how long it was to sleep, and sleeps until the signal where it holds. */
function steppedRuntime(holds: boolean): Runtime & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    ...systemRuntime,
    slept,
    async sleep(ms, signal) {
      slept.push(ms)
      if (!holds) return
      await new Promise<void>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    },
  }
}

async function setUp(options: LatencyOptions, holds = false) {
  const runtime = steppedRuntime(holds)
  const memory = await MemoryFilesystem.open()
  return { runtime, memory, store: latency(memory, { runtime, ...options }) }
}

describe('latency()', () => {
  it('delays each operation before and after it as said', async () => {
    const { runtime, store } = await setUp({
      every: { before: 1, after: 2 },
      operations: { list: { before: 30 }, get: {} },
    })
    await store.put('/a', text('a'), anything)
    await store.list('/')
    await store.get('/a')
    expect(runtime.slept).toEqual([1, 2, 30])
  })

  it('draws delays from a range, the same ones for the same seed', async () => {
    const drawn = async (seed: number) => {
      const { runtime, store } = await setUp({ every: { before: [5, 10] }, seed })
      for (let n = 0; n < 50; n++) await store.get('/a')
      return runtime.slept
    }
    const delays = await drawn(7)
    expect(delays.every((ms) => ms >= 5 && ms < 10)).toBe(true)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(3)
    expect(await drawn(7)).toEqual(delays)
    expect(await drawn(8)).not.toEqual(delays)
  })

  it('rejects with aborted when the signal fires on the way to the store, and nothing is written', async () => {
    const { memory, store } = await setUp({ every: { before: 5 } }, true)
    const caller = new AbortController()
    const put = store.put('/a', text('a'), anything, { signal: caller.signal })
    caller.abort()
    await expect(put).rejects.toMatchObject({
      code: 'aborted',
      retry: 'safe',
      message: 'Cannot put "/a": the signal fired on the way to the store',
    })
    expect(await memory.get('/a')).toEqual({ state: 'unwritten' })
  })

  it('does not hide a write when the signal fires on the way back', async () => {
    const { memory, runtime, store } = await setUp({ every: { after: 5 } }, true)
    const caller = new AbortController()
    const put = store.put('/a', text('a'), anything, { signal: caller.signal })
    while (runtime.slept.length === 0) await Promise.resolve()
    caller.abort()
    expect(await put).toMatchObject({ replayed: false })
    expect(await memory.get('/a')).toMatchObject({ state: 'live' })
  })

  it('delays a watch before it begins and after each change, and ends it by its signal', async () => {
    const { runtime, store } = await setUp({ operations: { watch: { before: 3, after: 4 } } })
    const caller = new AbortController()
    const changes = store.watch('/', { after: '', signal: caller.signal })[Symbol.asyncIterator]()
    await store.put('/a', text('a'), anything)
    expect((await changes.next()).value).toMatchObject({ type: 'gap' })
    expect((await changes.next()).value).toMatchObject({ type: 'put', path: '/a' })
    expect(runtime.slept).toEqual([3, 4, 4])
    caller.abort()
    expect(await changes.next()).toMatchObject({ done: true })
  })

  it('adds no member and forwards each to the store', async () => {
    const { memory, store } = await setUp({ every: { before: 1 } })
    expect(store).toBeInstanceOf(InterceptedFilesystem)
    expect(store.capabilities('/')).toEqual(memory.capabilities('/'))
    await store.close()
    await expect(store.get('/a')).rejects.toMatchObject({ code: 'closed' })
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, [2, 1] as const, [-1, 1] as const])(
    'refuses a delay of %j',
    async (before) => {
      const memory = await MemoryFilesystem.open()
      expect(() => latency(memory, { operations: { put: { before } } })).toThrow(RangeError)
    },
  )
})
