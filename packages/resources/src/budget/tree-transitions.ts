import { isDeepStrictEqual } from 'node:util'
import type { StoreAct } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { accountKey, cascade, isWithin } from '../accounts.ts'
import type { Amounts } from '../amounts.ts'
import { excessOf } from '../amounts.ts'
import type { Judgement } from '../decision.ts'
import { judge, overflowOf } from '../decision.ts'
import { refuse } from '../errors.ts'
import type { BudgetLimits } from '../limits.ts'
import { accountState, charge, limited, periodOf, samePeriod, unlimited, withoutDeadSlots } from './account.ts'
import { knownReservation, lastNumber, tell } from './events.ts'
import type { Reservation, ReservationCommand } from './reservation.ts'
import { closeReservation } from './reservation.ts'
import { retireIdle } from './retire-idle.ts'
import type { BudgetTree } from './tree-record.ts'
import { EXPIRED_AT_ONCE, LIMITED_ACCOUNTS_MAX, OPEN_RESERVATIONS_MAX } from './tree-record.ts'
import { bytesWhenSettled } from './tree-size.ts'

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
 * @throws {BudgetError} `reservation-conflict`, `invalid-amount`, `too-many-reservations`, `ledger-behind`.
 */
export function reserve(
  act: StoreAct,
  before: BudgetTree,
  request: ReserveRequest,
  now: number,
  bytesMax: number,
): Change<ReserveOutcome> {
  const current = expireOverdue(act, before, now, request.id)
  const known = knownReservation(act, current, request.id)
  if (known) return { tree: before, outcome: replay(act, known, request) }
  const accounts = cascade(request.scope).map((account) => accountState(current, account, now))
  const { decision, findings } = judge(accounts, request.estimate)
  const overflow = decision === 'granted' ? overflowOf(accounts, request.estimate) : undefined
  if (overflow) throw refuse('invalid-amount', act, `a total of ${overflow} would exceed ${Number.MAX_SAFE_INTEGER}`)
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
  const outcome = { decision, reservation, replayed: false }
  const tree = decided(act, current, reservation, now)
  return { tree: decision === 'granted' ? withRoom(act, tree, now, bytesMax) : tree, outcome }
}

function decided(act: StoreAct, tree: BudgetTree, reservation: Reservation, now: number): BudgetTree {
  if (reservation.status === 'denied') {
    return tell(act, tree, now, { type: 'denied', reservation: { ...reservation, closedAt: now } })
  }
  if (reservation.status === 'approval-required') {
    return tell(act, tree, now, { type: 'approval-requested', reservation: { ...reservation, closedAt: now } })
  }
  const held = { ...tree, open: [...tree.open, reservation] }
  // What the accounts said is told once, by the warning.
  const told = tell(act, held, now, { type: 'reserved', reservation: { ...reservation, findings: [] } })
  return reservation.findings.length === 0 ? told : tell(act, told, now, { type: 'warned', reservation })
}

// What settling adds has its room before anything is held, so that whatever is open can always be closed.
function withRoom(act: StoreAct, tree: BudgetTree, now: number, bytesMax: number): BudgetTree {
  const refusal = (problem: string) => refuse('too-many-reservations', act, problem, { retry: 'safe' })
  if (tree.open.length > OPEN_RESERVATIONS_MAX) throw refusal(`${OPEN_RESERVATIONS_MAX} are open already`)
  if (bytesWhenSettled(tree) <= bytesMax) return tree
  const tidied = retireIdle(act, withoutDeadSlots(tree, now), now, bytesMax)
  if (bytesWhenSettled(tidied) <= bytesMax) return tidied
  throw refusal(`accounts and open reservations could exceed ${bytesMax} bytes`)
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
  bytesMax: number,
): Change<Reservation | undefined> {
  const current = expireOverdue(act, before, now, request.id)
  const known = knownReservation(act, current, request.id)
  if (!known) return { tree: before, outcome: undefined }
  return closeKnown(act, current, known, request, now, bytesMax)
}

/**
 * Closes a reservation wherever it was found, in the tree or beside it.
 *
 * @throws {BudgetError} as {@link close} does.
 */
export function closeKnown(
  act: StoreAct,
  before: BudgetTree,
  known: Reservation,
  request: CloseRequest,
  now: number,
  bytesMax: number,
): Change<Reservation> {
  const { tree, outcome } = settle(act, before, known, request, now)
  return { tree: retireIdle(act, tree, now, bytesMax), outcome }
}

function settle(
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
  return { tree: tell(act, charged, now, { type: 'reconciled', reservation, ...overage }), outcome: reservation }
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
    return settle({ ...act, id }, tree, reservation, { id, command: 'expire' }, now).tree
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
export function changeLimits(
  act: StoreAct,
  tree: BudgetTree,
  request: LimitRequest,
  now: number,
  bytesMax: number,
): BudgetTree {
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
  // Limits with the period as it is are always taken: they are what mends an account.
  const isSlim = !limits || (stored?.limits && samePeriod(periodOf(stored), limits.period))
  const size = isSlim ? 0 : bytesWhenSettled(changed)
  if (size > bytesMax && size > bytesWhenSettled(tree)) {
    throw refuse('too-many-accounts', act, `accounts and open reservations could exceed ${bytesMax} bytes`)
  }
  return tell(act, changed, now, {
    type: 'limit-changed',
    account: key,
    ...(stored?.limits ? { before: stored.limits } : {}),
    ...(limits ? { after: limits } : {}),
    ...(by === undefined ? {} : { by }),
    ...(gate === undefined ? {} : { gate }),
  })
}
