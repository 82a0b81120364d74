import { MemoryFilesystem } from '@latchless/filesystem'
import type { Amounts, Usage } from '@latchless/resources'
import { BudgetStore, DIMENSIONS, formatUsd, NO_USAGE, parseUsd } from '@latchless/resources'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const refusedAmounts = [
  ['negative', -1],
  ['minus zero', -0],
  ['not a number', Number.NaN],
  ['infinite', Number.POSITIVE_INFINITY],
  ['a fraction', 0.5],
  ['beyond what a number holds exactly', Number.MAX_SAFE_INTEGER + 1],
  ['a big integer', 1n as unknown as number],
  ['text', '1' as unknown as number],
] as const

describe('an amount', () => {
  test.each(refusedAmounts)('that is %s is refused in an estimate, and nothing is written', async (_, amount) => {
    const filesystem = await MemoryFilesystem.open()
    const store = new BudgetStore(filesystem)
    for (const dimension of DIMENSIONS) {
      await expect(store.reserve({}, { [dimension]: amount })).rejects.toMatchObject({ code: 'invalid-amount' })
    }
    expect((await filesystem.list('/')).items).toEqual([])
  })

  test.each(refusedAmounts)(
    'that is %s is refused in what was used, and the reservation stays open',
    async (_, amount) => {
      const store = new BudgetStore(await MemoryFilesystem.open())
      await store.reserve({}, { usdMicros: 5 }, { id: 'r1' })
      await expect(store.reconcile('r1', { ...NO_USAGE, usdMicros: amount })).rejects.toMatchObject({
        code: 'invalid-amount',
      })
      expect((await store.reservation('r1'))?.status).toBe('reserved')
    },
  )

  test('of a dimension that does not exist is refused', async () => {
    const store = new BudgetStore(await MemoryFilesystem.open())
    const estimate = { tokens: 1 } as unknown as Amounts
    await expect(store.reserve({}, estimate)).rejects.toMatchObject({ code: 'invalid-amount' })
    await expect(store.reserve({}, null as unknown as Amounts)).rejects.toMatchObject({ code: 'invalid-amount' })
  })

  test('must be there for everything that can be used', async () => {
    const store = new BudgetStore(await MemoryFilesystem.open())
    await store.reserve({}, { usdMicros: 5 }, { id: 'r1' })
    for (const dimension of Object.keys(NO_USAGE)) {
      const { [dimension as keyof Usage]: _, ...usage } = NO_USAGE
      await expect(store.reconcile('r1', usage as Usage)).rejects.toMatchObject({ code: 'invalid-amount' })
    }
    const withSlots = { ...NO_USAGE, concurrencySlots: 1 }
    await expect(store.reconcile('r1', withSlots)).rejects.toMatchObject({ code: 'invalid-amount' })
  })

  test('that overflows a total is refused, in a reservation and in what was used', async () => {
    const store = new BudgetStore(await MemoryFilesystem.open())
    await store.reserve({}, { outputBytes: Number.MAX_SAFE_INTEGER }, { id: 'r1' })
    await expect(store.reserve({}, { outputBytes: 1 })).rejects.toMatchObject({ code: 'amount-overflow' })
    await store.reconcile('r1', { ...NO_USAGE, outputBytes: Number.MAX_SAFE_INTEGER })
    await store.reserve({}, {}, { id: 'r2' })
    await expect(store.reconcile('r2', { ...NO_USAGE, outputBytes: 1 })).rejects.toMatchObject({
      code: 'amount-overflow',
    })
    expect((await store.account({}))?.spent).toEqual({ outputBytes: Number.MAX_SAFE_INTEGER })
  })
})

describe('parseUsd()', () => {
  test.each([
    ['0', 0],
    ['0.1', 100_000],
    ['12.50', 12_500_000],
    ['0.000001', 1],
    ['1.0000000', 1_000_000],
    ['9007199254.740991', Number.MAX_SAFE_INTEGER],
  ])('reads %s exactly', (text, micros) => {
    expect(parseUsd(text)).toBe(micros)
  })

  test.each(['', '-1', '+1', '1e3', '.5', '1.', '1,5', ' 1', '0.0000001', '9007199254.740992', 'NaN', '１'])(
    'refuses %j',
    (text) => {
      expect(() => parseUsd(text)).toThrow(expect.objectContaining({ code: 'invalid-amount' }))
    },
  )
})

describe('formatUsd()', () => {
  test('gives what parseUsd() takes back', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (micros) => parseUsd(formatUsd(micros)) === micros))
    expect([0, 1, 100_000, 12_500_000].map(formatUsd)).toEqual(['0.00', '0.000001', '0.10', '12.50'])
  })

  test.each([-1, -0, 0.5, Number.NaN])('refuses %s', (micros) => {
    expect(() => formatUsd(micros)).toThrow(expect.objectContaining({ code: 'invalid-amount' }))
  })
})
