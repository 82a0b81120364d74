// Accounts without limits come and go without end: they leave the tree a few at a time, and nothing fails over it.
import { casUpdate, FilesystemError, MemoryFilesystem, replacing, write } from '@latchless/filesystem'
import type { BudgetTree } from '@latchless/resources'
import {
  BudgetGateStore,
  BudgetStore,
  IDLE_ACCOUNTS_KEPT,
  PENDING_EVENTS_MAX,
  RETIRED_AT_ONCE,
  Tree,
  TREE_PATH,
} from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { expect, test } from 'vitest'
import { readTree, usd, used, wholeLedger } from './support/budgets.ts'

/** A tree with so many accounts that nobody uses. */
async function withIdle(count: number, pending: readonly string[] = []) {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock()
  const account = (n: number) => ({ slots: [{ start: 0, spent: { usdMicros: 1 } }], updatedAt: n })
  const accounts = Object.fromEntries(Array.from({ length: count }, (_, n) => [`tenant/user:u${n}`, account(n)]))
  const tree: BudgetTree = { accounts, open: [], drained: 0, pending }
  await casUpdate(filesystem, TREE_PATH, Tree, () => write(tree))
  const names = async () => Object.keys((await readTree(filesystem))?.accounts ?? {})
  return { filesystem, clock, store: new BudgetStore(filesystem, clock), names }
}

test('more accounts than events may wait leave a few with each write, and stop no write', async () => {
  const count = PENDING_EVENTS_MAX + IDLE_ACCOUNTS_KEPT + 1
  const { filesystem, clock, store, names } = await withIdle(count)
  await store.setLimits({}, usd(1000))
  for (const [id, close] of [
    ['r1', async () => store.reconcile('r1', used(1))],
    ['r2', async () => store.release('r2')],
  ] as const) {
    await store.reserve({}, { usdMicros: 1 }, { id })
    const before = await names()
    await close()
    expect(before.length - (await names()).length).toBe(RETIRED_AT_ONCE)
  }
  const gates = new BudgetGateStore(filesystem, clock)
  const { id } = await gates.open({}, [])
  await gates.approve(id, { by: 'ann', changes: [{ account: {}, limits: usd(5) }] })
})

test('a sweep takes out so many as it may, and sweeps all that are too many, each told to the ledger once', async () => {
  const { filesystem, store, names } = await withIdle(IDLE_ACCOUNTS_KEPT + RETIRED_AT_ONCE * 3)
  await store.sweep({ limit: RETIRED_AT_ONCE * 2 })
  expect(await names()).toHaveLength(IDLE_ACCOUNTS_KEPT + RETIRED_AT_ONCE)
  while ((await store.sweep()).eventsDrained > 0);
  expect(await names()).toHaveLength(IDLE_ACCOUNTS_KEPT)
  const retired = (await wholeLedger(filesystem)).filter(({ type }) => type === 'account-retired')
  expect(retired).toHaveLength(RETIRED_AT_ONCE * 3)
})

test('a settlement that leaves no room for more events retires nothing', async () => {
  const pending = Array.from({ length: PENDING_EVENTS_MAX - 3 }, (_, n) =>
    JSON.stringify({ type: 'account-retired', account: 'tenant', spent: {}, number: n + 1, at: 1 }),
  )
  const { filesystem, clock, names } = await withIdle(IDLE_ACCOUNTS_KEPT * 2, pending)
  const down = replacing(filesystem, {
    append: async () => Promise.reject(new FilesystemError('unavailable', 'Cannot append "/x": down')),
  })
  const store = new BudgetStore(down, clock)
  await store.reserve({}, {}, { id: 'r1' })
  await store.reserve({}, {}, { id: 'r2' })
  expect((await store.release('r1')).status).toBe('released')
  expect((await readTree(filesystem))?.pending).toHaveLength(PENDING_EVENTS_MAX)
  expect(await names()).toHaveLength(IDLE_ACCOUNTS_KEPT * 2)
})

test('of accounts that were used at the same time the narrowest leave first, and none before what belongs to it', async () => {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock()
  const store = new BudgetStore(filesystem, clock)
  await store.setLimits({ user: 'limited', project: 'p' }, usd(10))
  const spend = async (user: string, project?: string) => {
    const { reservation } = await store.reserve({ user, project }, {})
    await store.reconcile(reservation.id, used(1))
  }
  await spend('limited')
  clock.advance(1)
  for (let n = 0; n < IDLE_ACCOUNTS_KEPT; n++) await spend(`u${n}`, 'p')
  expect((await store.account({}))?.spent).toEqual({ usdMicros: IDLE_ACCOUNTS_KEPT + 1 })
  expect(await store.account({ user: 'limited' })).toBeDefined()
  const kept = Object.keys((await readTree(filesystem))?.accounts ?? {})
  expect(kept.filter((key) => key.endsWith('/project:p') && !key.includes('limited'))).toEqual([])
  expect(kept.filter((key) => /^tenant.user:u\d+$/.test(key))).toHaveLength(IDLE_ACCOUNTS_KEPT)
})
