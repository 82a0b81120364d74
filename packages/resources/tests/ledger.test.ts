import type { Filesystem } from '@latchless/filesystem'
import { casUpdate, FilesystemError, MemoryFilesystem, replacing, write } from '@latchless/filesystem'
import {
  BudgetStore,
  CLOSED_RESERVATION_KEEP_MS,
  DRAIN_EVERY,
  LEDGER_KEEP_MS,
  PENDING_EVENTS_MAX,
  Tree,
  TREE_PATH,
} from '@latchless/resources'
import { backends, manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { readTree, usd, used, wholeLedger } from './support/budgets.ts'
import { paused } from './support/paused.ts'

const rangeTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const numbersOf = async (filesystem: Filesystem) => (await wholeLedger(filesystem)).map(({ number }) => number)

async function openAndClose(store: BudgetStore, count: number, name = 'r') {
  for (let n = 0; n < count; n++) {
    await store.reserve({}, { usdMicros: 1 }, { id: `${name}${n}` })
    await store.release(`${name}${n}`)
  }
}

describe('the ledger', () => {
  test('tells everything that happens, in the order in which it happens', async () => {
    const filesystem = await MemoryFilesystem.open()
    const clock = manualClock()
    const store = new BudgetStore(filesystem, clock)
    await store.setLimits({}, usd(100, { type: 'lifetime' }, { warnAtPercent: 10, pauseAtPercent: 50 }), { by: 'ann' })
    await store.setLimits({}, usd(100, { type: 'lifetime' }, { warnAtPercent: 10, pauseAtPercent: 50 }))
    await store.reserve({}, { usdMicros: 20 }, { id: 'r1' })
    await store.reserve({}, { usdMicros: 30 }, { id: 'r2' })
    await store.reserve({}, { usdMicros: 101 }, { id: 'r3' })
    await store.reconcile('r1', used(25))
    await store.reserve({}, { usdMicros: 5 }, { id: 'r4', ttlMs: 1 })
    clock.advance(1)
    await store.removeLimits({})
    await store.sweep()
    const told = (await wholeLedger(filesystem)).map((event) => [
      event.type,
      'reservation' in event ? event.reservation.id : undefined,
    ])
    expect(told).toEqual([
      ['limit-changed', undefined],
      ['reserved', 'r1'],
      ['warned', 'r1'],
      ['approval-requested', 'r2'],
      ['denied', 'r3'],
      ['reconciled', 'r1'],
      ['reserved', 'r4'],
      ['warned', 'r4'],
      ['limit-changed', undefined],
      ['released', 'r4'],
    ])
  })

  test('is handed its events with every so many of them, without a sweep', async () => {
    const filesystem = await MemoryFilesystem.open()
    await openAndClose(new BudgetStore(filesystem), DRAIN_EVERY)
    expect((await filesystem.read('/budgets/ledger')).entries).toHaveLength(DRAIN_EVERY * 2)
    expect((await readTree(filesystem))?.pending).toEqual([])
  })

  test.each(['before the ledger has them', 'behind the ledger'])(
    'loses nothing and tells nothing twice after a crash %s',
    async (where) => {
      const filesystem = await MemoryFilesystem.open()
      const store = new BudgetStore(filesystem)
      await openAndClose(store, 3)
      const dying = replacing(filesystem, {
        append: async (log, bodies) => {
          if (where === 'behind the ledger') await filesystem.append(log, bodies)
          throw new FilesystemError('unavailable', 'Cannot append "/x": gone', { retry: 'unknown' })
        },
      })
      for (let crash = 0; crash < 2; crash++) {
        await expect(new BudgetStore(dying).sweep()).rejects.toMatchObject({ code: 'unavailable' })
        await openAndClose(store, 1, `after${crash}`)
      }
      expect(await numbersOf(filesystem)).toEqual(rangeTo(10))
      await store.sweep()
      expect((await readTree(filesystem))?.pending).toEqual([])
      expect(await numbersOf(filesystem)).toEqual(rangeTo(10))
    },
  )

  test('that takes nothing stops all changes once too many events wait, and lets them go on when it does again', async () => {
    const filesystem = await MemoryFilesystem.open()
    let isFull = true
    const failing = replacing(filesystem, {
      append: async (log, bodies) => {
        if (isFull) throw new FilesystemError('unavailable', 'Cannot append "/x": full', { retry: 'safe' })
        return filesystem.append(log, bodies)
      },
    })
    const store = new BudgetStore(failing)
    const reserveMany = async (count: number) =>
      Promise.allSettled(Array.from({ length: count }, async () => store.reserve({}, {}, { ttlMs: 1 })))
    const set = async (n: number) => store.setLimits({}, usd(n))
    for (let n = 0; n < PENDING_EVENTS_MAX; n += 100) {
      await Promise.all(rangeTo(Math.min(100, PENDING_EVENTS_MAX - n)).map(async (each) => set(n + each)))
    }
    expect((await readTree(filesystem))?.pending).toHaveLength(PENDING_EVENTS_MAX)
    const [refused] = await reserveMany(1)
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    isFull = false
    const [granted] = await reserveMany(1)
    expect(granted?.status).toBe('fulfilled')
    expect(await numbersOf(filesystem)).toEqual(rangeTo(PENDING_EVENTS_MAX + 1))
  })

  test('goes on with the oldest event that is kept', async () => {
    const filesystem = await MemoryFilesystem.open()
    const store = new BudgetStore(filesystem)
    await openAndClose(store, 10)
    await store.sweep()
    const { next } = await store.ledger({ limit: 2 })
    const now = Date.now() + LEDGER_KEEP_MS + 1000
    expect((await store.sweep({ now, limit: 12 })).ledgerEntriesTrimmed).toBe(12)
    expect((await store.ledger({ cursor: next })).items.map(({ number }) => number)).toEqual(rangeTo(20).slice(12))
    expect((await store.sweep({ now })).ledgerEntriesTrimmed).toBe(8)
    expect((await store.sweep({ now })).ledgerEntriesTrimmed).toBe(0)
    await openAndClose(store, 1, 'later')
    expect(await numbersOf(filesystem)).toEqual([21, 22])
  })

  test('has no hole when somebody handed on late what others had handed on, and the oldest is removed', async () => {
    const filesystem = await MemoryFilesystem.open()
    const store = new BudgetStore(filesystem)
    const setLimits = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) await store.setLimits({}, usd(n))
    }
    await setLimits(1, 10)
    const arrived = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const slow = replacing(filesystem, {
      append: async (...call) => {
        arrived.resolve()
        await go.promise
        return filesystem.append(...call)
      },
    })
    const late = new BudgetStore(slow).sweep()
    await arrived.promise
    await setLimits(11, 20)
    await store.sweep()
    go.resolve()
    await late
    await setLimits(21, 25)
    await store.sweep()
    const now = Date.now() + LEDGER_KEEP_MS + 1000
    await store.sweep({ now, limit: 11 })
    expect(await numbersOf(filesystem)).toEqual(rangeTo(25).slice(11))
    // Nine originals, and all ten repetitions of what is gone.
    expect((await store.sweep({ now, limit: 9 })).ledgerEntriesTrimmed).toBe(19)
    expect(await numbersOf(filesystem)).toEqual(rangeTo(25).slice(20))
  })

  test('that holds what is no event is corrupt, and so is a tree', async () => {
    const filesystem = await MemoryFilesystem.open()
    const store = new BudgetStore(filesystem)
    const pending = ['{"type":"reserved","reservation":{"id":"r1","secret":"s3cr3t"}}']
    await casUpdate(filesystem, TREE_PATH, Tree, () => write({ accounts: {}, open: [], drained: 0, pending }))
    for (const run of [
      async () => store.sweep(),
      async () => store.ledger(),
      async () => store.reservation('r1'),
      async () => store.reserve({}, {}, { id: 'r1' }),
    ]) {
      const error: unknown = await run().catch((each: unknown) => each)
      expect(error).toMatchObject({ name: 'BudgetError', code: 'corrupt' })
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('s3cr3t')
    }
  })

  test.each(['', 'x', Buffer.from('[1]').toString('base64url'), Buffer.from('[-1,0]').toString('base64url')])(
    'refuses the cursor %j',
    async (cursor) => {
      const store = new BudgetStore(await MemoryFilesystem.open())
      await expect(store.ledger({ cursor })).rejects.toMatchObject({ code: 'invalid-argument' })
    },
  )

  test.each([0, 201, 1.5])('refuses pages and sweeps of %s', async (limit) => {
    const store = new BudgetStore(await MemoryFilesystem.open())
    await expect(store.ledger({ limit })).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(store.sweep({ limit })).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

describe.each(backends)('on $name, what is closed', ({ name, fresh }) => {
  test('stays known and leaves the tree as small as it was, however much it is', { timeout: 300_000 }, async () => {
    await using store = await fresh()
    const budgets = new BudgetStore(await store.open())
    await budgets.setLimits({}, usd(1_000_000))
    const count = name === 'memory' ? 10_000 : 1000
    const sizes: number[] = []
    const body = async () => {
      await budgets.sweep()
      const head = await (await store.open()).get(TREE_PATH)
      return head.state === 'live' ? head.entry.body.byteLength : 0
    }
    for (let done = 0; done < count; done += 250) {
      const ids = Array.from({ length: 250 }, (_, index) => `r${done + index}`)
      await Promise.all(ids.map(async (id) => budgets.reserve({ user: 'u' }, { usdMicros: 2 }, { id })))
      await Promise.all(ids.map(async (id) => budgets.reconcile(id, used(1))))
      if (done === 0 || done + 250 === count) sizes.push(await body())
    }
    const [first = 0, last = 0] = sizes
    // Only the digits of totals and numbers grow.
    expect(last - first).toBeLessThanOrEqual(20)
    expect((await budgets.account({}))?.spent).toEqual({ usdMicros: count })
    await expect(budgets.release('r0')).rejects.toMatchObject({ code: 'reservation-closed', status: 'reconciled' })
    expect(await budgets.reserve({ user: 'u' }, { usdMicros: 2 }, { id: 'r0' })).toMatchObject({
      replayed: true,
      reservation: { status: 'reconciled', actual: { usdMicros: 1 } },
    })
  })

  test('is not granted or charged again by a call that began before it was closed', async () => {
    await using store = await fresh()
    const filesystem = await store.open()
    const clock = manualClock()
    const budgets = new BudgetStore(filesystem, clock)
    await budgets.setLimits({}, usd(10))

    const slowReserve = paused(await store.open(), TREE_PATH)
    const reserved = new BudgetStore(slowReserve.filesystem, clock).reserve({}, { usdMicros: 5 }, { id: 'r1' })
    await slowReserve.arrived
    await budgets.reserve({}, { usdMicros: 5 }, { id: 'r1', ttlMs: 1000 })
    clock.advance(1000)
    await budgets.sweep()
    const before = await filesystem.get(TREE_PATH)
    slowReserve.go()
    expect(await reserved).toMatchObject({ replayed: true, reservation: { status: 'expired' } })
    // Not even for a moment: whoever dies behind such a write would leave a grant that can be charged again.
    expect(await filesystem.get(TREE_PATH)).toEqual(before)

    await budgets.sweep()
    const slowSettle = paused(await store.open(), TREE_PATH)
    const settled = new BudgetStore(slowSettle.filesystem, clock).reconcile('r1', used(3))
    await slowSettle.arrived
    await budgets.reconcile('r1', used(3))
    await budgets.sweep()
    slowSettle.go()
    await expect(settled).rejects.toMatchObject({ code: 'reservation-closed', status: 'reconciled' })
    expect((await budgets.account({}))?.spent).toEqual({ usdMicros: 3 })
  })

  test('is forgotten long after it was closed, by a bounded sweep', async () => {
    await using store = await fresh()
    const clock = manualClock()
    const budgets = new BudgetStore(await store.open(), clock)
    await openAndClose(budgets, 3)
    await budgets.sweep()
    clock.advance(CLOSED_RESERVATION_KEEP_MS)
    expect((await budgets.sweep()).reservationsRemoved).toBe(0)
    clock.advance(1)
    expect((await budgets.sweep({ limit: 2 })).reservationsRemoved).toBe(2)
    expect((await budgets.sweep({ limit: 2 })).reservationsRemoved).toBe(1)
    expect(await budgets.reservation('r0')).toBeUndefined()
  })
})
