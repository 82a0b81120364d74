import { FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import type { BudgetScope } from '@latchless/resources'
import {
  BudgetStore,
  CLOSED_RESERVATION_KEEP_MS,
  IDLE_ACCOUNTS_KEPT,
  OPEN_RESERVATIONS_MAX,
  RESERVATION_TTL_MS_MAX,
  UNLIMITED,
} from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { readTree, usd, used, wholeLedger } from './support/budgets.ts'

const HOUR = 60 * 60 * 1000

async function fresh() {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock(Date.parse('2026-03-04T10:00:00Z'))
  return { filesystem, clock, store: new BudgetStore(filesystem, clock) }
}

describe('BudgetStore.reserve()', () => {
  const thread: BudgetScope = { user: 'u', project: 'p', agent: 'a', mission: 'm', thread: 't' }
  const parents: readonly BudgetScope[] = [
    {},
    { user: 'u' },
    { user: 'u', project: 'p' },
    { user: 'u', project: 'p', agent: 'a' },
    { user: 'u', project: 'p', agent: 'a', mission: 'm' },
    thread,
  ]

  test('charges every account of the cascade, and no other', async () => {
    const { store } = await fresh()
    await store.reserve(thread, { usdMicros: 7 }, { id: 'r1' })
    for (const account of parents) expect((await store.account(account))?.reserved).toEqual({ usdMicros: 7 })
    await store.reconcile('r1', used(5))
    for (const account of parents) {
      expect(await store.account(account)).toMatchObject({ spent: { usdMicros: 5 }, reserved: {} })
    }
    const others = [{ user: 'v' }, { user: 'u', agent: 'a' }, { ...thread, thread: 'other' }, { project: 'p' }]
    for (const account of others) expect(await store.account(account)).toBeUndefined()
  })

  test('lets each account of the cascade deny', async () => {
    for (const account of parents) {
      const { store } = await fresh()
      await store.setLimits(account, usd(10))
      const { decision, reservation } = await store.reserve(thread, { usdMicros: 11 })
      expect([decision, reservation.findings.length]).toEqual(['denied', 1])
      expect((await store.account({}))?.reserved ?? {}).toEqual({})
    }
  })

  test('tells names apart that would look alike in a path', async () => {
    const { store } = await fresh()
    await store.setLimits({ user: 'a/project:b' }, usd(0))
    expect((await store.reserve({ user: 'a', project: 'b' }, { usdMicros: 1 })).decision).toBe('granted')
    expect((await store.reserve({ user: 'a/project:b' }, { usdMicros: 1 })).decision).toBe('denied')
  })

  test('counts slots only while they are reserved', async () => {
    const { store } = await fresh()
    await store.setLimits({}, { ...usd('unlimited'), max: { ...UNLIMITED, concurrencySlots: 1 } })
    await store.reserve({}, { concurrencySlots: 1 }, { id: 'r1' })
    expect((await store.reserve({}, { concurrencySlots: 1 })).decision).toBe('denied')
    await store.reconcile('r1', used(1))
    expect((await store.reserve({}, { concurrencySlots: 1 })).decision).toBe('granted')
  })

  test('frees the hold of an overdue reservation before anybody has swept', async () => {
    const { store, clock } = await fresh()
    await store.setLimits({}, usd(10))
    await store.reserve({}, { usdMicros: 10 }, { id: 'r1', ttlMs: 1000 })
    clock.advance(999)
    expect((await store.reserve({}, { usdMicros: 1 })).decision).toBe('denied')
    clock.advance(1)
    expect((await store.account({}))?.reserved).toEqual({})
    expect((await store.openReservations()).items).toEqual([])
    expect((await store.reservation('r1'))?.status).toBe('expired')
    expect((await store.reserve({}, { usdMicros: 10 })).decision).toBe('granted')
  })

  test('answers again with the late settlement of a reservation that had expired, before its record is told', async () => {
    const { store, clock } = await fresh()
    await store.reserve({}, { usdMicros: 1 }, { id: 'r1', ttlMs: 1 })
    clock.advance(1)
    await store.sweep()
    await store.reconcile('r1', used(1))
    const again = await store.reserve({}, { usdMicros: 1 }, { id: 'r1' })
    expect(again).toMatchObject({ replayed: true, reservation: { status: 'reconciled' } })
  })

  test('grants an id anew once its record has been removed', async () => {
    const { store, clock } = await fresh()
    await store.reserve({}, {}, { id: 'r1' })
    await store.release('r1')
    clock.advance(CLOSED_RESERVATION_KEEP_MS + 1)
    await store.sweep()
    expect((await store.sweep()).reservationsRemoved).toBe(0)
    expect(await store.reserve({ user: 'u' }, {}, { id: 'r1' })).toMatchObject({ replayed: false, decision: 'granted' })
  })

  test.each([
    ['granted', 5],
    ['approval-required', 60],
    ['denied', 101],
  ] as const)('answers a request that was %s again as the first time', async (decision, usdMicros) => {
    const { store, clock } = await fresh()
    await store.setLimits({}, usd(100, { type: 'lifetime' }, { pauseAtPercent: 50 }))
    const first = await store.reserve({ user: 'u' }, { usdMicros }, { id: 'r1' })
    expect(first).toMatchObject({ decision, replayed: false })
    await store.setLimits({}, usd(usdMicros === 5 ? 0 : 1000))
    clock.advance(1)
    for (let round = 0; round < 2; round++) {
      expect(await store.reserve({ user: 'u' }, { usdMicros }, { id: 'r1', ttlMs: 5 })).toMatchObject({
        decision,
        replayed: true,
        reservation: { createdAt: first.reservation.createdAt, findings: first.reservation.findings },
      })
      // The second time it is known from beside the tree.
      await store.sweep()
    }
    for (const [scope, estimate] of [
      [{ user: 'v' }, { usdMicros }],
      [{ user: 'u' }, { usdMicros: usdMicros + 1 }],
    ] as const) {
      await expect(store.reserve(scope, estimate, { id: 'r1' })).rejects.toMatchObject({ code: 'reservation-conflict' })
    }
  })

  test('says of a closed reservation that it was granted and how it was closed', async () => {
    const { store } = await fresh()
    await store.reserve({}, { usdMicros: 5 }, { id: 'r1' })
    await store.reconcile('r1', used(3))
    for (let round = 0; round < 2; round++) {
      const again = await store.reserve({}, { usdMicros: 5 }, { id: 'r1' })
      expect(again).toMatchObject({ decision: 'granted', replayed: true, reservation: { status: 'reconciled' } })
      await store.sweep()
    }
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 3 })
  })

  test.each([true, false])(
    'answers although others hand events on at each of its looks (known: %s)',
    async (isKnown) => {
      const { filesystem, clock, store } = await fresh()
      if (isKnown) {
        await store.reserve({}, { usdMicros: 5 }, { id: 'r1' })
        await store.release('r1')
      }
      let looks = 0
      const busy = replacing(filesystem, {
        get: async (path, ...rest) => {
          const head = await filesystem.get(path, ...rest)
          if (path === '/budgets/reservations/r1' && looks++ < 4) {
            await store.setLimits({}, usd(100 + looks))
            await store.sweep()
          }
          return head
        },
      })
      const outcome = await new BudgetStore(busy, clock).reserve({}, { usdMicros: 5 }, { id: 'r1' })
      const status = isKnown ? 'released' : 'reserved'
      expect(outcome).toMatchObject({ decision: 'granted', replayed: isKnown, reservation: { status } })
      expect((await store.openReservations()).items).toHaveLength(isKnown ? 0 : 1)
      if (!isKnown) expect(looks).toBeGreaterThan(4)
    },
  )

  test('refuses more open reservations than a tree may have, and grants again when one is closed', async () => {
    const { store } = await fresh()
    await Promise.all(
      Array.from({ length: OPEN_RESERVATIONS_MAX }, async (_, n) => store.reserve({}, {}, { id: `r${n}` })),
    )
    await expect(store.reserve({}, {})).rejects.toMatchObject({ code: 'too-many-reservations', retry: 'safe' })
    await store.release('r0')
    expect((await store.reserve({}, {})).decision).toBe('granted')
  })

  test.each([0, -1, 1.5, Number.NaN, RESERVATION_TTL_MS_MAX + 1])('refuses a ttlMs of %s', async (ttlMs) => {
    const { store } = await fresh()
    await expect(store.reserve({}, {}, { ttlMs })).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test.each(['', '../x', 'a/b', '.', '-a', 'x'.repeat(129), 'ü'])('refuses the id %j', async (id) => {
    const { store } = await fresh()
    for (const run of [
      async () => store.reserve({}, {}, { id }),
      async () => store.release(id),
      async () => store.reconcile(id, used(1)),
      async () => store.reservation(id),
    ]) {
      await expect(run()).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })

  test.each([{ user: '' }, { user: 'x'.repeat(129) }, { team: 'x' }, { user: '\ud800' }, null])(
    'refuses the scope %j',
    async (scope) => {
      const { store } = await fresh()
      await expect(store.reserve(scope as BudgetScope, {})).rejects.toMatchObject({ code: 'invalid-argument' })
    },
  )

  test('grants nothing when the filesystem fails', async () => {
    const { filesystem } = await fresh()
    const unavailable = new FilesystemError('unavailable', 'Cannot put "/x": secret of the driver', { retry: 'never' })
    const failing = replacing(filesystem, { put: async () => Promise.reject(unavailable) })
    const error: unknown = await new BudgetStore(failing).reserve({}, {}, { id: 'r1' }).catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'unavailable', name: 'BudgetError', cause: expect.anything() as unknown })
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(JSON.stringify(error)).not.toContain('/budgets')
  })
})

