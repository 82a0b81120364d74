import type { Filesystem } from '@latchless/filesystem'
import { RunStateError } from './errors.ts'
import type { Approval, Action, ApprovedApproval, StoredApproval } from './approvals/approval-record.ts'
import { approvalPath, ApprovalRecord, APPROVALS_ROOT } from './approvals/approval-record.ts'
import type { ApprovalRefusal } from './approvals/approval-refusals.ts'
import { approvalRefusals, isStale } from './approvals/approval-refusals.ts'
import type { ApprovalRequest } from './approvals/approval-request.ts'
import { checkedFingerprint } from './approvals/approval-request.ts'
import type { Approved, ApproveOptions, DiscardOptions } from './approvals/approval-store.ts'
import { ApprovalStore } from './approvals/approval-store.ts'
import type { ApprovalSweep } from './approvals/approval-sweep.ts'
import { approvalAt, statusAt } from './approvals/approval-transitions.ts'
import { checkPendingMax, PENDING_MAX_DEFAULT, SlotKeeper, SLOTS_ROOT } from './approvals/pending-slots.ts'
import type { StandingApproval } from './approvals/standing-record.ts'
import type { Invocation } from './invocations/invocation-record.ts'
import { INVOCATIONS_ROOT } from './invocations/invocation-record.ts'
import { InvocationStore, type InvocationSweep } from './invocations/invocation-store.ts'
import type { Lease } from './leases/lease-record.ts'
import { LeaseStore, type LeaseSweep, type LeaseTerms } from './leases/lease-store.ts'
import type { RunStateOptions, RunStateRecords, SweepOptions } from './run-state-records.ts'
import { checkArgument, openRecords } from './run-state-records.ts'
import { BlockSaver, type SavedAndBlocked } from './save-and-block.ts'
import { idSchema, isSameScope, scopeSchema, type Scope } from './scope.ts'

export interface ApproveAndLeaseOptions extends ApproveOptions {
  readonly lease: LeaseTerms
}

export interface Leased extends Approved {
  readonly lease: Lease
}

export interface AuthorizeOptions {
  readonly action: Action
  readonly input: unknown
  /** The request that was made for it, if one was. */
  readonly approvalId?: string | undefined
}

/** Whether something may be done now, and by what right, or why not. */
export type Authorization =
  | { readonly allowed: true; readonly by: 'standing'; readonly standing: StandingApproval }
  | { readonly allowed: true; readonly by: 'approval'; readonly approval: Approval }
  | { readonly allowed: false; readonly refusal: AuthorizationRefusal }

export type AuthorizationRefusal = ApprovalRefusal | 'approval-required' | 'unknown-request' | 'fingerprint-mismatch'

export interface Discarded {
  readonly approvals: number
  readonly leases: number
}

export interface RunStateSweep {
  readonly approvals: ApprovalSweep
  readonly invocations: InvocationSweep
  readonly leases: LeaseSweep
  /** Half-done {@link RunState.saveAndBlock} steps that were finished or undone. */
  readonly blocksRepaired: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}

/** Invocations, approvals and leases over one filesystem, and the steps that concern several of them. */
export class RunState {
  readonly invocations: InvocationStore
  readonly approvals: ApprovalStore
  readonly leases: LeaseStore
  readonly #records: RunStateRecords
  readonly #blocks: BlockSaver

