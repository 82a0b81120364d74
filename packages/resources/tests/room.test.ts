// The tree is one record, and a record has a largest size: whatever is open can always be closed, and time always makes room.
import { FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import type { BudgetScope } from '@latchless/resources'
import { BudgetStore, EXPIRED_AT_ONCE, TREE_BYTES_MAX, TREE_PATH, UNLIMITED } from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { expect, test } from 'vitest'
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
  await store.reconcile('r0', used(1))
  expect((await reserve()).decision).toBe('granted')
  for (let n = 1; n <= count; n++) await store.release(`r${n}`)
  expect(await store.openReservations()).toEqual([])
})

test('a tree that is full of what is overdue makes room by itself', async () => {
  const { store, clock, fill, reserve } = await full()
  await fill()
  clock.advance(HOUR)
  expect((await reserve()).decision).toBe('granted')
  await store.sweep({ limit: 200 })
  expect(await store.openReservations()).toHaveLength(1)
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
