/** What casUpdate says must be so at every moment: each of these once said something else. */
import { defineRecord, MemoryFilesystem, systemRuntime, traceChannel, write } from '@latchless/filesystem'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type Count, Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'
import { updateModes } from './support/update-modes.ts'

const path = '/counters/c1'

describe.each(updateModes)('in the $mode mode', ({ update: casUpdate }) => {
  test('casUpdate() aborted in the moment its write has landed resolves', async () => {
    const memory = await MemoryFilesystem.open()
    const controller = new AbortController()
    const abortOnWin = (event: unknown) => {
      if ((event as { out?: string }).out === 'won') controller.abort()
    }
    traceChannel.subscribe(abortOnWin)
    onTestFinished(() => {
      traceChannel.unsubscribe(abortOnWin)
    })
    const result = await casUpdate(memory, path, Counter, increment, { signal: controller.signal })
    expect(result.changed).toBe(true)
  })

  test.each([1, 2, 3, 4, 5])('casUpdate() aborted %i microtasks after its write landed resolves', async (turns) => {
    const memory = await MemoryFilesystem.open()
    const controller = new AbortController()
    const abortLater = async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      controller.abort()
    }
    const filesystem = intercept(memory, {
      put: async (put, ...args) => {
        const result = await put(...args)
        void abortLater()
        return result
      },
    })
    const outcome = await casUpdate(filesystem, path, Counter, increment, { signal: controller.signal })
    expect(outcome.changed).toBe(true)
  })

  test('casUpdate() freezes a record to its depth even where the schema froze its surface', async () => {
    const Nested = defineRecord({ kind: 'nested', schema: z.object({ at: z.object({ n: z.int() }) }).readonly() })
    const memory = await MemoryFilesystem.open()
    await casUpdate(memory, path, Nested, () => write({ at: { n: 1 } }))
    const mutating = casUpdate(memory, path, Nested, (current) => {
      current!.at.n++
      return write(current!)
    })
    await expect(mutating).rejects.toThrow(TypeError)
  })

  test.each(['write', 'forceWrite'] as const)(
    'casUpdate() does not take a %s of nothing for a removal',
    async (type) => {
      const memory = await MemoryFilesystem.open()
      await casUpdate(memory, path, Counter, increment)
      const nothing = undefined as unknown as Count
      await expect(casUpdate(memory, path, Counter, () => ({ type, next: nothing, outcome: 0 }))).rejects.toMatchObject(
        {
          code: 'invalid-record',
        },
      )
      expect(await memory.get(path)).toMatchObject({ state: 'live' })
    },
  )

  test('casUpdate() refuses a value that does not fit on a record that is there, just as on an absent one', async () => {
    const memory = await MemoryFilesystem.open()
    await casUpdate(memory, path, Counter, increment)
    for (const value of [Number.NaN, 1n as unknown as number]) {
      await expect(casUpdate(memory, path, Counter, () => write({ value }))).rejects.toMatchObject({
        code: 'invalid-record',
      })
    }
  })

  test('casUpdate() refuses a value of which the schema would drop a part', async () => {
    const Loose = defineRecord({ kind: 'loose', schema: z.object({ n: z.int() }) })
    const memory = await MemoryFilesystem.open()
    const withExtra = { n: 7, note: 'lost in silence' }
    await expect(casUpdate(memory, path, Loose, () => write(withExtra))).rejects.toMatchObject({
      code: 'invalid-record',
    })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
  })

  test('casUpdate() in development refuses an apply that decides differently over the same record', async () => {
    const memory = await MemoryFilesystem.open()
    const runtime = { ...systemRuntime, development: true }
    let drawn = 0
    const impure = casUpdate(memory, path, Counter, () => write({ value: ++drawn }), { runtime })
    await expect(impure).rejects.toThrow('draw ids and times before the call')
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
    const asyncImpure = casUpdate(memory, path, Counter, async () => write({ value: ++drawn }), { runtime })
    await expect(asyncImpure).rejects.toThrow(TypeError)
    expect((await casUpdate(memory, path, Counter, increment, { runtime })).value).toEqual({ value: 1 })
  })

  test('casUpdate() refuses a deadline beyond what timers can hold', async () => {
    const memory = await MemoryFilesystem.open()
    await expect(casUpdate(memory, path, Counter, increment, { timeoutMs: Infinity })).rejects.toThrow(RangeError)
  })

  test('casUpdate() keeps the bytes of a record out of every error and its causes', async () => {
    const memory = await MemoryFilesystem.open()
    await memory.put(path, { body: Buffer.from('hunter2-secret'), contentType: 'application/json' }, { type: 'any' })
    let error: unknown = await casUpdate(memory, path, Counter, increment).catch((caught: unknown) => caught)
    for (; error instanceof Error; error = error.cause) expect(String(error)).not.toContain('hunter2')
  })

  test('MemoryFilesystem.get() hands out heads through which nothing stored can be changed', async () => {
    const memory = await MemoryFilesystem.open()
    const tuple = [1]
    const entry = { body: Buffer.from('{}'), contentType: 'application/json', kind: 'x', tuples: { i: tuple } }
    await memory.put(path, entry, { type: 'any' }, { updates: [{ opId: 'mine' }] })
    tuple.push(2)
    const head = await memory.get(path)
    if (head.state !== 'live') throw new Error('Cannot go on: expected a live record')
    expect(() => (head.ops as unknown[]).push({ opId: 'planted' })).toThrow(TypeError)
    ;(head.entry.tuples!['i'] as number[]).push(3)
    expect(await memory.get(path)).toMatchObject({ entry: { tuples: { i: [1] } }, ops: [{ opId: 'mine' }] })
  })
})
