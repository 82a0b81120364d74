import { type Entry, type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { allKindViews, type DetailLine, kindView, KNOWN_KINDS } from '@latchless/inspector'
import { BudgetStore, ClosedReservation, Gate, NO_USAGE, Tree, TREE_PATH, UNLIMITED } from '@latchless/resources'
import {
  ApprovalRecord,
  InvocationRecord,
  LeaseRecord,
  PendingSlotsRecord,
  RunState,
  StandingApprovalRecord,
} from '@latchless/run-state'
import { expect, onTestFinished, test } from 'vitest'
import { fillStore, requestOf, scope, user } from './doctor-subject.ts'
import { seededRandom } from './seeded-random.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 14, 32, 7)
const MINUTE_MS = 60_000

async function memory(): Promise<Filesystem> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  return store
}

async function entryAt(store: Filesystem, path: string): Promise<Entry> {
  const head = await store.get(path)
  if (head.state !== 'live') throw new Error(`Cannot read ${path}: it is ${head.state}`)
  return head.entry
}

/** The one record below a directory whose path ends so. */
async function entryBelow(store: Filesystem, directory: string, end = ''): Promise<Entry> {
  const { items } = await store.list(directory, { bodies: true })
  const entry = items.find(({ path }) => path.endsWith(end))?.head?.entry
  if (!entry) throw new Error(`Cannot find ${end} below ${directory}`)
  return entry
}

async function detail(entry: Entry, nowMs = NOW_MS): Promise<readonly DetailLine[]> {
  return (await kindView(entry.kind))?.detail(entry, { nowMs }) ?? []
}

async function texts(entry: Entry, nowMs = NOW_MS): Promise<Record<string, string>> {
  return Object.fromEntries((await detail(entry, nowMs)).map(({ label, text }) => [label.trim(), text]))
}

async function columns(entry: Entry, nowMs = NOW_MS): Promise<readonly string[]> {
  return (await kindView(entry.kind))?.columns(entry, { nowMs }) ?? []
}

test('every kind of record that the stores keep has a view', async () => {
  const types = [
    Tree,
    ClosedReservation,
    Gate,
    InvocationRecord,
    ApprovalRecord,
    StandingApprovalRecord,
    PendingSlotsRecord,
    LeaseRecord,
  ]
  expect(KNOWN_KINDS.toSorted()).toEqual(types.map(({ kind }) => kind).toSorted())
  for (const { kind } of types) expect((await kindView(kind))?.kind).toBe(kind)
})

test('a kind that no store has, such as a name of every object, has no view', async () => {
  for (const kind of [undefined, 'order', 'constructor', '__proto__', 'toString']) {
    expect(await kindView(kind)).toBeUndefined()
  }
})

test('budgets are bars of what is used and reserved, as the store itself counts it', async () => {
  const store = await memory()
  const budgets = new BudgetStore(store, { now: () => NOW_MS })
  const max = { ...UNLIMITED, usdMicros: 10_000_000, inputTokens: 4000 }
  await budgets.setLimits({}, { max, period: { type: 'day', timeZone: 'Europe/Berlin' }, warnAtPercent: 50 })
  await budgets.setLimits(
    { user: 'ann' },
    { max: { ...UNLIMITED, usdMicros: 2_000_000 }, period: { type: 'lifetime' } },
  )
  await budgets.reserve({ user: 'ann' }, { usdMicros: 1_500_000 }, { id: 'r1' })
  await budgets.reconcile('r1', { ...NO_USAGE, usdMicros: 1_500_000, inputTokens: 3000 })
  await budgets.reserve({ user: 'ann', thread: 't/1' }, { usdMicros: 400_000 }, { id: 'r2', ttlMs: 2 * MINUTE_MS })
  const lines = await detail(await entryAt(store, TREE_PATH))
  expect(lines.map(({ label, text }) => `${label}: ${text}`)).toEqual([
    'tenant: by the day in Europe/Berlin, 8 h 27 min left',
    '  money: $1.50 used + $0.40 reserved of $10.00',
    '  input tokens: 3,000 used of 4,000',
    'tenant/user:ann: for its lifetime',
    '  money: $1.50 used + $0.40 reserved of $2.00',
    '  input tokens: 3,000 used no limit',
    'tenant/user:ann/thread:t%2F1: no limits',
    '  money: $0.00 used + $0.40 reserved no limit',
    'r2: holds $0.40, 2 min left, granted 2026-11-21 14:32:07Z, 0 ms ago',
    expect.stringMatching(/^ledger: \d+ events in it, \d+ wait for it$/),
  ])
  expect(lines.map(({ share }) => share)).toEqual([undefined, 0.19, 0.75, undefined, 0.95, ...Array(5).fill(undefined)])
  expect(lines[2]?.role).toBe('warning')
  for (const account of [{}, { user: 'ann' }]) {
    const own = await budgets.account(account)
    const limit = own?.limits?.max.usdMicros
    const share = ((own?.spent.usdMicros ?? 0) + (own?.reserved.usdMicros ?? 0)) / Number(limit)
    expect(lines.map((line) => line.share)).toContain(share)
  }
})

