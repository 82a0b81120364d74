// The tree is one record, and a record has a largest size: whatever is open can always be closed, and time always makes room.
import { FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import type { BudgetScope } from '@latchless/resources'
import {
  BudgetStore,
  EXPIRED_AT_ONCE,
  IDLE_ACCOUNTS_KEPT,
  RESERVATION_TTL_MS_MAX,
  TREE_BYTES_MAX,
  TREE_PATH,
  UNLIMITED,
} from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { readTree, usd, used } from './support/budgets.ts'

const HOUR = 60 * 60 * 1000
const amounts = { usdMicros: 1000, inputTokens: 1000, outputTokens: 1000, wallClockMs: 1000 }
const thread: BudgetScope = { user: 'u', project: 'p', agent: 'a', mission: 'm', thread: 't' }

/** A store with as much open as it takes: each reservation has a warning of every account for every dimension. */
async function full() {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
  let isDown = false
  const store = new BudgetStore(
    replacing(filesystem, {
      append: async (...call) => {
        if (isDown) throw new FilesystemError('unavailable', 'Cannot append "/x": down', { retry: 'safe' })
        return filesystem.append(...call)
      },
    }),
    clock,
  )
  const max = { ...UNLIMITED, ...Object.fromEntries(Object.keys(amounts).map((name) => [name, 10_000_000])) }
  const names = Object.keys(thread)
  for (let depth = 0; depth <= names.length; depth++) {
    const account = Object.fromEntries(Object.entries(thread).slice(0, depth))
    await store.setLimits(account, { max, period: { type: 'month', timeZone: 'UTC' }, warnAtPercent: 1 })
  }
  await store.reserve(thread, {}, { id: 'first' })
  await store.reconcile('first', {
    ...used(1_000_000),
    inputTokens: 1_000_000,
    outputTokens: 1_000_000,
    wallClockMs: 1_000_000,
  })
  let count = 0
  const reserve = async () => store.reserve(thread, amounts, { id: `r${count}`, ttlMs: HOUR })
  const fill = async () => {
    for (;;) {
      try {
        await reserve()
        count++
      } catch (error) {
        return { error, count }
      }
    }
  }
  return { filesystem, clock, store, fill, reserve, setDown: (down: boolean) => (isDown = down) }
}

const sizeOf = async (filesystem: MemoryFilesystem) => {
  const head = await filesystem.get(TREE_PATH)
  return head.state === 'live' ? head.entry.body.byteLength : 0
}

test('a tree that is full by its size refuses more, closes everything that is open, and grants again', async () => {
  const { filesystem, store, fill, reserve } = await full()
  const { error, count } = await fill()
  expect(error).toMatchObject({ code: 'too-many-reservations', retry: 'safe' })
  await store.sweep()
  const size = await sizeOf(filesystem)
  expect([size > TREE_BYTES_MAX * 0.9, size < TREE_BYTES_MAX * 1.1]).toEqual([true, true])
  for (const id of ['r0', 'r1']) await store.reconcile(id, used(1))
  expect((await reserve()).decision).toBe('granted')
  for (let n = 2; n <= count; n++) await store.release(`r${n}`)
  expect((await store.openReservations()).items).toEqual([])
})

test('a tree that is full of what is overdue makes room by itself', async () => {
  const { store, clock, fill, reserve } = await full()
  await fill()
  clock.advance(HOUR)
  expect((await reserve()).decision).toBe('granted')
  await store.sweep({ limit: 200 })
  expect((await store.openReservations()).items).toHaveLength(1)
})

describe.each([
  ['of names without end', 1024 * 1024, (n: number) => `${n}${'€'.repeat(128)}`.slice(0, 128)],
  ['in small records', 8192, (n: number) => `x${n}`],
])('a tree that is full %s', (_, bodyBytesMax, name) => {
  const scopeOf = (n: number): BudgetScope =>
    Object.fromEntries(['user', 'project', 'agent', 'mission', 'thread'].map((level) => [level, name(n)]))
  const everything = Object.fromEntries(Object.keys(used(0)).map((dimension) => [dimension, 10 ** 15]))

  /** As much open as there is room for, of scopes that nothing was ever charged to. */
  async function fullOfStrangers() {
    const filesystem = await MemoryFilesystem.open({ limits: { bodyBytesMax } })
    const clock = manualClock()
    const store = new BudgetStore(filesystem, clock)
    for (let count = 0; ; count++) {
      try {
        await store.reserve(scopeOf(count), { usdMicros: 1 }, { id: `r${count}`, ttlMs: HOUR })
      } catch (error) {
        expect(error).toMatchObject({ code: 'too-many-reservations' })
        return { filesystem, store, clock, count }
      }
    }
  }

  test('settles everything that is open, whatever was used', async () => {
    const { store, count } = await fullOfStrangers()
    expect(count).toBeGreaterThan(0)
    for (let n = 0; n < count; n++) await store.reconcile(`r${n}`, { ...used(0), ...everything })
    expect((await store.account({}))?.spent.usdMicros).toBe(Math.min(count * 10 ** 15, Number.MAX_SAFE_INTEGER))
  })

  test('settles everything that expired, and then grants again', async () => {
    const { store, clock, count: places } = await fullOfStrangers()
    // Longer ids take a little more.
    const count = Math.floor(places * 0.9)
    for (let round = 0; round < 2; round++) {
      clock.advance(HOUR)
      await store.sweep()
      for (let n = 0; n < count; n++) await store.reserve(scopeOf(n), {}, { id: `round${round}-${n}`, ttlMs: HOUR })
      for (let n = 0; n < count; n++) {
        await store.reconcile(round === 0 ? `r${n}` : `round${round - 1}-${n}`, { ...used(0), ...everything })
      }
    }
    clock.advance(HOUR)
    expect((await store.reserve(scopeOf(count), { inputTokens: 0 })).decision).toBe('granted')
  })
})

test('a tree that is full of what counts no more, or of accounts that nobody uses, makes room by itself', async () => {
  const filesystem = await MemoryFilesystem.open({ limits: { bodyBytesMax: 32_768 } })
  const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
  const store = new BudgetStore(filesystem, clock)
  const period = { type: 'rolling', windowMs: 24 * HOUR } as const
  for (let n = 0; n < 5; n++) await store.setLimits({ user: `u${n}` }, usd(1_000_000, period))
  const spend = async (scope: BudgetScope) => {
    const { reservation } = await store.reserve(scope, {})
    await store.reconcile(reservation.id, used(1))
  }
  for (let hour = 0; hour < 24; hour++) {
    for (let n = 0; n < 5; n++) await spend({ user: `u${n}` })
    clock.advance(HOUR)
  }
  const long = 'x'.repeat(100)
  const slots = async () => (await readTree(filesystem))?.accounts['tenant/user:u1']?.slots.length
  expect(await slots()).toBeGreaterThanOrEqual(24)
  clock.advance(48 * HOUR)
  // Each holds its place for long, so that only what is over and idle can make room for the next.
  let open = 0
  while ((await slots()) !== 0) {
    await store.reserve({ user: `${open}${long}` }, {}, { id: `r${open++}`, ttlMs: RESERVATION_TTL_MS_MAX })
  }
  for (let n = 0; n < open; n++) await store.release(`r${n}`)
  for (let n = 0; n < IDLE_ACCOUNTS_KEPT; n++) await spend({ user: `${n}${long}` })
  const idle = async () =>
    Object.keys((await readTree(filesystem))?.accounts ?? {}).filter((key) => key.endsWith(long)).length
  expect(await idle()).toBe(IDLE_ACCOUNTS_KEPT)
  for (let n = 0; (await idle()) === IDLE_ACCOUNTS_KEPT; n++) {
    await store.reserve({ user: `other${n}${long}` }, {}, { ttlMs: RESERVATION_TTL_MS_MAX })
  }
})

test('a ledger that is down while the tree fills stops it only until it is up again', async () => {
  const { filesystem, store, fill, setDown } = await full()
  setDown(true)
  const { error } = await fill()
  expect(error).toMatchObject({ code: 'unavailable' })
  expect(await sizeOf(filesystem)).toBeGreaterThan(TREE_BYTES_MAX * 1.5)
  setDown(false)
  await store.release('r0')
  expect((await readTree(filesystem))?.open.some(({ id }) => id === 'r0')).toBe(false)
})

test('accounts are limited only while the tree has room for them, and those that are can still be changed', async () => {
  const store = new BudgetStore(await MemoryFilesystem.open())
  const long = 'ü'.repeat(128)
  const set = async (n: number) =>
    store.setLimits(
      { user: `${n}${long}`.slice(0, 128), project: long, agent: long, mission: long, thread: long },
      usd(n),
    )
  const setMany = async () => {
    for (let n = 0; ; n++) await set(n)
  }
  await expect(setMany()).rejects.toMatchObject({ code: 'too-many-accounts' })
  await set(0)
})

test('what counts in no period any more makes room for reservations, and goes with a sweep', async () => {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
  const store = new BudgetStore(filesystem, clock)
  await store.setLimits({ user: 'u' }, usd(100, { type: 'rolling', windowMs: 24 * HOUR }))
  for (let n = 0; n < 24; n++) {
    await store.reserve({ user: 'u' }, {}, { id: `r${n}` })
    await store.reconcile(`r${n}`, used(1))
    clock.advance(HOUR)
  }
  const slots = async () => (await readTree(filesystem))?.accounts['tenant/user:u']?.slots.length
  expect(await slots()).toBe(24)
  clock.advance(48 * HOUR)
  await store.sweep()
  expect(await slots()).toBe(0)
})

test('one write releases some of what is overdue, the one that is asked for among them, and a sweep all', async () => {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock()
  const store = new BudgetStore(filesystem, clock)
  const count = EXPIRED_AT_ONCE * 3
  for (let n = 0; n < count; n++) await store.reserve({}, {}, { id: `r${n}`, ttlMs: 1000 })
  clock.advance(1000)
  const open = async () => (await readTree(filesystem))?.open.length
  await store.reserve({}, {}, { id: 'new' })
  expect(await open()).toBe(count - EXPIRED_AT_ONCE + 1)
  const last = `r${count - 1}`
  await expect(store.release(last)).rejects.toMatchObject({ code: 'reservation-closed', status: 'expired' })
  expect(await store.reserve({}, {}, { id: last })).toMatchObject({
    replayed: true,
    reservation: { status: 'expired' },
  })
  await store.reconcile(last, used(1))
  expect(await open()).toBe(count - EXPIRED_AT_ONCE * 2 + 1)
  expect((await store.sweep()).reservationsExpired).toBe(count - EXPIRED_AT_ONCE * 2)
  expect(await open()).toBe(1)
})

test('what the accounts said is told to the ledger once', async () => {
  const store = new BudgetStore(await MemoryFilesystem.open(), manualClock())
  await store.setLimits({}, usd(100, { type: 'lifetime' }, { warnAtPercent: 1 }))
  const { reservation } = await store.reserve({}, { usdMicros: 50 }, { id: 'r1' })
  expect(reservation.findings).toHaveLength(1)
  await store.release('r1')
  const told = (await store.ledger()).items.flatMap((event) =>
    'reservation' in event ? [[event.type, event.reservation.findings.length]] : [],
  )
  expect(told).toEqual([
    ['reserved', 0],
    ['warned', 1],
    ['released', 0],
  ])
})

test('a full tree takes another limit of an account, and no other period that needs more room', async () => {
  const store = new BudgetStore(await MemoryFilesystem.open({ limits: { bodyBytesMax: 16_384 } }), manualClock())
  await store.setLimits({}, usd(1000))
  const fill = async () => {
    for (let n = 0; ; n++) await store.reserve({}, {}, { id: `r${n}` })
  }
  await expect(fill()).rejects.toMatchObject({ code: 'too-many-reservations' })
  const rolling = usd(1000, { type: 'rolling', windowMs: 24 * HOUR })
  await expect(store.setLimits({}, rolling)).rejects.toMatchObject({ code: 'too-many-accounts' })
  await store.setLimits({}, usd(1_000_000))
  await store.sweep()
  for (const { id } of (await store.openReservations({ limit: 10 })).items) await store.release(id)
  await store.setLimits({}, { ...rolling, period: { type: 'day', timeZone: 'UTC' } })
})
