import type { Filesystem, StoreAct, StoreOptions, StorePage } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { accountKey, checkBy, checkId, checkScope, checkWithin, isWithin } from '../accounts.ts'
import type { Amounts, Usage } from '../amounts.ts'
import { checkEstimate, checkUsage } from '../amounts.ts'
import type { LedgerOptions, LedgerPage } from '../ledger.ts'
import { readLedger } from '../ledger.ts'
import type { BudgetLimits } from '../limits.ts'
import { checkLimits } from '../limits.ts'
import type { SweepOptions, SweepReport } from '../sweep.ts'
import { sweepBudgets } from '../sweep.ts'
import { checkTtl } from '../ttl.ts'
import type { AccountSnapshot } from './snapshot.ts'
import { snapshotOf } from './snapshot.ts'
import { knownReservation } from './events.ts'
import type { OpenReservationsOptions } from './open-reservations.ts'
import { checkOpenReservations, pageOfOpen } from './open-reservations.ts'
import type { Reservation } from './reservation.ts'
import { ClosedReservation, reservationPath } from './reservation.ts'
import { BudgetTreeRecord } from './tree.ts'
import { RESERVATION_TTL_MS_DEFAULT, RESERVATION_TTL_MS_MAX } from './tree-record.ts'
import type { CloseRequest, LimitRequest, ReserveOutcome, ReserveRequest } from './tree-transitions.ts'
import { changeLimits, close, closeKnown, replay, reserve, unknownReservation } from './tree-transitions.ts'

export interface ReserveOptions {
  /** Names the request: the same one again is answered as the first time. Drawn when absent. */
  readonly id?: string | undefined
  /** How long it holds. Default {@link RESERVATION_TTL_MS_DEFAULT}, at most {@link RESERVATION_TTL_MS_MAX}. */
  readonly ttlMs?: number | undefined
}

/** How often a named request looks beside the tree before it does so within its update, which then folds no others. */
const LOOKS_MAX = 3

export interface CloseOptions {
  /** On whose behalf it is closed: a reservation outside of this scope is unknown. */
  readonly within?: BudgetScope | undefined
}

export interface LimitOptions {
  /** Who changes them, for the ledger. */
  readonly by?: string | undefined
}

/**
 * The budgets of one tenant: accounts with limits, reservations against them, and a ledger of what happened. Anything that
 * cannot be decided, a filesystem that fails included, is an error and never a grant.
 */
export class BudgetStore {
  readonly #tree: BudgetTreeRecord

  /** @throws {BudgetError} `cas-unsupported` for a mount that cannot compare-and-swap; nothing is read or written. */
  constructor(filesystem: Filesystem, options: StoreOptions = {}) {
    this.#tree = new BudgetTreeRecord(filesystem, options)
  }