test('a reservation that is over holds nothing, and a period that is over has nothing spent', async () => {
  const store = await memory()
  const budgets = new BudgetStore(store, { now: () => NOW_MS })
  await budgets.setLimits(
    {},
    { max: { ...UNLIMITED, usdMicros: 10_000_000 }, period: { type: 'day', timeZone: 'UTC' } },
  )
  await budgets.reserve({}, { usdMicros: 1_000_000 }, { id: 'r1' })
  await budgets.reconcile('r1', { ...NO_USAGE, usdMicros: 1_000_000 })
  await budgets.reserve({}, { usdMicros: 2_000_000 }, { id: 'r2' })
  const entry = await entryAt(store, TREE_PATH)
  expect((await texts(entry))['money']).toBe('$1.00 used + $2.00 reserved of $10.00')
  const later = await texts(entry, NOW_MS + 24 * 60 * MINUTE_MS)
  expect(later['money']).toBe('$0.00 used of $10.00')
  expect(later['r2']).toMatch(/^holds \$2\.00, over since 23 h 55 min,/)
})

test('a closed reservation tells its status, what it held and what was used', async () => {
  const store = await memory()
  const budgets = new BudgetStore(store, { now: () => NOW_MS })
  await budgets.reserve({ user: 'ann' }, { usdMicros: 1_000_000, wallClockMs: 90_000 }, { id: 'r1' })
  await budgets.reconcile('r1', { ...NO_USAGE, usdMicros: 250_000 })
  await budgets.sweep({ now: NOW_MS })
  const entry = await entryAt(store, '/budgets/reservations/r1')
  expect(await columns(entry)).toEqual(['reconciled', '$0.25'])
  expect(await texts(entry)).toMatchObject({
    reservation: 'r1',
    for: 'user ann',
    held: '$1.00, 1 min 30 s',
    used: '$0.25',
    closed: '2026-11-21 14:32:07Z, 0 ms ago',
  })
})

test('approvals, invocations, leases and gates tell who, what and how long', async () => {
  const store = await memory()
  await fillStore(store, () => NOW_MS)
  const pending = await entryBelow(store, '/approvals', '.a1')
  expect(await columns(pending)).toEqual(['pending', 'shell.run', '10 min left'])
  expect(await texts(pending)).toMatchObject({
    'asked by': expect.stringMatching(/^agent a1, /),
    blocks: 'invocation i1',
  })
  expect(await texts(pending, NOW_MS + 15 * MINUTE_MS)).toMatchObject({ expires: 'over since 5 min' })
  const approved = await entryBelow(store, '/approvals', '.a2')
  expect(await texts(approved)).toMatchObject({
    status: 'approved',
    'decided by': expect.stringMatching(/^user ann, /),
    'stands for': 'agent a1, thread t1',
  })
  const invocation = await entryBelow(store, '/invocations')
  expect(await columns(invocation)).toEqual(['blocked-approval', 'shell.run'])
  expect(await texts(invocation)).toMatchObject({ step: 'shell.run', 'waits for': 'approval a1' })
  const lease = await entryBelow(store, '/leases')
  expect(await columns(lease)).toEqual(['active', 'shell.run', '1 min left'])
  expect(await columns(await entryBelow(store, '/standing-approvals'))).toEqual(['allowed', 'shell.run'])
  expect(await columns(await entryBelow(store, '/approval-slots'))).toEqual(['2 taken'])
  const gate = await entryBelow(store, '/budgets/gates')
  expect(await columns(gate)).toEqual(['pending', '1 d left'])
  expect(await detail(gate)).toContainEqual(
    expect.objectContaining({ label: 'approval', text: 'tenant: $8.00 + $1.00 + $0.50 of $10.00 money', share: 0.95 }),
  )
})

test('what the store does not show of a discarded request, its view does not either', async () => {
  const store = await memory()
  const state = new RunState(store, { now: () => NOW_MS })
  await state.approvals.savePending(
    scope,
    requestOf(() => NOW_MS, 'a1'),
  )
  await state.approvals.deny(scope, 'a1', { by: user })
  await state.discardForScope(scope)
  const entry = await entryBelow(store, '/approvals')
  expect(await detail(entry)).toHaveLength(3)
  expect(await columns(entry)).toEqual(['discarded'])
})

test('whatever a body is, a view of it never throws, and shows nothing of what is not its kind', async () => {
  const store = await memory()
  await fillStore(store, () => NOW_MS)
  const random = seededRandom(7)
  const { items } = await store.list('/', { bodies: true })
  const entries = items.flatMap(({ head }) => (head?.entry ? [head.entry] : []))
  for (const view of await allKindViews()) {
    for (const entry of entries) {
      if (entry.kind !== view.kind) {
        expect(view.detail(entry, { nowMs: NOW_MS })).toEqual([])
        expect(view.columns(entry, { nowMs: NOW_MS })).toEqual([])
        continue
      }
      for (let round = 0; round < 200; round++) {
        const body = Uint8Array.from(entry.body)
        for (let change = 0; change < 3; change++) body[random(body.length)] = random(128)
        for (const nowMs of [0, NOW_MS, Number.MAX_SAFE_INTEGER]) {
          view.detail({ ...entry, body }, { nowMs })
          view.columns({ ...entry, body }, { nowMs })
        }
      }
    }
  }
})

test('numbers that are no dates, and names with half a character, are shown as far as they can be', async () => {
  const lease = await kindView('capability_lease')
  const body = {
    id: 'l1',
    scope: { thread: '\ud800' },
    approvalId: 'a1',
    createdAt: Number.MIN_SAFE_INTEGER,
    updatedAt: 0,
    closedAt: Number.MAX_SAFE_INTEGER,
    status: 'revoked',
  }
  const entry = { body: Buffer.from(JSON.stringify(body)), contentType: 'application/json', kind: 'capability_lease' }
  expect(() => lease?.detail(entry, { nowMs: NOW_MS })).not.toThrow()
  expect(lease?.columns(entry, { nowMs: NOW_MS }).length ?? 0).toBeLessThan(2)
})
