import {
  CasUpdateError,
  defineRecord,
  FilesystemError,
  forceWrite,
  MemoryFilesystem,
  noop,
  remove,
  sequenceOf,
  unwritten,
  write,
} from '@latchless/filesystem'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { Counter, increment } from './support/counter.ts'
import { intercept } from './support/intercept.ts'
import { plainUpdate, updateModes } from './support/update-modes.ts'

const path = '/counters/c1'

async function valueAt(filesystem: MemoryFilesystem): Promise<number | undefined> {
  const head = await filesystem.get(path)
  return head.state === 'live' ? Counter.decode(head.entry, path).value : undefined
}

describe.each(updateModes)('in the $mode mode', ({ update: casUpdate }) => {
  test('casUpdate() creates a record, expecting a path never written', async () => {
    const memory = await MemoryFilesystem.open()
    const expectations: unknown[] = []
    const filesystem = intercept(memory, {
      put: (put, ...args) => {
        expectations.push(args[2])
        return put(...args)
      },
    })
    const result = await casUpdate(filesystem, path, Counter, (current) => {
      expect(current).toBeUndefined()
      return write({ value: 1 }, 'created')
    })
    expect(result).toMatchObject({ outcome: 'created', value: { value: 1 }, changed: true, replayed: false })
    expect(sequenceOf(result.version!)).toBe(1)
    expect(expectations).toEqual([unwritten])
  })

  test('casUpdate() gives apply a frozen record and returns a frozen one', async () => {
    const memory = await MemoryFilesystem.open()
    const { value } = await casUpdate(memory, path, Counter, increment)
    expect(Object.isFrozen(value)).toBe(true)
    await casUpdate(memory, path, Counter, (current) => {
      expect(Object.isFrozen(current)).toBe(true)
      return noop()
    })
  })

  test('casUpdate() writes nothing for a no-op: absent stays absent, present keeps its version', async () => {
    const memory = await MemoryFilesystem.open()
    const none = await casUpdate(memory, path, Counter, () => noop('nothing'))
    expect(none).toEqual({ outcome: 'nothing', value: undefined, version: undefined, changed: false, replayed: false })
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
    const first = await casUpdate(memory, path, Counter, increment)
    const second = await casUpdate(memory, path, Counter, () => noop())
    expect(second).toMatchObject({ version: first.version, changed: false, value: { value: 1 } })
  })

  test('casUpdate() skips a write that equals the record, whatever the order of its keys', async () => {
    const Pair = defineRecord({ kind: 'pair', schema: z.strictObject({ a: z.int(), b: z.int() }) })
    const memory = await MemoryFilesystem.open()
    const first = await casUpdate(memory, path, Pair, () => write({ a: 1, b: 2 }))
    const same = await casUpdate(memory, path, Pair, () => write({ b: 2, a: 1 }))
    expect(same).toMatchObject({ changed: false, version: first.version })
  })

  test('casUpdate() rewrites an equal value when only its schemaVersion or an index tuple differs', async () => {
    const schema = z.strictObject({ value: z.int() })
    const memory = await MemoryFilesystem.open()
    await casUpdate(memory, path, Counter, () => write({ value: 1 }))
    const Newer = defineRecord({ kind: 'counter', schema, schemaVersion: 2, migrate: { 1: (old) => old } })
    expect((await casUpdate(memory, path, Newer, (current) => write(current!))).changed).toBe(true)
    const Indexed = defineRecord({
      kind: 'counter',
      schema,
      schemaVersion: 2,
      migrate: { 1: (old) => old },
      indexes: { by_value: (count) => [count.value] },
    })
    expect((await casUpdate(memory, path, Indexed, (current) => write(current!))).changed).toBe(true)
    const head = await memory.get(path)
    expect(head).toMatchObject({ state: 'live', entry: { schemaVersion: 2, tuples: { by_value: [1] } } })
  })

  test('casUpdate() writes a new version for forceWrite even when nothing changed', async () => {
    const memory = await MemoryFilesystem.open()
    const first = await casUpdate(memory, path, Counter, increment)
    const forced = await casUpdate(memory, path, Counter, (current) => forceWrite(current!, 'again'))
    expect(forced).toMatchObject({ changed: true, outcome: 'again' })
    expect(sequenceOf(forced.version!)).toBe(sequenceOf(first.version!) + 1)
  })

  test('casUpdate() leaves a tombstone on remove, and removing what is absent changes nothing', async () => {
    const memory = await MemoryFilesystem.open()
    expect(await casUpdate(memory, path, Counter, () => remove())).toMatchObject({ changed: false, version: undefined })
    await casUpdate(memory, path, Counter, increment)
    const removed = await casUpdate(memory, path, Counter, () => remove('gone'))
    expect(removed).toMatchObject({ changed: true, outcome: 'gone', value: undefined })
    const again = await casUpdate(memory, path, Counter, () => remove())
    expect(again).toMatchObject({ changed: false, version: removed.version })
  })

  test('casUpdate() does not remove a record that was deleted and recreated behind its back', async () => {
    const memory = await MemoryFilesystem.open()
    await casUpdate(memory, path, Counter, () => write({ value: 7 }))
    const seen: (number | undefined)[] = []
    const result = await casUpdate(memory, path, Counter, async (current) => {
      seen.push(current?.value)
      if (seen.length === 1) {
        await casUpdate(memory, path, Counter, () => remove())
        await casUpdate(memory, path, Counter, () => write({ value: 8 }))
      }
      return current?.value === 7 ? remove() : noop()
    })
    expect(seen).toEqual([7, 8])
    expect(result.changed).toBe(false)
    expect(await valueAt(memory)).toBe(8)
  })

  test('casUpdate() passes on what apply throws, unchanged, and writes nothing', async () => {
    const memory = await MemoryFilesystem.open()
    const mine = new Error('mine')
    const failing = casUpdate(memory, path, Counter, () => {
      throw mine
    })
    await expect(failing).rejects.toBe(mine)
    await expect(casUpdate(memory, path, Counter, () => Promise.reject(mine))).rejects.toBe(mine)
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
  })

  test('casUpdate() refuses stored bytes it cannot decode and leaves them alone', async () => {
    const memory = await MemoryFilesystem.open()
    const { version } = await memory.put(
      path,
      { body: Buffer.from('{"value":'), contentType: 'application/json' },
      unwritten,
    )
    await expect(casUpdate(memory, path, Counter, increment)).rejects.toMatchObject({
      name: 'FilesystemError',
      code: 'corrupt',
      path,
    })
    expect(await memory.get(path)).toMatchObject({ version })
  })

  test('casUpdate() refuses a value that does not fit its record type before anything is written', async () => {
    const memory = await MemoryFilesystem.open()
    const secret = 'do-not-show-me'
    const error: unknown = await casUpdate(memory, path, Counter, () =>
      write({ value: secret as unknown as number }),
    ).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name: 'FilesystemError', code: 'invalid-record' })
    expect(String(error)).not.toContain(secret)
    expect(await memory.get(path)).toEqual({ state: 'unwritten' })
  })

  test('casUpdate() whose opId is already in the record replays the first version and does not run apply', async () => {
    const memory = await MemoryFilesystem.open()
    const first = await casUpdate(memory, path, Counter, increment, { opId: 'charge-17' })
    await casUpdate(memory, path, Counter, increment)
    const repeat = await casUpdate(memory, path, Counter, () => expect.unreachable(), { opId: 'charge-17' })
    expect(repeat).toEqual({
      outcome: undefined,
      value: undefined,
      version: first.version,
      changed: false,
      replayed: true,
    })
    expect(await valueAt(memory)).toBe(2)
  })

  test('casUpdate() called twice at once with one opId applies it once', async () => {
    const memory = await MemoryFilesystem.open()
    const results = await Promise.all(
      Array.from({ length: 8 }, () => casUpdate(memory, path, Counter, increment, { opId: 'once' })),
    )
    expect(results.filter((result) => !result.replayed)).toHaveLength(1)
    expect(await valueAt(memory)).toBe(1)
  })

  test('casUpdate() loses no update among many writers of one record', async () => {
    const memory = await MemoryFilesystem.open()
    const writers = Array.from({ length: 12 }, async () => {
      for (let n = 0; n < 10; n++) await casUpdate(memory, path, Counter, increment, { attemptsMax: 1000 })
    })
    await Promise.all(writers)
    expect(await valueAt(memory)).toBe(120)
  })

  test('casUpdate() infers its outcome from every decision apply may return', async () => {
    const memory = await MemoryFilesystem.open()
    const mixed = await casUpdate(memory, path, Counter, (current) => {
      if (!current) return write({ value: 1 }, 'first' as const)
      return current.value > 5 ? noop(0) : write({ value: 2 })
    })
    expectTypeOf(mixed.outcome).toEqualTypeOf<'first' | number | undefined>()
    const later = await casUpdate(memory, path, Counter, async () => remove(true))
    expectTypeOf(later.outcome).toEqualTypeOf<boolean>()
    // @ts-expect-error -- a string is not a count
    const wrong = casUpdate(memory, path, Counter, () => write({ value: 'two' }))
    await expect(wrong).rejects.toBeInstanceOf(FilesystemError)
    await expect(casUpdate(memory, path, Counter, increment, { attemptsMax: 1 })).resolves.not.toBeInstanceOf(
      CasUpdateError,
    )
  })
})

test('casUpdate() continues from the winner after one loss without reading again', async () => {
  const memory = await MemoryFilesystem.open()
  let reads = 0
  const filesystem = intercept(memory, {
    get: (get, ...args) => {
      reads++
      return get(...args)
    },
  })
  let disturbed = false
  await plainUpdate(filesystem, path, Counter, async (current) => {
    if (!disturbed) {
      disturbed = true
      await plainUpdate(memory, path, Counter, increment)
    }
    return increment(current)
  })
  expect(reads).toBe(1)
  expect(await valueAt(memory)).toBe(2)
})

test('casUpdate() reads again after each further loss, because a waited-for winner is old on a hot record', async () => {
  const memory = await MemoryFilesystem.open()
  let reads = 0
  let rivals = 3
  const filesystem = intercept(memory, {
    get: (get, ...args) => {
      reads++
      return get(...args)
    },
    put: async (put, ...args) => {
      if (rivals-- > 0) await plainUpdate(memory, path, Counter, increment)
      return put(...args)
    },
  })
  await plainUpdate(filesystem, path, Counter, increment)
  expect(reads).toBe(3)
  expect(await valueAt(memory)).toBe(4)
})
