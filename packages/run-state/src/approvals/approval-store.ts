import type { Filesystem, StoreAct, StorePage } from '@latchless/filesystem'
import { write } from '@latchless/filesystem'
import { refusal, RunStateError } from '../errors.ts'
import type { RunStateOptions, RunStateRecords, SweepOptions } from '../run-state-records.ts'
import { LEASES_ROOT } from '../leases/lease-record.ts'
import { checkArgument, openRecords } from '../run-state-records.ts'
import { idSchema, isSameScope, scopeKey, scopeSchema, type Scope } from '../scope.ts'
import type { Approval, PendingApproval, Principal, StoredApproval } from './approval-record.ts'
import {
  approvalPath,
  ApprovalRecord,
  APPROVALS_ROOT,
  ApprovalTombstoneRecord,
  principalSchema,
} from './approval-record.ts'
import type { ApprovalRequest } from './approval-request.ts'
import { checkEnd, newApproval, requestIdOf } from './approval-request.ts'
import { createApproval, replayOf } from './create-approval.ts'
import { ApprovalSweeper, type ApprovalSweep } from './approval-sweep.ts'
import { approvalAt, type ApprovalCommand, forgetCommand, nextApproval } from './approval-transitions.ts'
import { checkPendingMax, PENDING_MAX_DEFAULT, SlotKeeper, SLOTS_ROOT } from './pending-slots.ts'
import { recordStanding } from './record-standing.ts'
import { endApproval, forgetApproval } from './settle-approval.ts'
import { STANDING_ROOT } from './standing-record.ts'
import { StandingApprovals } from './standing-store.ts'

export interface ApproveOptions {
  readonly by: Principal
  /** Also record a standing approval for this scope: not narrower than the request's, within its `reusableScope`. */
  readonly standing?: Scope | undefined
}

export interface Approved {
  readonly approval: Approval
  /**
   * Why the standing approval does not hold, although the request is approved. Where it could not be written, the same principal
   * repairs it by approving again with the same `standing`, and so does the sweep. With `standing-overridden` nothing repairs it.
   */
  readonly standingFailure?: RunStateError
}

export interface PageOptions {
  /** 1 to 200; default 50. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

export interface DiscardOptions {
  /** Only what is pending for this invocation, and the leases of what was approved for it. Without it everything is forgotten. */
  readonly invocationId?: string | undefined
}

/** Requests for approval, and what became of them. */
export class ApprovalStore {
  /** What need not be asked again. */
  readonly standing: StandingApprovals
  readonly #records: RunStateRecords
  readonly #slots: SlotKeeper
  readonly #sweeper: ApprovalSweeper

  /** @throws {RunStateError} `cas-unsupported` for a mount that cannot compare-and-swap. */
  constructor(filesystem: Filesystem, options: RunStateOptions = {}) {
    const pendingMax = checkPendingMax(options.pendingMax ?? PENDING_MAX_DEFAULT)
    this.#records = openRecords(
      filesystem,
      'approvals',
      [APPROVALS_ROOT, SLOTS_ROOT, STANDING_ROOT, LEASES_ROOT],
      options,
    )
    this.#slots = new SlotKeeper(this.#records, pendingMax)
    this.standing = new StandingApprovals(this.#records)
    this.#sweeper = new ApprovalSweeper(this.#records, this.#slots, this.standing, options)
  }