  /**
   * Holds an estimate in every account of the scope, or says why not. Only the decision `granted` is a grant; the others are
   * recorded under the id as well, so after an approval ask again under another id.
   *
   * @throws {BudgetError} `reservation-conflict`, `invalid-amount`, `too-many-reservations`, `ledger-behind`.
   */
  async reserve(scope: BudgetScope, estimate: Amounts, { id, ttlMs }: ReserveOptions = {}): Promise<ReserveOutcome> {
    const act = { operation: 'reserve', id: id ?? this.#tree.records.newId() }
    const request: ReserveRequest = {
      id: checkId(act, act.id),
      scope: checkScope(act, scope),
      estimate: checkEstimate(act, estimate),
      ttlMs: checkTtl(act, ttlMs ?? RESERVATION_TTL_MS_DEFAULT, RESERVATION_TTL_MS_MAX),
    }
    const now = this.#tree.records.now()
    // Nobody can have closed a reservation whose id was drawn just now.
    if (id === undefined) return this.#tree.change(act, (tree) => reserve(act, tree, request, now, this.#tree.bytesMax))
    return this.#reserveNamed(act, request, now)
  }

  /**
   * Records what the work has used, in full, and lets the rest of the hold go. What goes beyond the estimate may leave
   * accounts beyond their limits, which then deny everything. An expired reservation is recorded as well.
   *
   * @throws {BudgetError} `unknown-reservation`, `reservation-closed`, `invalid-amount`, `ledger-behind`.
   */
  async reconcile(id: string, actual: Usage, { within }: CloseOptions = {}): Promise<Reservation> {
    const act = { operation: 'reconcile', id }
    return this.#close(act, { id, command: 'reconcile', actual: checkUsage(act, actual), within })
  }

  /**
   * Lets a hold go: nothing was used.
   *
   * @throws {BudgetError} `unknown-reservation`, `reservation-closed`, `ledger-behind`.
   */
  async release(id: string, { within }: CloseOptions = {}): Promise<Reservation> {
    return this.#close({ operation: 'release', id }, { id, command: 'release', within })
  }

  /**
   * Gives an account limits. What it has spent in its period stays spent.
   *
   * @throws {BudgetError} `invalid-limits`, `invalid-amount`, `too-many-accounts`, `ledger-behind`.
   */
  async setLimits(account: BudgetScope, limits: BudgetLimits, { by }: LimitOptions = {}): Promise<void> {
    const act = limitAct('set limits of', account)
    const request = { account: checkScope(act, account), limits: checkLimits(act, limits), by: checkBy(act, by) }
    await this.#changeLimits(act, request)
  }

  /** Takes the limits of an account away. It stays charged for as long as it is in use, and may then leave the tree. */
  async removeLimits(account: BudgetScope, { by }: LimitOptions = {}): Promise<void> {
    const act = limitAct('remove limits of', account)
    const request = { account: checkScope(act, account), by: checkBy(act, by) }
    await this.#changeLimits(act, request)
  }

  /**
   * What an account is worth now; `undefined` when it has no limits and nothing is held or was charged, or it left the tree since:
   * then the ledger has its total.
   */
  async account(account: BudgetScope): Promise<AccountSnapshot | undefined> {
    const act = limitAct('read account', account)
    const scope = checkScope(act, account)
    const tree = await this.#tree.read(act)
    return tree && snapshotOf(tree, scope, this.#tree.records.now())
  }

  /** A reservation as it is now: one that is overdue has expired, whether or not a sweep has run. */
  async reservation(id: string, { within }: CloseOptions = {}): Promise<Reservation | undefined> {
    const act = { operation: 'read reservation', id }
    const scope = checkWithin(act, within)
    const now = this.#tree.records.now()
    const found = await this.#known(act, id)
    if (!found || !isWithin(found.scope, scope)) return undefined
    return found.status === 'reserved' && now >= found.expiresAt ? { ...found, status: 'expired' } : found
  }

  /** One page of the reservations that hold something now, oldest first. */
  async openReservations(options: OpenReservationsOptions = {}): Promise<StorePage<Reservation>> {
    const now = this.#tree.records.now()
    const act = { operation: 'list reservations' }
    const asked = checkOpenReservations(act, options)
    return pageOfOpen(await this.#tree.read(act), asked, now)
  }

  /** One page of what happened, oldest first. */
  async ledger(options: LedgerOptions = {}): Promise<LedgerPage> {
    return readLedger({ operation: 'read ledger' }, this.#tree, options)
  }

  /** Expires what is overdue, hands events to the ledger and removes what is old. Bounded, and harmless beside live writers. */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    return sweepBudgets(this.#tree, options)
  }

  async #changeLimits(act: StoreAct, request: LimitRequest): Promise<void> {
    const now = this.#tree.records.now()
    await this.#tree.change(act, (tree) => ({
      tree: changeLimits(act, tree, request, now, this.#tree.bytesMax),
      outcome: undefined,
    }))
  }

  async #close(act: StoreAct, given: CloseRequest): Promise<Reservation> {
    const request = { ...given, id: checkId(act, given.id), within: checkWithin(act, given.within) }
    const now = this.#tree.records.now()
    const { bytesMax } = this.#tree
    const closed = await this.#tree.change(act, (tree) => close(act, tree, request, now, bytesMax))
    if (closed) return closed
    return this.#tree.changeBeside(
      act,
      () => this.#closed(act, request.id),
      (tree, beside) => {
        const known = knownReservation(act, tree, request.id) ?? beside
        if (!known) throw unknownReservation(act)
        return closeKnown(act, tree, known, request, now, bytesMax)
      },
    )
  }

  // The tree first: what it has handed on by then is found beside it.
  async #known(act: StoreAct, id: string): Promise<Reservation | undefined> {
    const tree = await this.#tree.read(act)
    return (tree && knownReservation(act, tree, id)) ?? this.#closed(act, id)
  }

  async #closed(act: StoreAct, id: string): Promise<Reservation | undefined> {
    return this.#tree.records.read(act, reservationPath(checkId(act, id)), ClosedReservation)
  }

  // Others may reserve, close and hand on the same id at any time. Only over a tree that has handed on nothing since the look
  // beside it is an id that neither knows a new one: a grant over any other could be charged twice.
  async #reserveNamed(act: StoreAct, request: ReserveRequest, now: number): Promise<ReserveOutcome> {
    const { bytesMax } = this.#tree
    for (let look = 0; look < LOOKS_MAX; look++) {
      const seen = this.#tree.drainedSeen
      const closed = await this.#closed(act, request.id)
      // It may have been settled late, and its record not been told yet.
      if (closed) return replay(act, (await this.#known(act, request.id)) ?? closed, request)
      const outcome = await this.#tree.change<ReserveOutcome | undefined>(act, (tree) =>
        tree.drained > seen ? { tree, outcome: undefined } : reserve(act, tree, request, now, bytesMax),
      )
      if (outcome) return outcome
    }
    return this.#tree.changeBeside(
      act,
      () => this.#closed(act, request.id),
      (tree, closed) =>
        closed && !knownReservation(act, tree, request.id)
          ? { tree, outcome: replay(act, closed, request) }
          : reserve(act, tree, request, now, bytesMax),
    )
  }
}

function limitAct(operation: string, account: BudgetScope): StoreAct {
  return { operation, id: accountKey(checkScope({ operation }, account)) }
}
