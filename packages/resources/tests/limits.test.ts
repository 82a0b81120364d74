import { casUpdate, MemoryFilesystem, write } from '@latchless/filesystem'
import type { BudgetLimits, Period } from '@latchless/resources'
import {
  BudgetGateStore,
  BudgetStore,
  CLOCK_LAG_MS_MAX,
  LIMITED_ACCOUNTS_MAX,
  Tree,
  TREE_PATH,
  UNLIMITED,
} from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { readTree, usd, used } from './support/budgets.ts'

const HOUR = 60 * 60 * 1000

async function fresh() {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
  return { filesystem, clock, store: new BudgetStore(filesystem, clock) }
}

describe('BudgetStore.setLimits()', () => {
  const day: Period = { type: 'day', timeZone: 'UTC' }

  test.each([
    ['no limits', undefined],
    ['a missing dimension', { max: { usdMicros: 1 }, period: day }],
    ['a period of another type', { max: UNLIMITED, period: { type: 'year' } }],
    ['a time zone that does not exist', { max: UNLIMITED, period: { type: 'day', timeZone: 'Europe/Atlantis' } }],
    ['an offset instead of a time zone', { max: UNLIMITED, period: { type: 'day', timeZone: '+01:00' } }],
    ['a window of less than a millisecond per slot', { max: UNLIMITED, period: { type: 'rolling', windowMs: 23 } }],
    ['a threshold of 0', { max: UNLIMITED, period: day, warnAtPercent: 0 }],
    ['a threshold above 100', { max: UNLIMITED, period: day, pauseAtPercent: 101 }],
    ['a fraction as threshold', { max: UNLIMITED, period: day, warnAtPercent: 0.5 }],
    ['a pause below the warning', { max: UNLIMITED, period: day, warnAtPercent: 80, pauseAtPercent: 70 }],
    ['a property that is none', { max: UNLIMITED, period: day, pauseAt: 1 }],
  ])('refuses %s', async (_, limits) => {
    const { store, filesystem } = await fresh()
    const set = store.setLimits({}, limits as BudgetLimits)
    await expect(set).rejects.toMatchObject({ code: expect.stringMatching(/^invalid-(limits|amount)$/) as string })
    expect(await readTree(filesystem)).toBeUndefined()
  })

  test.each([-1, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses a maximum of %s', async (max) => {
    const { store } = await fresh()
    await expect(store.setLimits({}, usd(max))).rejects.toMatchObject({ code: 'invalid-amount' })
  })

  test.each([
    ['a day', day, 14 * HOUR],
    // From Wednesday at ten, and from 4 March.
    ['a week', { type: 'week', timeZone: 'UTC' } as const, 110 * HOUR],
    ['a month', { type: 'month', timeZone: 'UTC' } as const, (27 * 24 + 14) * HOUR],
    ['a rolling window', { type: 'rolling', windowMs: 24 * HOUR } as const, 25 * HOUR],
  ])('does not move the window of %s, by itself or by an approval', async (_, period, overMs) => {
    const { store, clock, filesystem } = await fresh()
    const gates = new BudgetGateStore(filesystem, clock)
    await store.setLimits({}, usd(10, period))
    await store.reserve({}, { usdMicros: 10 }, { id: 'r1' })
    await store.reconcile('r1', used(10))
    const steps = 10
    for (let step = 0; step < steps; step++) {
      expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
      const limits = usd(10 + (step % 2), period)
      if (step % 4 < 2) await store.setLimits({}, limits)
      else {
        const { id } = await gates.open({}, [])
        await gates.approve(id, { by: 'ann', changes: [{ account: {}, limits }] })
      }
      clock.advance(overMs / steps)
    }
    expect((await store.account({}))?.spent).toEqual({})
    expect((await store.reserve({}, { usdMicros: 10 })).decision).toBe('granted')
  })

  test('lets a rolling window go on by its slots, not at once', async () => {
    const { store, clock } = await fresh()
    await store.setLimits({}, usd(10, { type: 'rolling', windowMs: 24 * HOUR }))
    for (const id of ['r1', 'r2']) {
      await store.reserve({}, { usdMicros: 5 }, { id })
      await store.reconcile(id, used(5))
      clock.advance(12 * HOUR)
    }
    expect((await store.reserve({}, { usdMicros: 1 })).decision).toBe('denied')
    clock.advance(HOUR)
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 5 })
    expect((await store.reserve({}, { usdMicros: 6 })).decision).toBe('denied')
    expect((await store.reserve({}, { usdMicros: 5 })).decision).toBe('granted')
  })

  test('computes a rollover when it is read and writes it with the next charge', async () => {
    const { store, clock, filesystem } = await fresh()
    await store.setLimits({}, usd(10, day))
    await store.reserve({}, { usdMicros: 10 }, { id: 'r1' })
    await store.reconcile('r1', used(9))
    clock.advance(24 * HOUR)
    const before = await filesystem.get('/budgets/tree')
    expect((await store.account({}))?.spent).toEqual({})
    expect(await filesystem.get('/budgets/tree')).toEqual(before)
    await store.reserve({}, { usdMicros: 10 }, { id: 'r2' })
    await store.reconcile('r2', used(2))
    expect((await readTree(filesystem))?.accounts['tenant']?.slots).toEqual([
      // The period before stays until a sweep, for the case that this clock is ahead.
      { start: Date.parse('2026-03-04T00:00:00Z'), spent: { usdMicros: 9 } },
      { start: Date.parse('2026-03-05T00:00:00Z'), spent: { usdMicros: 2 } },
    ])
    await store.sweep()
    expect((await readTree(filesystem))?.accounts['tenant']?.slots).toHaveLength(1)
  })

  test('charges the newest period that was seen when a clock lags a little behind', async () => {
    const { store, clock } = await fresh()
    await store.setLimits({}, usd(20, day))
    const spend = async (id: string, amount: number) => {
      await store.reserve({}, {}, { id })
      await store.reconcile(id, used(amount))
    }
    clock.advance(14 * HOUR)
    await spend('r1', 10)
    clock.advance(-CLOCK_LAG_MS_MAX)
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
    await spend('r2', 5)
    clock.advance(CLOCK_LAG_MS_MAX)
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 15 })
  })

  test('replaces limits whose time zone this program does not know, and until then decides nothing', async () => {
    const { store, filesystem } = await fresh()
    const limits = usd(10, { type: 'day', timeZone: 'Mars/Olympus' })
    const account = { limits, slots: [{ start: 5, spent: { usdMicros: 3 } }], updatedAt: 5 }
    await casUpdate(filesystem, TREE_PATH, Tree, () =>
      write({ accounts: { tenant: account }, open: [], drained: 0, pending: [] }),
    )
    await expect(store.reserve({}, {})).rejects.toMatchObject({ code: 'unknown-time-zone', name: 'BudgetError' })
    await expect(store.account({})).rejects.toMatchObject({ code: 'unknown-time-zone' })
    // The sweep of this program must neither fail over it nor forget what was spent.
    await store.sweep()
    await store.setLimits({}, usd(10))
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 3 })
  })

  test('tells the ledger nothing when nothing changes, however that is written', async () => {
    const { store } = await fresh()
    for (let round = 0; round < 3; round++) {
      await store.setLimits({}, usd(10, day, { warnAtPercent: undefined, pauseAtPercent: undefined }))
    }
    expect((await store.ledger()).items).toHaveLength(1)
  })

  test('below what is used denies everything, and above it grants again', async () => {
    const { store } = await fresh()
    await store.reserve({}, { usdMicros: 10 }, { id: 'r1' })
    await store.setLimits({}, usd(4))
    expect(await store.account({})).toMatchObject({ reserved: { usdMicros: 10 }, overdrawn: { usdMicros: 6 } })
    expect((await store.reserve({}, {})).decision).toBe('denied')
    await store.setLimits({}, usd(12))
    expect((await store.reserve({}, { usdMicros: 2 })).decision).toBe('granted')
  })

  test('with another period counts what was spent, unless nobody knows when', async () => {
    const { store } = await fresh()
    const spend = async (id: string) => {
      await store.reserve({}, {}, { id })
      await store.reconcile(id, used(10))
    }
    await spend('r1')
    await store.setLimits({}, usd(100))
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
    await store.setLimits({}, usd(100, day))
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
    await store.setLimits({}, usd(100, { type: 'rolling', windowMs: HOUR }))
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
    await store.removeLimits({})
    expect(await store.account({})).toMatchObject({ limits: undefined, spent: { usdMicros: 10 } })
    await store.setLimits({}, usd(100, day))
    expect((await store.account({}))?.spent).toEqual({})
  })

  test('refuses more accounts with limits than a tree may have', async () => {
    const { store } = await fresh()
    const set = async (n: number) => store.setLimits({ user: `u${n}` }, usd(1))
    await Promise.all(Array.from({ length: LIMITED_ACCOUNTS_MAX }, async (_, n) => set(n)))
    await expect(set(-1)).rejects.toMatchObject({ code: 'too-many-accounts' })
    await store.setLimits({ user: 'u0' }, usd(2))
    await store.removeLimits({ user: 'u0' })
    await set(-1)
  })
})
