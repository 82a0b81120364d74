import type { CasUpdateOptions, Filesystem, StoreAct, StorePage } from '@latchless/filesystem'
import { write } from '@latchless/filesystem'
import { doAll } from '../do-all.ts'
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
import { approvalAt, type ApprovalCommand, nextApproval } from './approval-transitions.ts'
import { discardRequests } from './discard-requests.ts'
import { forgetStanding } from './forget-standing.ts'
import { checkPendingMax, PENDING_MAX_DEFAULT, SlotKeeper, SLOTS_ROOT } from './pending-slots.ts'
import { recordStanding } from './record-standing.ts'
import { STANDING_ROOT } from './standing-record.ts'
import { coveringStanding, StandingApprovals } from './standing-store.ts'

export interface ApproveOptions {
  readonly by: Principal
  /** Also record a standing approval for this scope: not narrower than the request's, within its `reusableScope`. */
  readonly standing?: Scope | undefined
}

export interface Approved {
  readonly approval: Approval
  /**
   * Why the standing approval does not hold, although the request was approved. Where it could not be written, the same principal
   * repairs it by approving again with the same `standing`, and so does the sweep. Nothing repairs it with `standing-overridden`, or
   * with `approval-discarded`, when somebody forgot the request meanwhile.
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
  /** Only what is pending for this invocation, and the leases of what was approved for it. Without it all of the scope is forgotten. */
  readonly invocationId?: string | undefined
}

/** Requests for approval, and what became of them. */
export class ApprovalStore {
  /** What need not be asked again. */
  readonly standing: StandingApprovals
  readonly #records: RunStateRecords
  readonly #slots: SlotKeeper
  readonly #sweeper: ApprovalSweeper
  readonly #update: CasUpdateOptions | undefined

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
    this.#sweeper = new ApprovalSweeper(this.#records, this.#slots, options)
    this.#update = options.update
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
    const overridesSeen = standing && (await this.#overridesSeen(act, scope, id, standing))
    const approval = await this.#command(act, scope, { type: 'approve', by, standing, overridesSeen })
    if (!standing || approval.status !== 'approved') return { approval: approval as Approval }
    try {
      const { approval: recorded, failure } = await recordStanding(this.#records, act, approval)
      return failure ? { approval: recorded, standingFailure: refusal(act, failure) } : { approval: recorded }
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
    const { outcome } = await this.#records.update(act, approvalPath(scope, id), ApprovalTombstoneRecord, (current) => {
      nextApproval(current, scope, { type: 'discard' }, this.#records.now(), act)
      return write(nextApproval(current, scope, { type: 'discard' }, now, act), current as PendingApproval)
    })
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
    const page = await this.#list('list pending requests', scope, 'pending', options, [this.#records.now() + 1])
    // Some may have expired since the page was asked for.
    return { ...page, items: page.items.filter(({ status }) => status === 'pending') }
  }

  /** Every request of exactly this scope that is not discarded, oldest first. */
  async listForScope(scope: Scope, options: PageOptions = {}): Promise<StorePage<Approval>> {
    return this.#list('list requests', scope, 'byScope', options)
  }

  /**
   * Forgets the requests and the standing approvals of a scope that is over, such as a deleted thread, or discards the requests
   * that wait for an invocation that has ended. From then on no lease comes from any of them, approved or not. Goes on until
   * nothing is left; a request that is saved meanwhile may stay, and expires. What cannot be handled is passed over, and the call
   * rejects in the end. Resolves with how many requests.
   */
  async discardForScope(scope: Scope, { invocationId }: DiscardOptions = {}): Promise<number> {
    const act = { operation: 'discard requests of scope' }
    checkArgument(act, 'scope', scopeSchema, scope)
    if (invocationId !== undefined) checkArgument(act, 'invocationId', idSchema, invocationId)
    const [discarded] = await doAll(
      async () => discardRequests(this.#records, act, scope, invocationId, this.#update),
      // Behind the requests: whoever records one from a request looks for that again.
      async () => (invocationId === undefined ? forgetStanding(this.#records, act, scope, this.#update) : undefined),
    )
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
      // Judged by the clock of each attempt. What is stored is of the start, so that it is the same whenever it is decided.
      nextApproval(current, scope, command, this.#records.now(), act)
      const next = nextApproval(current, scope, command, now, act)
      return write(next, next)
    })
    return outcome
  }

  /** Where they cannot be read none counts as seen, which is told when the standing approval is recorded. */
  async #overridesSeen(act: StoreAct, scope: Scope, id: string, standing: Scope): Promise<string[]> {
    this.#check(act, scope)
    const stored = await this.#records.read(act, approvalPath(scope, id), ApprovalRecord)
    if (stored?.status !== 'pending') return []
    const found = await coveringStanding(this.#records, act, scope, stored.action, standing).catch(() => [])
    return found.flatMap((record) => (record.status === 'ask' ? [record.overrideId] : []))
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
