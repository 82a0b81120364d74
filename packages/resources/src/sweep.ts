import type { RecordType, StoreAct } from '@latchless/filesystem'
import { noop, remove, STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import { ClosedReservation, reservationPath, RESERVATIONS } from './budget/reservation.ts'
import type { BudgetTreeRecord } from './budget/tree.ts'
import { expireOverdue } from './budget/tree-transitions.ts'
import { refuse } from './errors.ts'
import { Gate, gatePath, GATES } from './gate/gate-record.ts'
import { resolveInTree } from './gate/gate-store.ts'
import { LEDGER } from './ledger-event.ts'

export interface SweepOptions {
  /** Milliseconds since the epoch. Default: the clock of the store. */
  readonly now?: number | undefined
  /** Things done of each kind, 1 to 200; default 50. */
  readonly limit?: number | undefined
}

/** What a sweep did. Zeros mean that there is no more to do. */
export interface SweepReport {
  readonly reservationsExpired: number
  readonly gatesExpired: number
  /** Events handed to the ledger. */
  readonly eventsDrained: number
  readonly reservationsRemoved: number
  readonly gatesRemoved: number
  readonly ledgerEntriesTrimmed: number
}

/** How long the id of a closed reservation is known, 30 days in milliseconds. */
export const CLOSED_RESERVATION_KEEP_MS: number = 30 * 24 * 60 * 60 * 1000
/** How long a gate is kept after its end, 30 days in milliseconds. */
export const GATE_KEEP_MS: number = 30 * 24 * 60 * 60 * 1000
/** How long the ledger keeps an event, 90 days in milliseconds. */
export const LEDGER_KEEP_MS: number = 90 * 24 * 60 * 60 * 1000

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
  const reservationsExpired = await expireReservations(sweep)
  const gatesExpired = await expireGates(sweep)
  return {
    reservationsExpired,
    gatesExpired,
    eventsDrained: await tree.drain(act),
    reservationsRemoved: await removeOld(sweep, {
      collection: RESERVATIONS,
      index: 'byClosedAt',
      type: ClosedReservation,
      pathOf: reservationPath,
      keepMs: CLOSED_RESERVATION_KEEP_MS,
      endOf: ({ closedAt }) => closedAt,
    }),
    gatesRemoved: await removeOld(sweep, {
      collection: GATES,
      index: 'resolvedByTime',
      type: Gate,
      pathOf: gatePath,
      keepMs: GATE_KEEP_MS,
      endOf: ({ resolution }) => resolution?.at,
    }),
    ledgerEntriesTrimmed: await trimLedger(sweep),
  }
}

interface Sweep {
  readonly act: StoreAct
  readonly tree: BudgetTreeRecord
  readonly now: number
  readonly limit: number
}

// All at once, because each write does it anyway: the tree holds few.
async function expireReservations({ act, tree, now }: Sweep): Promise<number> {
  return tree.change(act, (current) => {
    const next = expireOverdue(act, current, now)
    return { tree: next, outcome: current.open.length - next.open.length }
  })
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

async function trimLedger({ act, tree, now, limit }: Sweep): Promise<number> {
  return tree.records.run(act, async (filesystem) => {
    const { entries } = await filesystem.read(LEDGER, { limit })
    const kept = entries.findIndex(({ time }) => time >= now - LEDGER_KEEP_MS)
    const trimmed = kept === -1 ? entries : entries.slice(0, kept)
    const last = trimmed.at(-1)
    if (last) await filesystem.trim(LEDGER, last.sequence + 1)
    return trimmed.length
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
