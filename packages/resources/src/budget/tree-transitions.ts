import { isDeepStrictEqual } from 'node:util'
import type { StoreAct } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { accountKey, cascade, isWithin } from '../accounts.ts'
import type { Amounts } from '../amounts.ts'
import { excessOf } from '../amounts.ts'
import type { Judgement } from '../decision.ts'
import { judge } from '../decision.ts'
import { refuse } from '../errors.ts'
import type { BudgetLimits } from '../limits.ts'
import { accountState, charge, limited, spentOf, unlimited, withoutDeadSlots } from './account.ts'
import { knownReservation, lastNumber, tell } from './events.ts'
import type { Reservation, ReservationCommand } from './reservation.ts'
import { closeReservation } from './reservation.ts'
import type { BudgetTree } from './tree-record.ts'
import {
  EXPIRED_AT_ONCE,
  IDLE_ACCOUNTS_KEPT,
  LIMITED_ACCOUNTS_MAX,
  OPEN_RESERVATIONS_MAX,
  TREE_BYTES_MAX,
} from './tree-record.ts'
import { bytesOf } from './tree-size.ts'

/** The tree after a command, and what the caller is told. The same tree means that nothing changed. */
export interface Change<Outcome> {
  readonly tree: BudgetTree
  readonly outcome: Outcome
}

export interface ReserveRequest {
  readonly id: string
  readonly scope: BudgetScope
  readonly estimate: Amounts
  readonly ttlMs: number
}

export interface ReserveOutcome {
  /** What was decided when the request was first made. Only `granted` is a grant. */
  readonly decision: Judgement['decision']
  /** As it is now. */
  readonly reservation: Reservation
  /** True when the id was known: the answer is the first one. */
  readonly replayed: boolean
}

/**
 * Decides over a request and holds what it grants.
 *
 * @throws {BudgetError} `reservation-conflict`, `too-many-reservations`, `ledger-behind`.
 */
export function reserve(
  act: StoreAct,
  before: BudgetTree,
  request: ReserveRequest,
  now: number,
): Change<ReserveOutcome> {
  const current = expireOverdue(act, before, now, request.id)
  const known = knownReservation(act, current, request.id)
  if (known) return { tree: before, outcome: replay(act, known, request) }
  const accounts = cascade(request.scope).map((account) => accountState(current, account, now))
  const { decision, findings } = judge(accounts, request.estimate)
  const { id, scope, estimate, ttlMs } = request
  const status = decision === 'granted' ? 'reserved' : decision
  const number = lastNumber(current) + 1
  const reservation: Reservation = {
    id,
    number,
    status,
    scope,
    estimate,
    findings,
    createdAt: now,
    expiresAt: now + ttlMs,
  }
  return { tree: decided(act, current, reservation, now), outcome: { decision, reservation, replayed: false } }
}

function decided(act: StoreAct, tree: BudgetTree, reservation: Reservation, now: number): BudgetTree {
  if (reservation.status === 'denied') {
    return tell(act, tree, now, { type: 'denied', reservation: { ...reservation, closedAt: now } })
  }
  if (reservation.status === 'approval-required') {
    return tell(act, tree, now, { type: 'approval-requested', reservation: { ...reservation, closedAt: now } })
  }
  const held = withRoom(act, { ...tree, open: [...tree.open, reservation] }, now)
  // What the accounts said is told once, by the warning.
  const told = tell(act, held, now, { type: 'reserved', reservation: { ...reservation, findings: [] } })
  return reservation.findings.length === 0 ? told : tell(act, told, now, { type: 'warned', reservation })
}

// Half of what a record may have is left for what closing adds, so that whatever is open can always be closed.
function withRoom(act: StoreAct, tree: BudgetTree, now: number): BudgetTree {
  const refusal = (problem: string) => refuse('too-many-reservations', act, problem, { retry: 'safe' })
  if (tree.open.length > OPEN_RESERVATIONS_MAX) throw refusal(`${OPEN_RESERVATIONS_MAX} are open already`)
  if (bytesOf(tree) <= TREE_BYTES_MAX) return tree
  const pruned = withoutDeadSlots(tree, now)
  if (bytesOf(pruned) <= TREE_BYTES_MAX) return pruned
  throw refusal(`accounts and open reservations would exceed ${TREE_BYTES_MAX} bytes`)
}

/**
 * The first answer to a request whose id is known.
 *
 * @throws {BudgetError} `reservation-conflict` when it was another request.
 */
export function replay(act: StoreAct, known: Reservation, request: ReserveRequest): ReserveOutcome {
  const same = isDeepStrictEqual([known.scope, known.estimate], [request.scope, request.estimate])
  if (!same) throw refuse('reservation-conflict', act, 'its id was used for another scope or estimate')
  const isRefusal = known.status === 'denied' || known.status === 'approval-required'
  return { decision: isRefusal ? known.status : 'granted', reservation: known, replayed: true }
}

export interface CloseRequest {
  readonly id: string
  readonly command: ReservationCommand
  /** What was used, with `reconcile`. */
  readonly actual?: Amounts | undefined
  /** The reservation must lie within it. */
  readonly within?: BudgetScope | undefined
}