  /**
   * Saves a request. It takes two updates: one of the scope's list of places, one of the request.
   *
   * @throws {RunStateError} `request-exists`, `idempotency-conflict` or `too-many-pending`.
   */
  async savePending(scope: Scope, request: ApprovalRequest): Promise<Approval> {
    const operation = 'save approval request'
    const id = requestIdOf(operation, request, this.#records.newId)
    const act = { operation, id }
    const requested = newApproval(act, scope, { ...request, id }, this.#records.now())
    const replayed = await replayOf(this.#records, act, requested)
    if (replayed) return this.#seen(replayed)
    checkEnd(act, requested)
    await this.#slots.take(act, scope, id)
    return this.#seen(await createApproval(this.#records, act, requested))
  }

  /**
   * The one way to record a standing approval. The request is approved first; what goes wrong behind that is told in the result
   * and undoes nothing.
   *
   * @throws {RunStateError} `unknown-request`, `not-pending` or `standing-not-allowed`.
   */
  async approve(scope: Scope, id: string, { by, standing }: ApproveOptions): Promise<Approved> {
    const act = { operation: 'approve request', id }
    checkArgument(act, 'by', principalSchema, by)
    if (standing) checkArgument(act, 'standing', scopeSchema, standing)
    const approval = await this.#command(act, scope, { type: 'approve', by, standing })
    if (!standing || approval.status !== 'approved') return { approval: approval as Approval }
    try {
      const { approval: recorded, holds } = await recordStanding(this.#records, this.standing, act, approval)
      return holds
        ? { approval: recorded }
        : { approval: recorded, standingFailure: refusal(act, 'standing-overridden') }
    } catch (error) {
      if (!(error instanceof RunStateError)) throw error
      return { approval, standingFailure: error }
    }
  }

  /** @throws {RunStateError} `unknown-request` or `not-pending`. */
  async deny(scope: Scope, id: string, { by }: { readonly by: Principal }): Promise<Approval> {
    const act = { operation: 'deny request', id }
    checkArgument(act, 'by', principalSchema, by)
    return (await this.#command(act, scope, { type: 'deny', by })) as Approval
  }

  /**
   * Turns a pending request into a tombstone, in the head and in every retained version: only its id is left, so that it is
   * never used again. Resolves with the request as it was.
   *
   * @throws {RunStateError} `unknown-request` or `not-pending`.
   */
  async discardPending(scope: Scope, id: string): Promise<PendingApproval> {
    const act = { operation: 'discard request', id }
    this.#check(act, scope)
    const now = this.#records.now()
    const { outcome } = await this.#records.update(act, approvalPath(scope, id), ApprovalTombstoneRecord, (current) =>
      write(nextApproval(current, scope, { type: 'discard' }, now, act), current as PendingApproval),
    )
    return outcome
  }

  /** The request as it is now, expired when it is overdue; `undefined` when the scope has none of this id or it was discarded. */
  async get(scope: Scope, id: string): Promise<Approval | undefined> {
    const act = { operation: 'get request', id }
    this.#check(act, scope)
    const stored = await this.#records.read(act, approvalPath(scope, id), ApprovalRecord)
    const found = approvalAt(stored, this.#records.now())
    return found && isSameScope(found.scope, scope) ? found : undefined
  }

  /** What can still be decided in exactly this scope, next to expire first. */
  async listPending(scope: Scope, options: PageOptions = {}): Promise<StorePage<Approval>> {
    return this.#list('list pending requests', scope, 'pending', options, [this.#records.now() + 1])
  }

  /** Every request of exactly this scope that is not discarded, oldest first. */
  async listForScope(scope: Scope, options: PageOptions = {}): Promise<StorePage<Approval>> {
    return this.#list('list requests', scope, 'byScope', options)
  }

  /**
   * Forgets the requests of a scope that is over, such as a deleted thread, or discards those that wait for an invocation that
   * has ended. From then on no lease comes from any of them, approved or not. Goes on until nothing is left; a request that is
   * saved meanwhile may stay, and expires. Resolves with how many.
   */
  async discardForScope(scope: Scope, { invocationId }: DiscardOptions = {}): Promise<number> {
    const act = { operation: 'discard requests of scope' }
    checkArgument(act, 'scope', scopeSchema, scope)
    if (invocationId !== undefined) checkArgument(act, 'invocationId', idSchema, invocationId)
    const index = invocationId === undefined ? 'byScope' : 'byInvocation'
    const range = { prefix: [scopeKey(scope), ...(invocationId === undefined ? [] : [invocationId])] }
    const now = this.#records.now()
    let discarded = 0
    for await (const approval of this.#records.all(act, APPROVALS_ROOT, ApprovalRecord, index, range)) {
      if (approval.status === 'discarded') continue
      const isGone =
        invocationId === undefined
          ? await forgetApproval(this.#records, act, approval, now, (current) => forgetCommand(current, now))
          : await endApproval(this.#records, act, approval, now)
      if (isGone) discarded++
    }
    return discarded
  }

  /**
   * Expires what is overdue, redacts what was decided longer ago than it is kept, and completes half-done standing approvals.
   * Safe beside live writers, any number of times.
   */
  async sweep(options: SweepOptions = {}): Promise<ApprovalSweep> {
    return this.#sweeper.sweep(options)
  }

  async #command(
    act: StoreAct & { readonly id: string },
    scope: Scope,
    command: ApprovalCommand,
  ): Promise<StoredApproval> {
    this.#check(act, scope)
    const now = this.#records.now()
    const { outcome } = await this.#records.update(act, approvalPath(scope, act.id), ApprovalRecord, (current) => {
      const next = nextApproval(current, scope, command, now, act)
      return write(next, next)
    })
    return outcome
  }

  #seen(approval: Approval): Approval {
    return approvalAt(approval, this.#records.now()) ?? approval
  }

  async #list(
    operation: string,
    scope: Scope,
    index: string,
    options: PageOptions,
    from: readonly number[] = [],
  ): Promise<StorePage<Approval>> {
    const act = { operation }
    checkArgument(act, 'scope', scopeSchema, scope)
    const owner = scopeKey(scope)
    const range = { prefix: [owner], ...(from.length > 0 ? { from: [owner, ...from] } : {}) }
    const { limit, cursor } = options
    const page = await this.#records.page(act, APPROVALS_ROOT, ApprovalRecord, index, { limit, cursor, range })
    const now = this.#records.now()
    const items = page.items.flatMap((stored) => approvalAt(stored, now) ?? [])
    return page.next === undefined ? { items } : { items, next: page.next }
  }

  #check(act: StoreAct, scope: Scope): void {
    checkArgument(act, 'id', idSchema, act.id)
    checkArgument(act, 'scope', scopeSchema, scope)
  }
}
