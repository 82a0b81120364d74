import { replacing } from '@latchless/filesystem'
import type { BudgetErrorCode, BudgetScope, Finding } from '@latchless/resources'
import { BudgetGateStore, BudgetStore, GATE_KEEP_MS, GATE_TTL_MS_MAX, TREE_PATH } from '@latchless/resources'
import type { TestStore } from '@latchless/store-testing'
import { backends, manualClock } from '@latchless/store-testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { usd, wholeLedger } from './support/budgets.ts'
import { paused } from './support/paused.ts'

const codeOf = async (run: Promise<unknown>): Promise<BudgetErrorCode | 'done'> =>
  run.then(
    () => 'done' as const,
    (error: { code: BudgetErrorCode }) => error.code,
  )

describe.each(backends)('on $name, BudgetGateStore', ({ fresh }) => {
  let store: TestStore
  let clock: ReturnType<typeof manualClock>
  beforeEach(async () => {
    store = await fresh()
    clock = manualClock()
  })
  afterEach(async () => store.close())

  async function openGate() {
    const filesystem = await store.open()
    const budgets = new BudgetStore(filesystem, clock)
    const gates = new BudgetGateStore(filesystem, clock)
    await budgets.setLimits({}, usd(100, { type: 'lifetime' }, { pauseAtPercent: 50 }))
    const { reservation } = await budgets.reserve({ user: 'u' }, { usdMicros: 60 })
    expect(reservation.status).toBe('approval-required')
    await gates.open({ user: 'u' }, reservation.findings, { id: 'g1', ttlMs: 1000 })
    return { filesystem, budgets, gates }
  }
  const raised = { by: 'ann', changes: [{ account: {}, limits: usd(200) }] }

  test('puts the limits of an approval in force with it', async () => {
    const { filesystem, budgets, gates } = await openGate()
    expect(await gates.approve('g1', raised)).toMatchObject({ status: 'approved', resolution: { by: 'ann' } })
    expect((await gates.list({ status: 'approved' })).items.map(({ id }) => id)).toEqual(['g1'])
    expect((await budgets.reserve({ user: 'u' }, { usdMicros: 60 })).decision).toBe('granted')
    const events = await wholeLedger(filesystem)
    expect(events.filter(({ type }) => type === 'gate-resolved')).toHaveLength(1)
    expect(events.findLast(({ type }) => type === 'limit-changed')).toMatchObject({ gate: 'g1', by: 'ann' })
  })

  test('is whole after a crash behind the one write of an approval, for readers and for a second approval', async () => {
    const { filesystem, budgets } = await openGate()
    let isDead = false
    const dying = replacing(filesystem, {
      put: async (path, ...rest) => {
        if (isDead) throw new Error('this process is dead')
        isDead = path === TREE_PATH
        return filesystem.put(path, ...rest)
      },
      append: async () => Promise.reject(new Error('this process is dead')),
    })
    await new BudgetGateStore(dying, clock).approve('g1', raised)
    const other = await store.open()
    const gates = new BudgetGateStore(other, clock)
    expect((await filesystem.get('/budgets/gates/g1')).state).toBe('live')
    expect((await gates.get('g1'))?.status).toBe('approved')
    expect((await gates.list()).items).toEqual([])
    // Its record still says that it is pending, so no row of the index tells of its end.
    expect((await gates.list({ status: 'approved' })).items.map(({ id }) => id)).toEqual(['g1'])
    expect((await budgets.account({}))?.limits?.max.usdMicros).toBe(200)
    expect(await codeOf(gates.approve('g1', raised))).toBe('gate-resolved')
    await new BudgetStore(other, clock).sweep()
    expect((await gates.list({ status: 'approved' })).items.map(({ id }) => id)).toEqual(['g1'])
    expect((await wholeLedger(other)).filter(({ type }) => type === 'gate-resolved')).toHaveLength(1)
  })

  test.each([
    ['another approval', 'gate-resolved', async (gates: BudgetGateStore) => gates.approve('g1', { by: 'bob' })],
    ['a cancellation', 'gate-resolved', async (gates: BudgetGateStore) => gates.cancel('g1', { by: 'bob' })],
  ] as const)('lets one win of an approval that is about to be written and %s', async (_, code, rival) => {
    const { filesystem, budgets, gates } = await openGate()
    const held = paused(filesystem, TREE_PATH)
    const slow = codeOf(new BudgetGateStore(held.filesystem, clock).approve('g1', raised))
    await held.arrived
    expect(await codeOf(rival(gates))).toBe('done')
    // What the winner wrote has left the tree by now, so that only the gate's own record knows.
    await budgets.sweep()
    held.go()
    expect(await slow).toBe(code)
    expect((await gates.get('g1'))?.resolution?.by).toBe('bob')
    expect((await budgets.account({}))?.limits?.max.usdMicros).toBe(100)
  })

  test('lets an expiry win against an approval that is about to be written', async () => {
    const { filesystem, budgets, gates } = await openGate()
    const held = paused(filesystem, TREE_PATH)
    const slow = codeOf(new BudgetGateStore(held.filesystem, { now: clock.now }).approve('g1', raised))
    await held.arrived
    clock.advance(1000)
    expect((await budgets.sweep()).gatesExpired).toBe(1)
    held.go()
    expect(await slow).toBe('gate-resolved')
    expect((await gates.get('g1'))?.status).toBe('expired')
    expect((await budgets.account({}))?.limits?.max.usdMicros).toBe(100)
  })

  test('lets an approval win against an expiry that is about to be written', async () => {
    const { filesystem, gates } = await openGate()
    const held = paused(filesystem, TREE_PATH)
    const late = new BudgetStore(held.filesystem, clock).sweep({ now: clock.now() + 1000 })
    await held.arrived
    await gates.approve('g1', raised)
    held.go()
    expect((await late).gatesExpired).toBe(0)
    expect((await gates.get('g1'))?.status).toBe('approved')
  })
})

