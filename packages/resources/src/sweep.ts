import { noop, remove, STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import { withoutDeadSlots } from './budget/account.ts'
import type { Reservation } from './budget/reservation.ts'
import { ClosedReservation, reservationPath, RESERVATIONS } from './budget/reservation.ts'
import { retireIdle } from './budget/retire-idle.ts'
import type { BudgetTreeRecord, Drained } from './budget/tree.ts'
import { expireOverdue } from './budget/tree-transitions.ts'
import type { DamagedRecord } from './damaged-record.ts'
import { BudgetError, refuse } from './errors.ts'
import type { BudgetGate } from './gate/gate-record.ts'
import { Gate, gatePath, GATES } from './gate/gate-record.ts'
import { resolveInTree } from './gate/gate-store.ts'
import type { RecordsToSweep, Sweep, SweptRecords } from './sweep-records.ts'
import { sweepRecords } from './sweep-records.ts'
import { trimLedger } from './trim-ledger.ts'

export interface SweepOptions {
  /** Milliseconds since the epoch. Default: the clock of the store. */
  readonly now?: number | undefined
  /** Things done of each kind, 1 to 200, or a few more; default 50. */
  readonly limit?: number | undefined
}

/** What a sweep did. Zeros in every number mean that there is no more to do. */
export interface SweepReport {
  readonly reservationsExpired: number
  readonly gatesExpired: number
  /** Events handed to the ledger. */
  readonly eventsDrained: number
  /**
   * Records beside the tree that this sweep could not tell how they ended, expire or remove; everything else went on. Asking for
   * one gives its error. Those that nobody could tell are in the ledger too (`record-skipped`), whoever met them.
   */
  readonly damagedRecords: readonly DamagedRecord[]
  readonly reservationsRemoved: number
  readonly gatesRemoved: number
  readonly ledgerEntriesTrimmed: number
}

/** How long the id of a closed reservation is known, 30 days in milliseconds. */
export const CLOSED_RESERVATION_KEEP_MS: number = 30 * 24 * 60 * 60 * 1000
/** How long a gate is kept after its end, 30 days in milliseconds. */
export const GATE_KEEP_MS: number = 30 * 24 * 60 * 60 * 1000
const SWEEP_LIMIT_DEFAULT = 50

export async function sweepBudgets(tree: BudgetTreeRecord, options: SweepOptions): Promise<SweepReport> {
  const act = { operation: 'sweep budgets' }
  const { now = tree.records.now(), limit = SWEEP_LIMIT_DEFAULT } = options
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= STORE_PAGE_SIZE_MAX) || !Number.isSafeInteger(now)) {
    throw refuse(
      'invalid-argument',
      act,
      `the limit must be a whole number from 1 to ${STORE_PAGE_SIZE_MAX}, now one too`,
    )
  }
  const sweep: Sweep = { act, tree, now, limit }
  const failures: unknown[] = []
  // What fails keeps nothing else from being done; that it failed is told when the rest is.
  const attempt = async <R>(step: () => Promise<R>, otherwise: R): Promise<R> => {
    try {
      return await step()
    } catch (error) {
      failures.push(error)
      return otherwise
    }
  }
  const before = await attempt(async () => tree.drain(act), NOTHING_DRAINED)
  const expiry = await attempt(async () => expireReservations(sweep), { expired: 0, ...NOTHING_DRAINED })
  const gatesExpired = await attempt(async () => expireGates(sweep), NOTHING_SWEPT)
  const after = await attempt(async () => tree.drain(act), NOTHING_DRAINED)
  const reservationsRemoved = await attempt(async () => removeOld(sweep, OLD_RESERVATIONS), NOTHING_SWEPT)
  const gatesRemoved = await attempt(async () => removeOld(sweep, OLD_GATES), NOTHING_SWEPT)
  const parts = [before, expiry, gatesExpired, after, reservationsRemoved, gatesRemoved]
  const report: SweepReport = {
    reservationsExpired: expiry.expired,
    gatesExpired: gatesExpired.done,
    eventsDrained: before.events + expiry.events + after.events,
    damagedRecords: parts.flatMap(({ damaged }) => damaged),
    reservationsRemoved: reservationsRemoved.done,
    gatesRemoved: gatesRemoved.done,
    ledgerEntriesTrimmed: await attempt(async () => trimLedger(act, tree, now, limit), 0),
  }
  const [failure] = failures
  if (failure instanceof BudgetError) throw failure.withReport(report)
  if (failures.length > 0) throw failure
  return report
}

const NOTHING_DRAINED: Drained = { events: 0, damaged: [] }
const NOTHING_SWEPT: SweptRecords = { done: 0, damaged: [] }

// A few at a time, each handed on before the next, so that the tree never holds more than one write may add.
async function expireReservations({ act, tree, now, limit }: Sweep): Promise<Drained & { readonly expired: number }> {
  let expired = 0
  let retired = 0
  let events = 0
  const damaged: DamagedRecord[] = []
  while (expired < limit && retired < limit) {
    const done = await tree.change(act, (current) => {
      const next = expireOverdue(act, current, now)
      const tidied = retireIdle(act, withoutDeadSlots(next, now), now, tree.bytesMax)
      const accounts = Object.keys(next.accounts).length - Object.keys(tidied.accounts).length
      return { tree: tidied, outcome: { reservations: current.open.length - next.open.length, accounts } }
    })
    if (done.reservations + done.accounts === 0) break
    expired += done.reservations
    retired += done.accounts
    const drained = await tree.drain(act)
    events += drained.events
    damaged.push(...drained.damaged)
  }
  return { expired, events, damaged }
}

async function expireGates(sweep: Sweep): Promise<SweptRecords> {
  const { act, tree, now } = sweep
  const overdue = { type: 'gate', collection: GATES, record: Gate, index: 'pendingByExpiry', to: now + 1 } as const
  return sweepRecords(sweep, overdue, async ({ id }) => {
    try {
      const gate = await resolveInTree(tree, { ...act, id }, { command: 'expire' }, now)
      return gate.status === 'expired'
    } catch (error) {
      // Somebody resolved it between the listing and now: that is what counts.
      if (error instanceof BudgetError && error.code === 'gate-resolved') return false
      throw error
    }
  })
}

interface Old<T> extends Omit<RecordsToSweep<T>, 'to'> {
  readonly pathOf: (id: string) => string
  readonly keepMs: number
  readonly endOf: (value: T) => number | undefined
}

async function removeOld<T extends { readonly id: string }>(sweep: Sweep, old: Old<T>): Promise<SweptRecords> {
  const { act, tree, now } = sweep
  const before = now - old.keepMs
  return sweepRecords(sweep, { ...old, to: before }, async ({ id }) => {
    const { changed } = await tree.records.update(act, old.pathOf(id), old.record, (current) => {
      const end = current && old.endOf(current)
      return end !== undefined && end < before ? remove() : noop()
    })
    return changed
  })
}

const OLD_RESERVATIONS: Old<Reservation> = {
  type: 'reservation',
  collection: RESERVATIONS,
  index: 'byClosedAt',
  record: ClosedReservation,
  pathOf: reservationPath,
  keepMs: CLOSED_RESERVATION_KEEP_MS,
  endOf: ({ closedAt }) => closedAt,
}

const OLD_GATES: Old<BudgetGate> = {
  type: 'gate',
  collection: GATES,
  index: 'resolvedByTime',
  record: Gate,
  pathOf: gatePath,
  keepMs: GATE_KEEP_MS,
  endOf: ({ resolution }) => resolution?.at,
}
