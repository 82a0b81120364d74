import { MemoryFilesystem } from '@latchless/filesystem'
import type { Amounts, Usage } from '@latchless/resources'
import { BudgetStore, DIMENSIONS, formatUsd, NO_USAGE, parseUsd, UNLIMITED } from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
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

  test('that would carry a total beyond what a number holds is settled, leaves it readable and is denied by a limit', async () => {
    const most = Number.MAX_SAFE_INTEGER
    const hour = 60 * 60 * 1000
    const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
    const store = new BudgetStore(await MemoryFilesystem.open(), clock)
    const limits = { max: { ...UNLIMITED, outputBytes: 5 }, period: { type: 'rolling', windowMs: 24 * hour } } as const
    await store.setLimits({}, limits)
    for (const id of ['r1', 'r2', 'r3']) await store.reserve({ user: id }, { outputBytes: 1 }, { id, ttlMs: 5 * hour })
    for (const id of ['r1', 'r2']) {
      // Each in a slot of its own, so that no single number is too large.
      await store.reconcile(id, { ...NO_USAGE, outputBytes: most })
      clock.advance(hour)
    }
    expect(await store.account({})).toMatchObject({
      spent: { outputBytes: most },
      reserved: { outputBytes: 1 },
      overdrawn: { outputBytes: most - 4 },
    })
    expect((await store.reserve({}, { outputBytes: 1 })).decision).toBe('denied')
    expect((await store.reconcile('r3', { ...NO_USAGE, outputBytes: 1 })).status).toBe('reconciled')
    const told = (await store.ledger()).items.filter(({ type }) => type === 'reconciled')
    expect(told[1]).toMatchObject({
      reservation: { actual: { outputBytes: most } },
      overage: { outputBytes: most - 1 },
    })
    await store.removeLimits({})
    await store.setLimits({}, limits)
    expect((await store.reserve({}, { outputBytes: 1 })).decision).toBe('granted')
  })
})

test('a reservation that would carry a total beyond what a number holds is refused, and replayed before', async () => {
  const most = Number.MAX_SAFE_INTEGER
  const store = new BudgetStore(await MemoryFilesystem.open())
  await store.reserve({ user: 'u' }, { usdMicros: most - 1 }, { id: 'r1' })
  await expect(store.reserve({}, { usdMicros: 2 })).rejects.toMatchObject({ code: 'invalid-amount' })
  expect((await store.reserve({}, { usdMicros: 1 })).decision).toBe('granted')
  expect((await store.reserve({ user: 'u' }, { usdMicros: most - 1 }, { id: 'r1' })).replayed).toBe(true)
  expect((await store.account({}))?.reserved).toEqual({ usdMicros: most })
  // What asks for nothing of it is not held up.
  expect((await store.reserve({}, { inputTokens: 1 })).decision).toBe('granted')
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
    fc.assert(
      fc.property(fc.maxSafeNat(), (micros) => parseUsd(formatUsd(micros)) === micros),
      { seed: 1 },
    )
    expect([0, 1, 100_000, 12_500_000].map(formatUsd)).toEqual(['0.00', '0.000001', '0.10', '12.50'])
  })

  test.each([-1, -0, 0.5, Number.NaN])('refuses %s', (micros) => {
    expect(() => formatUsd(micros)).toThrow(expect.objectContaining({ code: 'invalid-amount' }))
  })
})
