// Clocks of one tenant that do not agree: what one spends counts, and none of them moves the time of the others.
import { MemoryFilesystem } from '@latchless/filesystem'
import type { Period } from '@latchless/resources'
import { BudgetStore, CLOCK_LAG_MS_MAX } from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { usd, used } from './support/budgets.ts'

const MINUTE = 60 * 1000
const HOUR = 60 * MINUTE
const day: Period = { type: 'day', timeZone: 'UTC' }

/** Two stores over one budget of 100, one of them with a clock that is ahead. */
async function twoClocks(period: Period, aheadMs: number) {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
  const store = new BudgetStore(filesystem, clock)
  const ahead = new BudgetStore(filesystem, { now: () => clock.now() + aheadMs })
  await store.setLimits({}, usd(100, period))
  const spend = async (by: BudgetStore, amount: number) => {
    const { decision, reservation } = await by.reserve({}, { usdMicros: amount })
    if (decision === 'granted') await by.reconcile(reservation.id, used(amount))
    return decision
  }
  const spent = async () => (await store.account({}))?.spent.usdMicros
  return { clock, store, ahead, spend, spent }
}

describe('a clock that is ahead', () => {
  test.each([15 * HOUR, 30 * HOUR, 365 * 24 * HOUR])('by %i ms ends no day of the others', async (aheadMs) => {
    const { store, ahead, spend, spent } = await twoClocks(day, aheadMs)
    expect([await spend(store, 99), await spend(ahead, 1)]).toEqual(['granted', 'granted'])
    expect(await spent()).toBe(100)
    expect(await spend(store, 1)).toBe('denied')
  })

  test.each([23 * HOUR, 3 * MINUTE])('by %i ms does not stop a short window of the others', async (aheadMs) => {
    const { store, ahead, spend, clock, spent } = await twoClocks({ type: 'rolling', windowMs: MINUTE }, aheadMs)
    await spend(ahead, 1)
    for (let minute = 0; minute < 10; minute++) {
      expect(await spend(store, 99)).toBe('granted')
      clock.advance(2 * MINUTE)
    }
    clock.advance(24 * HOUR)
    expect(await spent()).toBeUndefined()
  })

  test('leaves what the others spent in a long window', async () => {
    const { store, ahead, spend, spent, clock } = await twoClocks({ type: 'rolling', windowMs: 24 * HOUR }, 20 * HOUR)
    await spend(store, 90)
    clock.advance(5 * HOUR)
    await spend(ahead, 1)
    expect(await spent()).toBe(91)
  })

  test('is survived: nothing is forgotten, and time goes on', async () => {
    const { store, ahead, clock } = await twoClocks(day, 365 * 24 * HOUR)
    await store.setLimits({}, usd(10, day))
    await store.reserve({}, {}, { id: 'r1' })
    await store.reconcile('r1', used(8))
    for (const id of ['r2', 'r3']) {
      await ahead.reserve({}, {}, { id })
      await ahead.reconcile(id, used(1))
    }
    // What it spent counts until its own time is over.
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
    expect((await store.reserve({}, { usdMicros: 1 })).decision).toBe('denied')
    clock.advance(24 * HOUR)
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 2 })
    await store.reserve({}, { usdMicros: 8 }, { id: 'r4' })
    await store.reconcile('r4', used(8))
    clock.advance(24 * HOUR)
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 2 })
  })
})

describe('a clock that lags', () => {
  test.each([
    ['no more than it may', day, CLOCK_LAG_MS_MAX, 14 * HOUR],
    ['no more than one slot of a short window', { type: 'rolling', windowMs: 24 * MINUTE } as const, MINUTE, 0],
  ])('by %s charges what the others count', async (_, period, lagMs, untilMs) => {
    // Seen from the one that lags, the others are ahead.
    const { clock, store: lagging, ahead: others, spend } = await twoClocks(period, lagMs)
    clock.advance(untilMs - (period.type === 'day' ? lagMs : 0))
    await spend(others, 10)
    await spend(lagging, 5)
    clock.advance(23 * MINUTE)
    expect((await others.account({}))?.spent).toEqual({ usdMicros: 15 })
  })

  test('by more is denied by what it sees of both periods', async () => {
    const { clock, store: lagging, ahead: others, spend } = await twoClocks(day, HOUR)
    await spend(lagging, 60)
    clock.advance(13.5 * HOUR)
    await spend(others, 60)
    expect(await spend(lagging, 1)).toBe('denied')
    expect(await spend(others, 40)).toBe('granted')
  })
})
