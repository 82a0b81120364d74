import { MemoryFilesystem } from '@latchless/filesystem'
import type { GateCommand, GateState, ReservationCommand, ReservationStatus } from '@latchless/resources'
import {
  BudgetGateStore,
  BudgetStore,
  ClosedReservation,
  GATE_TRANSITIONS,
  RESERVATION_STATUSES,
  RESERVATION_TRANSITIONS,
} from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { usd, used } from './support/budgets.ts'

async function reservationIn(status: ReservationStatus) {
  const clock = manualClock()
  const filesystem = await MemoryFilesystem.open()
  const store = new BudgetStore(filesystem, clock)
  await store.setLimits({}, usd(100, { type: 'lifetime' }, { pauseAtPercent: 50 }))
  const amount = { denied: 101, 'approval-required': 60 }[status as string] ?? 10
  await store.reserve({}, { usdMicros: amount }, { id: 'r1', ttlMs: 1000 })
  if (status === 'reconciled') await store.reconcile('r1', used(10))
  if (status === 'released') await store.release('r1')
  if (status === 'expired') {
    clock.advance(1000)
    await store.sweep()
  }
  return { store, clock, filesystem }
}

const commands: Record<Exclude<ReservationCommand, 'expire'>, (store: BudgetStore) => Promise<unknown>> = {
  reconcile: async (store) => store.reconcile('r1', used(10)),
  release: async (store) => store.release('r1'),
}

describe.each(RESERVATION_STATUSES)('a reservation that is %s', (status) => {
  test.each(['reconcile', 'release'] as const)('answers %s as its table says', async (command) => {
    const { store } = await reservationIn(status)
    const next = RESERVATION_TRANSITIONS[status][command]
    if (next === 'reservation-closed') {
      await expect(commands[command](store)).rejects.toMatchObject({ code: next, status })
      expect((await store.reservation('r1'))?.status).toBe(status)
    } else {
      await commands[command](store)
      expect((await store.reservation('r1'))?.status).toBe(next)
    }
  })

  test('answers its expiry as its table says', async () => {
    const { store, clock, filesystem } = await reservationIn(status)
    clock.advance(5000)
    const { reservationsExpired } = await store.sweep()
    const next = RESERVATION_TRANSITIONS[status].expire
    expect(reservationsExpired).toBe(next === 'expired' ? 1 : 0)
    // As stored: a reader would call it expired anyway once it is overdue.
    const head = await filesystem.get('/budgets/reservations/r1')
    const stored = head.state === 'live' ? ClosedReservation.decode(head.entry, '/r1').status : undefined
    expect(stored).toBe(next === 'reservation-closed' ? status : next)
  })
})

test('a reservation has a table that lets only open and expired ones change', () => {
  expect(RESERVATION_TRANSITIONS).toEqual({
    reserved: { reconcile: 'reconciled', release: 'released', expire: 'expired' },
    expired: { reconcile: 'reconciled', release: 'reservation-closed', expire: 'reservation-closed' },
    ...Object.fromEntries(
      ['reconciled', 'released', 'denied', 'approval-required'].map((status) => [
        status,
        { reconcile: 'reservation-closed', release: 'reservation-closed', expire: 'reservation-closed' },
      ]),
    ),
  })
})

async function gateIn(state: GateState) {
  const clock = manualClock()
  const filesystem = await MemoryFilesystem.open()
  const gates = new BudgetGateStore(filesystem, clock)
  await gates.open({}, [], { id: 'g1', ttlMs: 1000 })
  if (state === 'approved') await gates.approve('g1', { by: 'ann' })
  if (state === 'cancelled') await gates.cancel('g1', { by: 'ann' })
  if (state === 'overdue' || state === 'expired') clock.advance(1000)
  if (state === 'expired') await new BudgetStore(filesystem, clock).sweep()
  return { gates, store: new BudgetStore(filesystem, clock) }
}

const states: readonly GateState[] = ['pending', 'overdue', 'approved', 'cancelled', 'expired']

describe.each(states)('a gate that is %s', (state) => {
  test.each(['approve', 'cancel', 'expire'] as const satisfies GateCommand[])(
    'answers %s as its table says',
    async (command) => {
      const { gates, store } = await gateIn(state)
      const before = await gates.get('g1')
      const run = async () => (command === 'expire' ? store.sweep() : gates[command]('g1', { by: 'bob' }))
      const next = GATE_TRANSITIONS[state][command]
      if (next === 'gate-overdue' || (next === 'gate-resolved' && command !== 'expire')) {
        await expect(run()).rejects.toMatchObject({ code: next, status: state })
        expect(await gates.get('g1')).toEqual(before)
      } else {
        await run()
        expect((await gates.get('g1'))?.status).toBe(next === 'gate-resolved' ? state : next)
      }
    },
  )
})

test('a gate has a table in which nothing follows its end', () => {
  expect(GATE_TRANSITIONS).toEqual({
    pending: { approve: 'approved', cancel: 'cancelled', expire: 'pending' },
    overdue: { approve: 'gate-overdue', cancel: 'gate-overdue', expire: 'expired' },
    ...Object.fromEntries(
      ['approved', 'cancelled', 'expired'].map((status) => [
        status,
        { approve: 'gate-resolved', cancel: 'gate-resolved', expire: 'gate-resolved' },
      ]),
    ),
  })
})
