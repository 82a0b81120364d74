import { BudgetGateStore, BudgetStore } from '@latchless/resources'
import { backends } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { keepingHistory, readTree, treeVersions, usd, used, violations, wholeLedger } from './support/budgets.ts'

const WRITERS = 8
const ROUNDS = 12
const LIMIT = 60
const USER_LIMIT = 25

describe.each(backends)('on $name', ({ fresh }) => {
  test('eight writers over several stores never hold or spend more than the limit, at any version', async () => {
    await using store = await fresh()
    const handles = await Promise.all([store.open(), store.open(), store.open()])
    const stores = handles.map((handle) => new BudgetStore(keepingHistory(handle)))
    await stores[0]?.setLimits({}, usd(LIMIT))
    await stores[0]?.setLimits({ user: 'u0' }, usd(USER_LIMIT))
    const granted = new Map<string, number>()
    const run = async (writer: number) => {
      const budgets = stores[writer % stores.length] as BudgetStore
      for (let round = 0; round < ROUNDS; round++) {
        const id = `w${writer}-${round}`
        const scope = { user: `u${writer % 2}` }
        const { decision } = await budgets.reserve(scope, { usdMicros: 5 }, round % 2 === 0 ? { id } : {})
        if (decision !== 'granted' || round % 2 === 1) continue
        granted.set(id, round % 4)
        if (round % 4 === 0) await budgets.release(id)
        else await budgets.reconcile(id, used(2))
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, async (_, writer) => run(writer)))

    const [first] = handles
    const versions = await treeVersions(first)
    const head = await first.get('/budgets/tree')
    expect(versions).toHaveLength(Number((head as { version: string }).version.split('.')[0]))
    expect(violations(versions, LIMIT)).toEqual([])
    expect(violations(versions, USER_LIMIT, 'tenant/user:u0')).toEqual([])
    const spent = [...granted.values()].filter((round) => round !== 0).length * 2
    expect(await stores[1]?.account({})).toMatchObject({ spent: spent === 0 ? {} : { usdMicros: spent } })
    const users = await Promise.all(['u0', 'u1'].map(async (user) => stores[2]?.account({ user })))
    expect(users.reduce((sum, user) => sum + (user?.spent.usdMicros ?? 0), 0)).toBe(spent)

    const events = await wholeLedger(first)
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1))
    expect(events.filter(({ type }) => type === 'reserved' || type === 'denied')).toHaveLength(WRITERS * ROUNDS)
  })

  test('one request made by eight writers at once is granted once', async () => {
    await using store = await fresh()
    const handles = await Promise.all([store.open(), store.open()])
    const outcomes = await Promise.all(
      Array.from({ length: WRITERS }, async (_, n) =>
        new BudgetStore(handles[n % 2] as (typeof handles)[number]).reserve({}, { usdMicros: 5 }, { id: 'r1' }),
      ),
    )
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(outcomes.map(({ reservation }) => reservation.number)).size).toBe(1)
    const closes = await Promise.allSettled(
      Array.from({ length: WRITERS }, async (_, n) =>
        new BudgetStore(handles[n % 2] as (typeof handles)[number]).reconcile('r1', used(3)),
      ),
    )
    expect(closes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await readTree(handles[0]))?.accounts['tenant']?.slots[0]?.spent).toEqual({
      usdMicros: 3,
    })
  })
})

describe.each(backends)('on $name', ({ fresh }) => {
  test('one gate resolved by eight writers at once ends once, with the limits of the one who won', async () => {
    await using store = await fresh()
    const handles = await Promise.all([store.open(), store.open(), store.open()])
    const gatesOf = (n: number) => new BudgetGateStore(handles[n % handles.length] as (typeof handles)[number])
    await gatesOf(0).open({ user: 'u' }, [], { id: 'g1' })
    const results = await Promise.allSettled(
      Array.from({ length: WRITERS }, async (_, n) => {
        const by = `writer${n}`
        if (n % 4 === 3) return gatesOf(n).cancel('g1', { by })
        return gatesOf(n).approve('g1', { by, changes: [{ account: { user: 'u' }, limits: usd(100 + n) }] })
      }),
    )
    const [winner, ...others] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(others).toEqual([])
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    for (const error of lost) expect(error).toMatchObject({ code: 'gate-resolved', status: winner?.status })
    for (const n of [0, 1, 2]) expect(await gatesOf(n).get('g1')).toEqual(winner)
    const change = winner?.resolution?.changes?.[0]
    const account = await new BudgetStore(handles[1]).account({ user: 'u' })
    expect(account?.limits).toEqual(change?.limits)
    const events = (await wholeLedger(handles[0])).map(({ type }) => type)
    expect(events).toEqual(change ? ['limit-changed', 'gate-resolved'] : ['gate-resolved'])
  })
})

describe.each(backends.filter(({ name }) => name !== 'memory'))('on $name', ({ fresh }) => {
  test('a second and a third store see everything after the first one closed', async () => {
    await using store = await fresh()
    const first = await store.open()
    const budgets = new BudgetStore(first)
    await budgets.setLimits({ user: 'u' }, usd(10))
    await budgets.reserve({ user: 'u' }, { usdMicros: 6 }, { id: 'r1' })
    await budgets.reserve({ user: 'u' }, { usdMicros: 3 }, { id: 'r2' })
    await budgets.reserve({ user: 'u' }, { usdMicros: 2 }, { id: 'r3' })
    await budgets.reconcile('r1', used(1))
    const seen = async (each: BudgetStore) => [
      await each.account({ user: 'u' }),
      await Promise.all(['r1', 'r2', 'r3'].map(async (id) => each.reservation(id))),
      (await each.ledger()).items,
    ]
    const expected = await seen(budgets)
    await first.close()
    const second = await store.open()
    expect(await seen(new BudgetStore(second))).toEqual(expected)
    await new BudgetStore(second).sweep()
    await second.close()
    expect(await seen(new BudgetStore(await store.open()))).toEqual(expected)
  })
})