describe('BudgetStore.reconcile()', () => {
  test('records what goes beyond the estimate in full, and blocks what comes later', async () => {
    const { store, filesystem } = await fresh()
    await store.setLimits({}, usd(10))
    await store.reserve({ user: 'u' }, { usdMicros: 10 }, { id: 'r1' })
    await store.reconcile('r1', { ...used(25), inputTokens: 2 })
    expect(await store.account({})).toMatchObject({
      spent: { usdMicros: 25, inputTokens: 2 },
      overdrawn: { usdMicros: 15 },
    })
    expect((await store.reserve({ user: 'v' }, { inputTokens: 1 })).decision).toBe('denied')
    const reconciled = (await wholeLedger(filesystem)).find(({ type }) => type === 'reconciled')
    expect(reconciled).toMatchObject({ overage: { usdMicros: 15, inputTokens: 2 } })
  })

  test.each([false, true])('records a reservation that expired, once (told to others: %s)', async (isSwept) => {
    const { store, clock } = await fresh()
    await store.reserve({ user: 'u' }, { usdMicros: 10 }, { id: 'r1', ttlMs: 1000 })
    clock.advance(5000)
    if (isSwept) await store.sweep()
    expect((await store.reconcile('r1', used(4))).status).toBe('reconciled')
    if (isSwept) await store.sweep()
    await expect(store.reconcile('r1', used(4))).rejects.toMatchObject({
      code: 'reservation-closed',
      status: 'reconciled',
    })
    expect((await store.account({ user: 'u' }))?.spent).toEqual({ usdMicros: 4 })
    expect((await store.reservation('r1'))?.actual).toEqual({ usdMicros: 4 })
  })

  test('counts in the period in which it happens', async () => {
    const { store, clock } = await fresh()
    await store.setLimits({}, usd(10, { type: 'day', timeZone: 'UTC' }))
    await store.reserve({}, { usdMicros: 10 }, { id: 'r1', ttlMs: RESERVATION_TTL_MS_MAX })
    clock.advance(15 * HOUR)
    // The hold of yesterday is still a hold.
    expect((await store.reserve({}, { usdMicros: 1 })).decision).toBe('denied')
    await store.reconcile('r1', used(10))
    expect((await store.account({}))?.spent).toEqual({ usdMicros: 10 })
  })
})

