// Sweeps beside each other, beside live writers, and with nothing to do.
import type { Head } from '@latchless/filesystem'
import { MemoryFilesystem, replacing } from '@latchless/filesystem'
import { BudgetGateStore, BudgetStore, CLOSED_RESERVATION_KEEP_MS, LEDGER_KEEP_MS } from '@latchless/resources'
import { backends, manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { keepingHistory, treeVersions, usd, used, violations, wholeLedger } from './support/budgets.ts'

describe('a sweep', () => {
  test('that has nothing to do writes no version of anything', async () => {
    const filesystem = await MemoryFilesystem.open()
    const clock = manualClock()
    const store = new BudgetStore(filesystem, clock)
    const gates = new BudgetGateStore(filesystem, clock)
    await store.setLimits({}, usd(10))
    await store.reserve({ user: 'u' }, {}, { id: 'r1' })
    await store.reserve({ user: 'u' }, {}, { id: 'r2' })
    await store.reconcile('r1', used(1))
    await gates.open({}, [], { id: 'g1' })
    await store.sweep()
    const heads = async (): Promise<readonly Head[]> =>
      Promise.all(
        ['/budgets/tree', '/budgets/reservations/r1', '/budgets/gates/g1'].map((path) => filesystem.get(path)),
      )
    const before = await heads()
    expect(await store.sweep()).toEqual({
      reservationsExpired: 0,
      gatesExpired: 0,
      eventsDrained: 0,
      damagedRecords: [],
      reservationsRemoved: 0,
      gatesRemoved: 0,
      ledgerEntriesTrimmed: 0,
    })
    expect(await heads()).toEqual(before)
  })

  test('whose place in the ledger another sweep removes meanwhile has nothing to remove', async () => {
    const filesystem = await MemoryFilesystem.open()
    const store = new BudgetStore(filesystem)
    for (let n = 0; n < 20; n++) await store.setLimits({}, usd(n))
    await store.sweep()
    const now = Date.now() + LEDGER_KEEP_MS + 1000
    let isFirst = true
    const overtaken = replacing(filesystem, {
      read: async (log, options) => {
        const page = await filesystem.read(log, options)
        if (isFirst) {
          isFirst = false
          await store.sweep({ now, limit: 200 })
        }
        return page
      },
    })
    expect((await new BudgetStore(overtaken).sweep({ now, limit: 5 })).ledgerEntriesTrimmed).toBe(0)
  })

  test('keeps events for their time by the clock that dated them, whatever the clock of the log', async () => {
    const filesystem = await MemoryFilesystem.open()
    const clock = manualClock(Date.now() + LEDGER_KEEP_MS * 10)
    const store = new BudgetStore(filesystem, clock)
    await store.setLimits({}, usd(1))
    await store.sweep()
    expect((await store.sweep()).ledgerEntriesTrimmed).toBe(0)
    clock.advance(LEDGER_KEEP_MS + 1)
    expect((await store.sweep()).ledgerEntriesTrimmed).toBe(1)
    // What is dated by a clock that is ahead must not keep all that is behind it.
    await new BudgetStore(filesystem, { now: () => Date.now() + LEDGER_KEEP_MS * 20 }).setLimits({}, usd(2))
    await store.setLimits({}, usd(3))
    await store.sweep()
    clock.set(Date.now() + LEDGER_KEEP_MS + 1000)
    expect((await new BudgetStore(filesystem, clock).sweep()).ledgerEntriesTrimmed).toBe(1)
  })
})

test.each(backends)(
  'on $name, two sweeps race beside live writers, and nothing is lost or done twice',
  async ({ fresh }) => {
    await using place = await fresh()
    const clock = manualClock()
    const handles = await Promise.all([place.open(), place.open()])
    const [first, second] = handles.map((handle) => new BudgetStore(keepingHistory(handle), clock))
    if (!first || !second) throw new Error('two stores were opened')
    const gates = new BudgetGateStore(handles[0], clock)
    await first.setLimits({ user: 'u' }, usd(40))
    for (let n = 0; n < 6; n++) {
      await first.reserve({ user: 'u' }, { usdMicros: 2 }, { id: `overdue${n}`, ttlMs: 1 })
      await gates.open({}, [], { id: `g${n}`, ttlMs: 1 })
    }
    clock.advance(1)
    const write = async (store: BudgetStore, name: string) => {
      for (let n = 0; n < 6; n++) {
        const { decision } = await store.reserve({ user: 'u' }, { usdMicros: 3 }, { id: `${name}${n}` })
        if (decision === 'granted') await store.reconcile(`${name}${n}`, used(3))
      }
    }
    const sweepAll = async (store: BudgetStore) => [await store.sweep({ limit: 4 }), await store.sweep({ limit: 4 })]
    const [, , ...reports] = await Promise.all([
      write(first, 'a'),
      write(second, 'b'),
      sweepAll(first),
      sweepAll(second),
    ])
    expect(reports.flat().reduce((sum, { gatesExpired }) => sum + gatesExpired, 0)).toBe(6)
    await first.sweep()
    expect((await first.account({ user: 'u' }))?.spent).toEqual({ usdMicros: 36 })
    expect(violations(await treeVersions(handles[1]), 40, 'tenant/user:u')).toEqual([])
    const events = await wholeLedger(handles[1])
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1))
    expect(events.filter(({ type }) => type === 'gate-resolved')).toHaveLength(6)
    expect(events.filter(({ type }) => type === 'released')).toHaveLength(6)
    clock.advance(CLOSED_RESERVATION_KEEP_MS + 1)
    const removed = await Promise.all([first.sweep(), second.sweep()])
    expect(removed.reduce((sum, { reservationsRemoved }) => sum + reservationsRemoved, 0)).toBe(18)
    expect(await first.reservation('a0')).toBeUndefined()
  },
)