  /** @throws {RunStateError} `cas-unsupported` for a mount that cannot compare-and-swap. Nothing is read or written. */
  constructor(filesystem: Filesystem, options: RunStateOptions = {}) {
    this.invocations = new InvocationStore(filesystem, options)
    this.approvals = new ApprovalStore(filesystem, options)
    this.leases = new LeaseStore(filesystem, options)
    this.#records = openRecords(filesystem, 'run-state', [APPROVALS_ROOT, SLOTS_ROOT, INVOCATIONS_ROOT], options)
    const slots = new SlotKeeper(this.#records, checkPendingMax(options.pendingMax ?? PENDING_MAX_DEFAULT))
    this.#blocks = new BlockSaver(filesystem, this.#records, slots, options)
  }

  /**
   * Saves a request for approval and blocks the invocation that waits for it, as one step: atomic where the filesystem has
   * `transact`, else in an order in which a crash does no harm, and repaired by a repeat of the call or by the sweep.
   *
   * A repeat behind a request that was saved needs its idempotency key.
   *
   * @throws {RunStateError} `unknown-invocation`, `invocation-blocked`, `invocation-ended`, `request-exists`,
   * `idempotency-conflict` or `too-many-pending`.
   */
  async saveAndBlock(scope: Scope, invocationId: string, request: ApprovalRequest): Promise<SavedAndBlocked> {
    return this.#blocks.saveAndBlock(scope, invocationId, request)
  }

  /**
   * Approves a request and issues its lease. When the lease cannot be written the request stays approved; repeat the call, and it
   * goes on with the lease, which has the same id. A repeat with a `standing` that the approval does not have is refused.
   *
   * @throws {RunStateError} `unknown-request`, `not-pending`, `standing-not-allowed`, and what prevents the lease.
   */
  async approveAndLease(
    scope: Scope,
    id: string,
    { lease: terms, ...approve }: ApproveAndLeaseOptions,
  ): Promise<Leased> {
    const approved = await this.#approveOnce(scope, id, approve)
    return { ...approved, lease: await this.leases.issue(scope, id, terms) }
  }

  /**
   * Whether an action may be done with an input. A stale request refuses before anything else is looked at; then a standing
   * approval permits any input, and an approved request exactly the input it was made for. It only reads.
   */
  async authorize(scope: Scope, { action, input, approvalId }: AuthorizeOptions): Promise<Authorization> {
    const act = { operation: 'authorize', id: action.capabilityId }
    checkArgument(act, 'scope', scopeSchema, scope)
    if (approvalId !== undefined) checkArgument(act, 'approvalId', idSchema, approvalId)
    const fingerprint = checkedFingerprint(act, action, input)
    const now = this.#records.now()
    const stored = approvalId === undefined ? undefined : await this.#stored(scope, approvalId)
    if (approvalId !== undefined && !stored) return { allowed: false, refusal: 'unknown-request' }
    const status = stored && statusAt(stored, now)
    const refused = status && approvalRefusals[status]
    if (refused && isStale(status)) return { allowed: false, refusal: refused }
    const standing = await this.approvals.standing.get(scope, action)
    if (standing?.status === 'allowed') return { allowed: true, by: 'standing', standing }
    const approval = approvalAt(stored, now)
    if (!approval) return { allowed: false, refusal: 'approval-required' }
    if (approval.fingerprint !== fingerprint) return { allowed: false, refusal: 'fingerprint-mismatch' }
    return refused ? { allowed: false, refusal: refused } : { allowed: true, by: 'approval', approval }
  }

  /**
   * Ends an invocation, as failed when there is an `errorKind`, then discards what waited for it. A crash in between leaves
   * requests from which no lease comes. Repeat it after any failure: what is left is discarded also when it has ended before.
   *
   * @throws {RunStateError} `unknown-invocation`, `invocation-blocked`, and `invocation-ended` when it had ended before.
   */
  async endInvocation(
    scope: Scope,
    id: string,
    { errorKind }: { readonly errorKind?: string | undefined } = {},
  ): Promise<Invocation> {
    const end = async () =>
      errorKind === undefined ? this.invocations.complete(scope, id) : this.invocations.fail(scope, id, errorKind)
    const ended = await end().catch(async (error: unknown) => {
      const hasEnded = error instanceof RunStateError && error.code === 'invocation-ended'
      if (hasEnded) await this.discardForScope(scope, { invocationId: id })
      throw error
    })
    await this.discardForScope(scope, { invocationId: id })
    return ended
  }

  /**
   * What follows from the end of a scope, such as the deletion of a thread, or of one invocation in it: its requests are
   * forgotten and its leases revoked. May be repeated.
   */
  async discardForScope(scope: Scope, options: DiscardOptions = {}): Promise<Discarded> {
    const leases = await this.leases.revokeForScope(scope, options)
    // Each request takes care that no lease comes from it after this.
    return { leases, approvals: await this.approvals.discardForScope(scope, options) }
  }

  /**
   * The housekeeping of all stores; each kind of work is bounded by `limit`. Any number of times, beside live writers. A record
   * that cannot be handled keeps nothing else from being done; the sweep then rejects in the end, with the first failure.
   */
  async sweep({ now = this.#records.now(), limit }: SweepOptions = {}): Promise<RunStateSweep> {
    const failures: unknown[] = []
    const attempt = async <R>(work: Promise<R>): Promise<R | undefined> =>
      work.catch((error: unknown) => {
        failures.push(error)
        return undefined
      })
    const blocks = await attempt(this.#blocks.repair({ now, limit }))
    const approvals = await attempt(this.approvals.sweep({ now, limit }))
    const invocations = await attempt(this.invocations.sweep({ now, limit }))
    const leases = await attempt(this.leases.sweep({ now, limit }))
    if (!blocks || !approvals || !invocations || !leases) throw failures[0]
    return {
      approvals,
      invocations,
      leases,
      blocksRepaired: blocks.done,
      more: blocks.more || approvals.more || invocations.more || leases.more,
    }
  }

  async #approveOnce(scope: Scope, id: string, options: ApproveOptions): Promise<Approved> {
    try {
      return await this.approvals.approve(scope, id, options)
    } catch (error) {
      const isApproved = error instanceof RunStateError && error.code === 'not-pending' && error.status === 'approved'
      const approval = isApproved ? await this.approvals.get(scope, id) : undefined
      if (approval?.status !== 'approved' || !isStandingKept(approval, options)) throw error
      return { approval }
    }
  }

  async #stored(scope: Scope, id: string): Promise<StoredApproval | undefined> {
    const stored = await this.#records.read({ operation: 'authorize', id }, approvalPath(scope, id), ApprovalRecord)
    return stored && (stored.status === 'discarded' || isSameScope(stored.scope, scope)) ? stored : undefined
  }
}

function isStandingKept({ standing: kept }: ApprovedApproval, { standing }: ApproveOptions): boolean {
  return !standing || (kept !== undefined && isSameScope(kept.scope, standing))
}
