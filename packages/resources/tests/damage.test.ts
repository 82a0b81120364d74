// What one caller or one damaged record must not do: stop the budgets of a whole tenant.
import { exactly, FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import { BudgetGateStore, BudgetStore, CLOSED_RESERVATION_KEEP_MS, DRAIN_EVERY } from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { readTree, usd, wholeLedger } from './support/budgets.ts'

async function fresh() {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock()
  const store = new BudgetStore(filesystem, clock)
  return { filesystem, clock, store, gates: new BudgetGateStore(filesystem, clock) }
}

describe('a name of who decides that no record could hold', () => {
  test.each(['', '\ud800', 'x'.repeat(129), 5, null])('is refused before anything is written: %j', async (given) => {
    const { filesystem, store, gates } = await fresh()
    await gates.open({}, [], { id: 'g1' })
    const by = given as string
    for (const run of [
      async () => store.setLimits({}, usd(1), { by }),
      async () => store.removeLimits({}, { by }),
      async () => gates.approve('g1', { by }),
      async () => gates.cancel('g1', { by }),
    ]) {
      await expect(run()).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(await readTree(filesystem)).toBeUndefined()
    await gates.approve('g1', { by: 'x'.repeat(128) })
  })
})

test.each([0.5, Number.NaN])('an event that nobody could read again is refused: a clock that tells %s', async (now) => {
  const { filesystem, store } = await fresh()
  await store.reserve({}, {}, { id: 'r1' })
  const release = new BudgetStore(filesystem, { now: () => now }).release('r1')
  await expect(release).rejects.toMatchObject({ code: 'invalid-argument' })
  await store.sweep()
  expect((await store.release('r1')).status).toBe('released')
})

describe.each([
  ['corrupt', { body: Buffer.from('junk') }],
  ['schema-too-new', { body: Buffer.from('{}'), schemaVersion: 99 }],
])('a record beside the tree that is %s', (code, damage) => {
  const damagedGate = { ...damage, contentType: 'application/json', kind: 'budget_gate' }
  const damagedReservation = { ...damage, contentType: 'application/json', kind: 'budget_reservation' }

  test('of a reservation keeps nothing else from being handed on, and is reported', async () => {
    const { filesystem, store } = await fresh()
    for (const id of ['r1', 'r2']) await store.reserve({}, { usdMicros: 1 }, { id })
    await filesystem.put('/budgets/reservations/r1', damagedReservation, { type: 'absent' })
    for (const id of ['r1', 'r2']) await store.release(id)
    const damagedRecords = [{ type: 'reservation', id: 'r1', code }]
    // The fifth event tells of the damage itself.
    expect(await store.sweep()).toMatchObject({ eventsDrained: 5, damagedRecords })
    expect((await readTree(filesystem))?.pending).toEqual([])
    expect((await wholeLedger(filesystem)).map(({ type }) => type)).toEqual([
      'reserved',
      'reserved',
      'released',
      'released',
      'record-skipped',
    ])
    expect((await store.reservation('r2'))?.status).toBe('released')
    // Nobody knows what became of it, so nobody gets it again.
    await expect(store.reserve({}, { usdMicros: 1 }, { id: 'r1' })).rejects.toMatchObject({ code })
    expect(await store.sweep()).toMatchObject({ damagedRecords: [] })
  })

  test('of a gate keeps nothing else from being handed on, and is not approved again', async () => {
    const { filesystem, clock, gates } = await fresh()
    await gates.open({}, [], { id: 'g1' })
    const failing = replacing(filesystem, {
      append: async () => Promise.reject(new FilesystemError('unavailable', 'Cannot append "/x": down')),
    })
    // The record is damaged between the approval and the day on which it is told of it.
    const before = await filesystem.get('/budgets/gates/g1')
    await new BudgetGateStore(failing, clock).approve('g1', { by: 'ann' })
    const head = await filesystem.get('/budgets/gates/g1')
    expect([before.state, head.state]).toEqual(['live', 'live'])
    await filesystem.put('/budgets/gates/g1', damagedGate, exactly(head))
    expect(await new BudgetStore(filesystem, clock).sweep().catch((error: unknown) => error)).toMatchObject({
      damagedRecords: [{ type: 'gate', id: 'g1', code }],
    })
    expect((await readTree(filesystem))?.pending).toEqual([])
    await expect(gates.approve('g1', { by: 'bob' })).rejects.toMatchObject({ code })
  })
})

const junk = (kind: string) => ({ body: Buffer.from('junk'), contentType: 'application/json', kind })

async function damage(filesystem: MemoryFilesystem, path: string) {
  const head = await filesystem.get(path)
  if (head.state !== 'live') throw new Error(`nothing at ${path}`)
  await filesystem.put(path, { ...head.entry, body: Buffer.from('junk') }, exactly(head))
}

describe('a damaged record that somebody else than a sweep meets is told by the ledger', () => {
  test('of a reservation, by the writer who hands on its end', async () => {
    const { filesystem, store } = await fresh()
    await store.reserve({}, {}, { id: 'r1' })
    await filesystem.put('/budgets/reservations/r1', junk('budget_reservation'), { type: 'absent' })
    await store.release('r1')
    for (let n = 2; n < DRAIN_EVERY; n++) await store.setLimits({}, usd(n))
    const record = { type: 'reservation', id: 'r1', code: 'corrupt' }
    expect((await wholeLedger(filesystem)).slice(DRAIN_EVERY)).toMatchObject([{ type: 'record-skipped', record }])
    await store.sweep()
    expect((await wholeLedger(filesystem)).filter(({ type }) => type === 'record-skipped')).toHaveLength(1)
  })

  test('of a gate, by the one who approves it', async () => {
    const { filesystem, clock, gates } = await fresh()
    await gates.open({}, [], { id: 'g1' })
    const damaging = replacing(filesystem, {
      put: async (path, ...rest) => {
        const result = await filesystem.put(path, ...rest)
        if (path === '/budgets/tree') await damage(filesystem, '/budgets/gates/g1')
        return result
      },
    })
    await new BudgetGateStore(damaging, clock).approve('g1', { by: 'ann' })
    const record = { type: 'gate', id: 'g1', code: 'corrupt' }
    expect((await wholeLedger(filesystem)).at(-1)).toMatchObject({ type: 'record-skipped', record })
  })
})

describe('a record that a sweep cannot read', () => {
  test('of a closed reservation keeps no other from being removed, and is reported', async () => {
    const { filesystem, clock, store } = await fresh()
    for (const id of ['r1', 'r2', 'r3']) {
      await store.reserve({}, {}, { id })
      await store.release(id)
    }
    await store.sweep()
    await damage(filesystem, '/budgets/reservations/r1')
    clock.advance(CLOSED_RESERVATION_KEEP_MS + 1)
    const damagedRecords = [{ type: 'reservation', id: 'r1', code: 'corrupt' }]
    expect(await store.sweep({ limit: 1 })).toMatchObject({ reservationsRemoved: 1, damagedRecords })
    expect(await store.sweep({ limit: 1 })).toMatchObject({ reservationsRemoved: 1, damagedRecords })
    expect(await store.sweep()).toMatchObject({ reservationsRemoved: 0, damagedRecords })
  })

  test('of an overdue gate keeps no other from expiring, and is reported', async () => {
    const { filesystem, clock, store, gates } = await fresh()
    for (const id of ['g1', 'g2', 'g3']) await gates.open({}, [], { id, ttlMs: 1 })
    await damage(filesystem, '/budgets/gates/g1')
    clock.advance(1)
    const damagedRecords = [{ type: 'gate', id: 'g1', code: 'corrupt' }]
    expect(await store.sweep()).toMatchObject({ gatesExpired: 2, damagedRecords })
    expect((await gates.get('g3'))?.resolution?.status).toBe('expired')
  })
})

test('a record that is full is still told that it has ended', async () => {
  const { filesystem, clock, store } = await fresh()
  const isFull = (body: Uint8Array) => Buffer.from(body).includes('"approved"') && Buffer.from(body).includes('"deny"')
  const small = replacing(filesystem, {
    put: async (path, entry, ...rest) => {
      if (path === '/budgets/gates/g1' && isFull(entry.body)) {
        throw new FilesystemError('too-large', 'Cannot put "/x": too large')
      }
      return filesystem.put(path, entry, ...rest)
    },
  })
  const gates = new BudgetGateStore(small, clock)
  const finding = {
    verdict: 'deny',
    account: 'tenant',
    dimension: 'usdMicros',
    limit: 1,
    spent: 0,
    reserved: 0,
    requested: 2,
  } as const
  await gates.open({}, [finding], { id: 'g1' })
  await gates.approve('g1', { by: 'ann' })
  expect(await store.sweep()).toMatchObject({ damagedRecords: [] })
  expect(await gates.get('g1')).toMatchObject({ status: 'approved', findings: [] })
  await expect(gates.approve('g1', { by: 'ann' })).rejects.toMatchObject({ code: 'gate-resolved' })
})

test('a sweep whose ledger takes nothing does the rest, then says so', async () => {
  const { filesystem, clock, store } = await fresh()
  await store.reserve({}, {}, { id: 'old' })
  await store.release('old')
  await store.sweep()
  clock.advance(CLOSED_RESERVATION_KEEP_MS + 1)
  await store.reserve({}, {}, { id: 'new' })
  const failing = replacing(filesystem, {
    append: async () => Promise.reject(new FilesystemError('unavailable', 'Cannot append "/x": down')),
  })
  await filesystem.put('/budgets/reservations/new', junk('budget_reservation'), { type: 'absent' })
  await store.release('new')
  const swept = new BudgetStore(failing, clock).sweep()
  await expect(swept).rejects.toMatchObject({ code: 'unavailable', report: { reservationsRemoved: 1 } })
  expect(await store.reservation('old')).toBeUndefined()
})
