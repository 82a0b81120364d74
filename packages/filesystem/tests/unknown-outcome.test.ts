/**
 * A reply is lost: did the write land? Four orders are possible (it landed or not, and the answer is lost for good or the
 * write arrives late), and in each the update must be in the record exactly once, or the caller must be told the truth.
 */
import type { Filesystem, WriteResult } from '@latchless/filesystem'
import { FilesystemError, MemoryFilesystem, remove } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'
import { ManualRuntime } from './support/manual-runtime.ts'
import { updateModes } from './support/update-modes.ts'

const path = '/counters/c1'

function lostReply(): FilesystemError {
  return new FilesystemError('unavailable', 'Cannot put: the connection was cut', { retry: 'unknown' })
}

/** Loses the reply of the first put; `before` and `after` say what happens around it. */
function losingFirstReply(
  memory: MemoryFilesystem,
  first: (put: () => Promise<WriteResult>) => Promise<unknown>,
  second?: (late: () => Promise<WriteResult>) => Promise<unknown>,
): Filesystem {
  let puts = 0
  let late: (() => Promise<WriteResult>) | undefined
  return intercept(memory, {
    put: async (put, ...args) => {
      puts++
      if (puts === 1) {
        late = () => put(...args)
        await first(late)
        throw lostReply()
      }
      if (puts === 2 && late) await second?.(late)
      return put(...args)
    },
  })
}

async function countAt(memory: MemoryFilesystem): Promise<number | undefined> {
  const head = await memory.get(path)
  return head.state === 'live' ? Counter.decode(head.entry, path).value : undefined
}

describe.each(updateModes)('in the $mode mode', ({ update: casUpdate }) => {
  test('casUpdate() counts once when the write landed and its reply was lost', async () => {
    const memory = await MemoryFilesystem.open()
    const filesystem = losingFirstReply(memory, (put) => put())
    let applied = 0
    const result = await casUpdate(filesystem, path, Counter, (current) => {
      applied++
      return increment(current)
    })
    expect(result).toMatchObject({ changed: true, value: { value: 1 } })
    expect(applied).toBe(1)
    expect(await countAt(memory)).toBe(1)
  })

  test('casUpdate() counts once when the write never landed and its reply was lost', async () => {
    const memory = await MemoryFilesystem.open()
    const filesystem = losingFirstReply(memory, async () => undefined)
    await casUpdate(filesystem, path, Counter, increment)
    expect(await countAt(memory)).toBe(1)
  })

  test('casUpdate() counts once when the lost write arrives late, just before it is sent again', async () => {
    const memory = await MemoryFilesystem.open()
    const filesystem = losingFirstReply(
      memory,
      async () => undefined,
      (late) => late(),
    )
    await casUpdate(filesystem, path, Counter, increment)
    expect(await countAt(memory)).toBe(1)
  })

  test('casUpdate() counts once when the lost write arrives after it was sent again', async () => {
    const memory = await MemoryFilesystem.open()
    let zombie: (() => Promise<WriteResult>) | undefined
    const filesystem = losingFirstReply(memory, async (put) => {
      zombie = put
    })
    const { version } = await casUpdate(filesystem, path, Counter, increment)
    expect(await zombie!()).toMatchObject({ replayed: true, version })
    expect(await countAt(memory)).toBe(1)
  })

  test('casUpdate() finds its landed write even when others have written since', async () => {
    const memory = await MemoryFilesystem.open()
    const filesystem = losingFirstReply(memory, async (put) => {
      await put()
      for (let n = 0; n < 100; n++) await casUpdate(memory, path, Counter, increment)
    })
    const result = await casUpdate(filesystem, path, Counter, increment)
    expect(result.value).toEqual({ value: 1 })
    expect(await countAt(memory)).toBe(101)
  })

  test('casUpdate() applies again when its write is known to have lost to another', async () => {
    const memory = await MemoryFilesystem.open()
    const filesystem = losingFirstReply(memory, () => casUpdate(memory, path, Counter, increment))
    const result = await casUpdate(filesystem, path, Counter, increment)
    expect(result.value).toEqual({ value: 2 })
  })

  test('casUpdate() says "unknown-outcome" when the record moved on beyond what it remembers', async () => {
    const memory = await MemoryFilesystem.open()
    const filesystem = losingFirstReply(memory, async () => {
      for (let n = 0; n < 129; n++) await casUpdate(memory, path, Counter, increment)
    })
    await expect(casUpdate(filesystem, path, Counter, increment)).rejects.toMatchObject({
      code: 'unknown-outcome',
      retry: 'unknown',
      writeId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    })
  })

  test('casUpdate() removes once when the reply of the delete was lost', async () => {
    const memory = await MemoryFilesystem.open()
    await casUpdate(memory, path, Counter, increment)
    let deletes = 0
    const filesystem = intercept(memory, {
      delete: async (original, ...args) => {
        const result = await original(...args)
        if (++deletes === 1) throw lostReply()
        return result
      },
    })
    expect(await casUpdate(filesystem, path, Counter, () => remove())).toMatchObject({ changed: true })
    expect(await memory.get(path)).toMatchObject({
      state: 'deleted',
      version: expect.stringMatching(/^2\./) as unknown,
    })
  })

  test('casUpdate() keeps asking after a lost reply until its deadline, and then says so', async () => {
    const memory = await MemoryFilesystem.open()
    const runtime = new ManualRuntime()
    let asked = 0
    const filesystem = intercept(memory, {
      put: async () => {
        if (++asked === 20) void runtime.expire()
        throw lostReply()
      },
    })
    await expect(casUpdate(filesystem, path, Counter, increment, { runtime })).rejects.toMatchObject({
      code: 'unknown-outcome',
    })
    const askedAtTheEnd = asked
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toBe(askedAtTheEnd)
  })
})