/**
 * Closes a reservation that the tree knows. The outcome is `undefined` when the tree knows nothing of it.
 *
 * @throws {BudgetError} `reservation-closed`, `unknown-reservation`, `ledger-behind`.
 */
export function close(
  act: StoreAct,
  before: BudgetTree,
  request: CloseRequest,
  now: number,
): Change<Reservation | undefined> {
  const current = expireOverdue(act, before, now, request.id)
  const known = knownReservation(act, current, request.id)
  if (!known) return { tree: before, outcome: undefined }
  return closeKnown(act, current, known, request, now)
}

/**
 * Closes a reservation wherever it was found, in the tree or beside it.
 *
 * @throws {BudgetError} as {@link close} does.
 */
export function closeKnown(
  act: StoreAct,
  tree: BudgetTree,
  known: Reservation,
  { command, actual, within }: CloseRequest,
  now: number,
): Change<Reservation> {
  if (!isWithin(known.scope, within)) throw unknownReservation(act)
  const reservation = closeReservation(act, known, command, now, actual)
  const open = tree.open.filter(({ id }) => id !== known.id)
  if (!actual) {
    return { tree: tell(act, { ...tree, open }, now, { type: 'released', reservation }), outcome: reservation }
  }
  const charged = charge({ ...tree, open }, known.scope, actual, now)
  const excess = excessOf(actual, known.estimate)
  const overage = Object.keys(excess).length === 0 ? {} : { overage: excess }
  const told = tell(act, charged, now, { type: 'reconciled', reservation, ...overage })
  return { tree: retireIdle(act, told, now), outcome: reservation }
}

export function unknownReservation(act: StoreAct) {
  return refuse('unknown-reservation', act, 'there is none')
}

/**
 * Releases reservations that are overdue, each by name: not more of them than one write has room to tell of, the one that is asked
 * for among them. The same tree when none is.
 */
export function expireOverdue(act: StoreAct, before: BudgetTree, now: number, asked?: string): BudgetTree {
  const overdue = before.open
    .filter(({ expiresAt }) => now >= expiresAt)
    .toSorted((a, b) => Number(b.id === asked) - Number(a.id === asked))
  return overdue.slice(0, EXPIRED_AT_ONCE).reduce((tree, { id }) => {
    const reservation = tree.open.find((each) => each.id === id) as Reservation
    return closeKnown({ ...act, id }, tree, reservation, { id, command: 'expire' }, now).tree
  }, before)
}

export interface LimitRequest {
  readonly account: BudgetScope
  /** Absent: the account has none any more. */
  readonly limits?: BudgetLimits | undefined
  readonly by?: string | undefined
  readonly gate?: string | undefined
}

/**
 * Gives an account other limits, or none.
 *
 * @throws {BudgetError} `too-many-accounts`, `ledger-behind`.
 */
export function changeLimits(act: StoreAct, tree: BudgetTree, request: LimitRequest, now: number): BudgetTree {
  const { limits, by, gate } = request
  const key = accountKey(request.account)
  const stored = tree.accounts[key]
  if (isDeepStrictEqual(stored?.limits, limits)) return tree
  const others = Object.entries(tree.accounts).filter(([name, account]) => name !== key && account.limits)
  if (limits && others.length >= LIMITED_ACCOUNTS_MAX) {
    throw refuse('too-many-accounts', act, `${LIMITED_ACCOUNTS_MAX} accounts have limits already`)
  }
  const account = limits ? limited(stored, limits, now) : unlimited(stored ?? { slots: [], updatedAt: now }, now)
  const changed = { ...tree, accounts: { ...tree.accounts, [key]: account } }
  if (limits && !stored?.limits && bytesOf(changed) > TREE_BYTES_MAX) {
    throw refuse('too-many-accounts', act, `accounts and open reservations would exceed ${TREE_BYTES_MAX} bytes`)
  }
  const told = tell(act, changed, now, {
    type: 'limit-changed',
    account: key,
    ...(stored?.limits ? { before: stored.limits } : {}),
    ...(limits ? { after: limits } : {}),
    ...(by === undefined ? {} : { by }),
    ...(gate === undefined ? {} : { gate }),
  })
  return retireIdle(act, told, now)
}

// Threads and missions come and go without end, and the tree must not grow with them. What leaves is told to the ledger.
function retireIdle(act: StoreAct, before: BudgetTree, now: number): BudgetTree {
  const unlimited = Object.entries(before.accounts).filter(([, { limits }]) => !limits)
  if (unlimited.length <= IDLE_ACCOUNTS_KEPT) return before
  const held = new Set(before.open.flatMap(({ scope }) => cascade(scope).map(accountKey)))
  const idle = unlimited.filter(([key]) => !held.has(key))
  if (idle.length <= IDLE_ACCOUNTS_KEPT) return before
  const byUse = idle.toSorted(
    ([a, { updatedAt: first }], [b, { updatedAt: second }]) => first - second || (a < b ? -1 : 1),
  )
  return byUse.slice(0, idle.length - IDLE_ACCOUNTS_KEPT).reduce((tree, [key, account]) => {
    const { [key]: _, ...accounts } = tree.accounts
    const spent = spentOf(account, now)
    return tell(act, { ...tree, accounts }, now, { type: 'account-retired', account: key, spent })
  }, before)
}