describe('BudgetGateStore', () => {
  const finding: Finding = {
    verdict: 'approval',
    account: 'tenant',
    dimension: 'usdMicros',
    limit: 10,
    spent: 0,
    reserved: 0,
    requested: 9,
  }

  async function fresh() {
    const [memory] = backends
    const store = (await memory?.fresh()) as TestStore
    const clock = manualClock()
    const filesystem = await store.open()
    return {
      filesystem,
      clock,
      gates: new BudgetGateStore(filesystem, clock),
      budgets: new BudgetStore(filesystem, clock),
    }
  }

  test('never opens a gate anew, however it ended', async () => {
    const { gates } = await fresh()
    const first = await gates.open({}, [finding], { id: 'g1' })
    expect(await gates.open({}, [finding], { id: 'g1' })).toEqual(first)
    await gates.cancel('g1', { by: 'ann' })
    expect((await gates.open({}, [finding], { id: 'g1' })).status).toBe('cancelled')
    for (const scope of [{}, { user: 'v' }]) {
      await expect(gates.open(scope, [], { id: 'g1' })).rejects.toMatchObject({ code: 'gate-conflict' })
    }
  })

  test('changes the limits of accounts that its scope is charged to, and of no others', async () => {
    const { gates, budgets } = await fresh()
    await gates.open({ user: 'ann' }, [finding], { id: 'g1' })
    for (const account of [{ user: 'bob' }, { user: 'ann', project: 'p' }, { project: 'p' }]) {
      const changes = [
        { account: {}, limits: usd(5) },
        { account, limits: usd('unlimited') },
      ]
      const approve = gates.approve('g1', { by: 'ann', changes })
      await expect(approve).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect((await gates.get('g1'))?.status).toBe('pending')
    expect(await budgets.account({})).toBeUndefined()
  })

  test('opened again with a property that is undefined is the same gate', async () => {
    const { gates } = await fresh()
    const first = await gates.open({}, [{ ...finding, periodEnd: undefined }], { id: 'g1' })
    expect((await gates.open({}, [{ ...finding, periodEnd: undefined }], { id: 'g1' })).createdAt).toBe(first.createdAt)
    expect((await gates.open({}, [finding], { id: 'g1' })).status).toBe('pending')
  })

  test('has expired once it is overdue, for every reader, before anybody has swept', async () => {
    const { gates, budgets, clock } = await fresh()
    await gates.open({}, [finding], { id: 'g1', ttlMs: 1000 })
    await gates.open({}, [finding], { id: 'g2', ttlMs: 2000 })
    clock.advance(1000)
    expect(await gates.get('g1')).toMatchObject({ status: 'expired' })
    expect(await gates.open({}, [finding], { id: 'g1' })).toMatchObject({ status: 'expired' })
    expect((await gates.list()).items.map(({ id }) => id)).toEqual(['g2'])
    await budgets.sweep()
    expect((await gates.list({ status: 'expired' })).items.map(({ id }) => id)).toEqual(['g1'])
  })

  test('is read and listed without a write', async () => {
    const { filesystem, gates, clock } = await fresh()
    await gates.get('g1')
    await gates.list()
    expect((await filesystem.list('/', { deleted: true })).items).toEqual([])
    await gates.open({}, [finding], { id: 'g1', ttlMs: 1 })
    clock.advance(1)
    const before = await filesystem.get('/budgets/gates/g1')
    await gates.get('g1')
    for (const status of ['pending', 'approved', 'cancelled', 'expired'] as const) await gates.list({ status })
    expect(await filesystem.get('/budgets/gates/g1')).toEqual(before)
    expect((await filesystem.get(TREE_PATH)).state).not.toBe('live')
  })

  test('lists 50 unless it is told otherwise, and at most 200', async () => {
    const { gates } = await fresh()
    await Promise.all(Array.from({ length: 55 }, async (_, n) => gates.open({}, [], { id: `g${n}` })))
    expect((await gates.list()).items).toHaveLength(50)
    expect((await gates.list({ limit: 200 })).items).toHaveLength(55)
    for (const limit of [0, 201, 1.5]) {
      await expect(gates.list({ limit })).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })

  test('approves nothing that is overdue, before anybody has swept', async () => {
    const { gates, clock } = await fresh()
    await gates.open({}, [finding], { id: 'g1', ttlMs: 1000 })
    clock.advance(1000)
    await expect(gates.approve('g1', { by: 'ann' })).rejects.toMatchObject({ code: 'gate-overdue' })
  })

  test('changes nothing at all when a limit of an approval is wrong', async () => {
    const { gates, budgets } = await fresh()
    await gates.open({}, [finding], { id: 'g1' })
    const changes = [
      { account: {}, limits: usd(5) },
      { account: {}, limits: usd(-1) },
    ]
    await expect(gates.approve('g1', { by: 'ann', changes })).rejects.toMatchObject({ code: 'invalid-amount' })
    expect((await gates.get('g1'))?.status).toBe('pending')
    expect(await budgets.account({})).toBeUndefined()
  })

  test('answers a wrong scope as it answers an unknown id', async () => {
    const { gates } = await fresh()
    await gates.open({ user: 'u' }, [finding], { id: 'g1' })
    const within = { user: 'v' }
    const errors = await Promise.all(
      ['g1', 'g2'].map(async (id) => gates.approve(id, { by: 'ann', within }).catch((error: unknown) => error)),
    )
    expect(JSON.stringify(errors[0])).toBe(JSON.stringify(errors[1]).replaceAll('g2', 'g1'))
    expect(errors[0]).toMatchObject({ code: 'unknown-gate' })
    expect(await gates.get('g1', { within })).toBeUndefined()
    expect((await gates.list({ within })).items).toEqual([])
    expect((await gates.cancel('g1', { by: 'ann', within: { user: 'u' } })).status).toBe('cancelled')
  })

  test('lists page by page, oldest first', async () => {
    const { gates, clock } = await fresh()
    for (const id of ['b', 'a', 'c']) {
      await gates.open({}, [finding], { id })
      clock.advance(1)
    }
    await gates.cancel('a', { by: 'ann' })
    const first = await gates.list({ limit: 1 })
    const second = await gates.list({ limit: 1, cursor: first.next })
    expect([first, second].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(['b', 'c'])
  })

  test('is swept: what is overdue expires, what ended long ago is removed, what is pending stays', async () => {
    const { gates, budgets, clock } = await fresh()
    for (const id of ['a', 'b', 'c']) await gates.open({}, [finding], { id, ttlMs: 1000 })
    await gates.open({}, [finding], { id: 'stays', ttlMs: GATE_TTL_MS_MAX })
    clock.advance(1000)
    expect((await budgets.sweep({ limit: 2 })).gatesExpired).toBe(2)
    expect((await budgets.sweep({ limit: 2 })).gatesExpired).toBe(1)
    const later = { now: clock.now() + GATE_KEEP_MS }
    expect((await budgets.sweep(later)).gatesRemoved).toBe(0)
    expect((await budgets.sweep({ now: later.now + 1 })).gatesRemoved).toBe(3)
    expect((await gates.get('stays'))?.id).toBe('stays')
    expect(await gates.get('a')).toBeUndefined()
  })

  test.each([
    ['findings', async (gates: BudgetGateStore) => gates.open({}, [{ ...finding, limit: -1 }])],
    ['a ttlMs', async (gates: BudgetGateStore) => gates.open({}, [], { ttlMs: 0 })],
    ['an id', async (gates: BudgetGateStore) => gates.open({}, [], { id: 'a/b' })],
    ['accounts', async (gates: BudgetGateStore) => gates.open({}, [{ ...finding, account: '\ud800' }])],
    [
      'accounts without end',
      async (gates: BudgetGateStore) => gates.open({}, [{ ...finding, account: 'x'.repeat(9999) }]),
    ],
    [
      'findings without end',
      async (gates: BudgetGateStore) =>
        gates.open(
          {},
          Array.from({ length: 64 }, () => ({ ...finding, account: 'x'.repeat(5000) })),
        ),
    ],
    ['nobody', async (gates: BudgetGateStore) => gates.approve('g1', {} as { by: string })],
    ['scopes', async (gates: BudgetGateStore) => gates.get('g1', { within: { usr: 'v' } as BudgetScope })],
    ['scopes of a list', async (gates: BudgetGateStore) => gates.list({ within: { usr: 'v' } as BudgetScope })],
    [
      'scopes of a person',
      async (gates: BudgetGateStore) => gates.cancel('g1', { by: 'a', within: { usr: 'v' } as BudgetScope }),
    ],
  ])('refuses %s that are none', async (_, run) => {
    const { gates } = await fresh()
    await expect(run(gates)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