test.each([null, { usr: 'v' }, { user: '' }, { user: '\ud800' }])(
  'BudgetStore refuses to act within %j',
  async (given) => {
    const { store } = await fresh()
    await store.reserve({ user: 'u' }, {}, { id: 'r1' })
    const within = given as BudgetScope
    for (const run of [
      async () => store.release('r1', { within }),
      async () => store.reconcile('r1', used(1), { within }),
      async () => store.reservation('r1', { within }),
      async () => store.openReservations({ within }),
    ]) {
      await expect(run()).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  },
)

describe.each(['reconcile', 'release'] as const)('BudgetStore.%s()', (command) => {
  const run = async (store: BudgetStore, id: string, within?: BudgetScope) =>
    command === 'release' ? store.release(id, { within }) : store.reconcile(id, used(1), { within })

  test('answers a wrong scope as it answers an unknown id', async () => {
    const { store } = await fresh()
    await store.reserve({ user: 'u', project: 'p' }, {}, { id: 'r1' })
    const unknown: unknown = await run(store, 'r2', { user: 'u' }).catch((error: unknown) => error)
    expect(unknown).toMatchObject({ code: 'unknown-reservation' })
    const told = JSON.stringify(unknown).replaceAll('r2', 'r1')
    for (const within of [{ user: 'v' }, { user: 'u', project: 'q' }, { agent: 'p' }]) {
      const error: unknown = await run(store, 'r1', within).catch((each: unknown) => each)
      expect(JSON.stringify(error)).toBe(told)
      expect(await store.reservation('r1', { within })).toBeUndefined()
      expect((await store.openReservations({ within })).items).toEqual([])
    }
    expect((await run(store, 'r1', { user: 'u' })).id).toBe('r1')
    await store.sweep()
    await expect(run(store, 'r1', { user: 'v' })).rejects.toMatchObject({ code: 'unknown-reservation' })
    await expect(run(store, 'r1', { user: 'u' })).rejects.toMatchObject({ code: 'reservation-closed' })
  })
})

test('accounts without limits leave the tree when others are used, and the ledger has their totals', async () => {
  const { store, clock, filesystem } = await fresh()
  await store.setLimits({ user: 'limited' }, usd(10))
  await store.reserve({ user: 'held' }, {}, { id: 'held', ttlMs: RESERVATION_TTL_MS_MAX })
  const total = IDLE_ACCOUNTS_KEPT * 3
  for (let n = 0; n < total; n++) {
    clock.advance(1)
    await store.reserve({ user: `u${n}` }, {}, { id: `r${n}` })
    await store.reconcile(`r${n}`, used(n + 1))
  }
  const kept = Object.values((await readTree(filesystem))?.accounts ?? {}).filter(({ limits }) => !limits)
  // The tenant is held by what is open, and counts in addition.
  expect(kept).toHaveLength(IDLE_ACCOUNTS_KEPT + 1)
  expect(await store.account({ user: `u${total - 1}` })).toBeDefined()
  expect(await store.account({ user: 'limited' })).toBeDefined()
  expect(await store.account({ user: 'u0' })).toBeUndefined()
  const retired = (await wholeLedger(filesystem)).filter(({ type }) => type === 'account-retired')
  expect(retired).toHaveLength(total - IDLE_ACCOUNTS_KEPT)
  expect(retired[0]).toMatchObject({ account: 'tenant/user:u0', spent: { usdMicros: 1 } })
})

test('BudgetStore.openReservations() lists page by page, oldest first, whatever is closed meanwhile', async () => {
  const { store } = await fresh()
  for (let n = 0; n < 60; n++) await store.reserve({ user: `u${n % 2}` }, {}, { id: `r${n}` })
  expect((await store.openReservations()).items).toHaveLength(50)
  const first = await store.openReservations({ limit: 3, within: { user: 'u0' } })
  expect(first.items.map(({ id }) => id)).toEqual(['r0', 'r2', 'r4'])
  await store.release('r4')
  const second = await store.openReservations({ limit: 200, within: { user: 'u0' }, cursor: first.next })
  expect([second.items[0]?.id, second.items.length, second.next]).toEqual(['r6', 27, undefined])
  for (const wrong of [{ limit: 0 }, { limit: 201 }, { cursor: 'x' }]) {
    await expect(store.openReservations(wrong)).rejects.toMatchObject({ code: 'invalid-argument' })
  }
})

test('reading writes nothing, also where nothing was ever written', async () => {
  const { store, filesystem } = await fresh()
  await store.account({})
  await store.reservation('r1')
  await store.openReservations()
  await store.ledger()
  expect((await filesystem.list('/', { deleted: true })).items).toEqual([])
})
