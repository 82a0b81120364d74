import type { RecordType, StoreAct } from '@latchless/filesystem'
import { noop, remove, STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import { withoutDeadSlots } from './budget/account.ts'
import type { DamagedRecord } from './budget/drain.ts'
import type { Reservation } from './budget/reservation.ts'
import { ClosedReservation, reservationPath, RESERVATIONS } from './budget/reservation.ts'
import type { BudgetTreeRecord, Drained } from './budget/tree.ts'
import { expireOverdue } from './budget/tree-transitions.ts'
import { refuse } from './errors.ts'
import type { BudgetGate } from './gate/gate-record.ts'
import { Gate, gatePath, GATES } from './gate/gate-record.ts'
import { resolveInTree } from './gate/gate-store.ts'
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
  /** Records beside the tree that cannot be told how they ended; everything else went on. Asking for one gives its error. */
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
  const gatesExpired = await attempt(async () => expireGates(sweep), 0)
  const after = await attempt(async () => tree.drain(act), NOTHING_DRAINED)
  const report = {
    reservationsExpired: expiry.expired,
    gatesExpired,
    eventsDrained: before.events + expiry.events + after.events,
    damagedRecords: [...before.damaged, ...expiry.damaged, ...after.damaged],
    reservationsRemoved: await attempt(async () => removeOld(sweep, OLD_RESERVATIONS), 0),
    gatesRemoved: await attempt(async () => removeOld(sweep, OLD_GATES), 0),
    ledgerEntriesTrimmed: await attempt(async () => trimLedger(act, tree, now, limit), 0),
  }
  if (failures.length > 0) throw failures[0]
  return report
}

const NOTHING_DRAINED: Drained = { events: 0, damaged: [] }

interface Sweep {
  readonly act: StoreAct
  readonly tree: BudgetTreeRecord
  readonly now: number
  readonly limit: number
}

// A few at a time, each handed on before the next, so that the tree never holds more than one write may add.
async function expireReservations({ act, tree, now, limit }: Sweep): Promise<Drained & { readonly expired: number }> {
  let expired = 0
  let events = 0
  const damaged: DamagedRecord[] = []
  while (expired < limit) {
    const count = await tree.change(act, (current) => {
      const next = withoutDeadSlots(expireOverdue(act, current, now), now)
      return { tree: next, outcome: current.open.length - next.open.length }
    })
    if (count === 0) break
    expired += count
    const drained = await tree.drain(act)
    events += drained.events
    damaged.push(...drained.damaged)
  }
  return { expired, events, damaged }
}

async function expireGates({ act, tree, now, limit }: Sweep): Promise<number> {
  const range = { to: [now + 1] }
  const { items } = await tree.records.page(act, GATES, Gate, 'pendingByExpiry', { limit, range })
  let expired = 0
  for (const { id } of items) {
    try {
      const gate = await resolveInTree(tree, { ...act, id }, { command: 'expire' }, now)
      if (gate.status === 'expired') expired++
    } catch (error) {
      // Somebody resolved it between the listing and now: that is what counts.
      if (!isCode(error, 'gate-resolved')) throw error
    }
  }
  return expired
}

interface Old<T> {
  readonly collection: string
  readonly index: string
  readonly type: RecordType<T>
  readonly pathOf: (id: string) => string
  readonly keepMs: number
  readonly endOf: (value: T) => number | undefined
}

async function removeOld<T extends { readonly id: string }>(sweep: Sweep, old: Old<T>): Promise<number> {
  const { act, tree, now, limit } = sweep
  const before = now - old.keepMs
  const { items } = await tree.records.page(act, old.collection, old.type, old.index, {
    limit,
    range: { to: [before] },
  })
  let removed = 0
  for (const { id } of items) {
    const { changed } = await tree.records.update(act, old.pathOf(id), old.type, (current) => {
      const end = current && old.endOf(current)
      return end !== undefined && end < before ? remove() : noop()
    })
    if (changed) removed++
  }
  return removed
}

const OLD_RESERVATIONS: Old<Reservation> = {
  collection: RESERVATIONS,
  index: 'byClosedAt',
  type: ClosedReservation,
  pathOf: reservationPath,
  keepMs: CLOSED_RESERVATION_KEEP_MS,
  endOf: ({ closedAt }) => closedAt,
}

const OLD_GATES: Old<BudgetGate> = {
  collection: GATES,
  index: 'resolvedByTime',
  type: Gate,
  pathOf: gatePath,
  keepMs: GATE_KEEP_MS,
  endOf: ({ resolution }) => resolution?.at,
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
