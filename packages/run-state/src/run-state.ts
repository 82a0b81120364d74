import type { CasUpdateOptions, Filesystem } from '@latchless/filesystem'
import { doAll } from './do-all.ts'
import { refusal, RunStateError, wrongArgument } from './errors.ts'
import type { Approval, Action, ApprovedApproval, StoredApproval } from './approvals/approval-record.ts'
import { approvalPath, ApprovalRecord, APPROVALS_ROOT } from './approvals/approval-record.ts'
import type { ApprovalRefusal } from './approvals/approval-refusals.ts'
import { approvalRefusals, isStale } from './approvals/approval-refusals.ts'
import type { ApprovalRequest } from './approvals/approval-request.ts'
import { checkedFingerprint } from './approvals/approval-request.ts'
import type { Approved, ApproveOptions, DiscardOptions } from './approvals/approval-store.ts'
import { ApprovalStore } from './approvals/approval-store.ts'
import type { ApprovalSweep } from './approvals/approval-sweep.ts'
import { approvalAt, isSamePrincipal, statusAt } from './approvals/approval-transitions.ts'
import { checkPendingMax, PENDING_MAX_DEFAULT, SlotKeeper, SLOTS_ROOT } from './approvals/pending-slots.ts'
import { standingFailure } from './approvals/record-standing.ts'
import type { StandingApproval } from './approvals/standing-record.ts'
import type { Invocation } from './invocations/invocation-record.ts'
import { INVOCATIONS_ROOT } from './invocations/invocation-record.ts'
import { InvocationStore, type InvocationSweep } from './invocations/invocation-store.ts'
import { settleInvocation } from './invocations/settle-invocation.ts'
import { leaseIdOf, type Lease } from './leases/lease-record.ts'
import { checkTerms, LeaseStore, type LeaseSweep, type LeaseTerms } from './leases/lease-store.ts'
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

/** Whether something was approved, and by what right, or why not. */
export type Authorization =
  | { readonly allowed: true; readonly by: 'standing'; readonly standing: StandingApproval }
  | { readonly allowed: true; readonly by: 'approval'; readonly approval: Approval }
  | { readonly allowed: false; readonly refusal: AuthorizationRefusal }

export type AuthorizationRefusal = ApprovalRefusal | 'approval-required' | 'unknown-request' | 'fingerprint-mismatch'

/** The `errorKind` of invocations that {@link RunState.discardForScope} fails. */
export const SCOPE_ENDED = 'scope-ended'

export interface Discarded {
  readonly invocations: number
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
  readonly #update: CasUpdateOptions | undefined

  /** @throws {RunStateError} `cas-unsupported` for a mount that cannot compare-and-swap. Nothing is read or written. */
  constructor(filesystem: Filesystem, options: RunStateOptions = {}) {
    this.invocations = new InvocationStore(filesystem, options)
    this.approvals = new ApprovalStore(filesystem, options)
    this.leases = new LeaseStore(filesystem, options)
    this.#update = options.update
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
    await this.#checkTerms(scope, id, terms)
    const approved = await this.#approveOnce(scope, id, approve)
    return { ...approved, lease: await this.leases.issue(scope, id, terms) }
  }

  /**
   * Whether an action was approved for an input. A stale request refuses before anything else is looked at; then a standing
   * approval permits any input, and an approved request exactly the input it was made for. It only reads, and it grants nothing: what
   * was approved by a request is done under its lease, which alone knows whether it was used, revoked or is over.
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
   * requests from which no lease comes, and leases that were issued before, until the call is repeated or the sweep comes by.
   *
   * @throws {RunStateError} `unknown-invocation`, `invocation-blocked`, and `invocation-ended` when it had ended before.
   */
  async endInvocation(
    scope: Scope,
    id: string,
    { errorKind }: { readonly errorKind?: string | undefined } = {},
  ): Promise<Invocation> {
    const settle = async () =>
      settleInvocation(this.#records, { operation: 'end invocation', id }, scope, id, this.#update)
    const end = async () =>
      errorKind === undefined ? this.invocations.complete(scope, id) : this.invocations.fail(scope, id, errorKind)
    const ended = await end().catch(async (error: unknown) => {
      if (error instanceof RunStateError && error.code === 'invocation-ended') await settle()
      throw error
    })
    const { invocation } = await settle()
    return invocation ?? ended
  }

  /**
   * What follows from the end of a scope, such as the deletion of a thread: its requests and standing approvals are forgotten,
   * its leases revoked and its invocations failed. Of one invocation in it, which is to be ended before, only requests and leases.
   * What cannot be handled keeps nothing else from being done; the call then rejects in the end. May be repeated.
   */
  async discardForScope(scope: Scope, options: DiscardOptions = {}): Promise<Discarded> {
    const { invocationId } = options
    const [invocations, leases, approvals] = await doAll(
      // First, so that none of them saves another request.
      async () => (invocationId === undefined ? this.invocations.failForScope(scope, SCOPE_ENDED) : 0),
      async () => this.leases.revokeForScope(scope, options),
      // Each request takes care that no lease comes from it after this.
      async () => this.approvals.discardForScope(scope, options),
    )
    return { invocations, leases, approvals }
  }

  /**
   * The housekeeping of all stores; each kind of work is bounded by `limit`. Any number of times, beside live writers. A record
   * that cannot be handled keeps nothing else from being done; the sweep then rejects in the end, with the first failure.
   */
  async sweep({ now = this.#records.now(), limit }: SweepOptions = {}): Promise<RunStateSweep> {
    const [blocks, invocations, approvals, leases] = await doAll(
      async () => this.#blocks.repair({ now, limit }),
      async () => this.invocations.sweep({ now, limit }),
      async () => this.approvals.sweep({ now, limit }),
      async () => this.leases.sweep({ now, limit }),
    )
    return {
      approvals,
      invocations,
      leases,
      blocksRepaired: blocks.done,
      more: blocks.more || approvals.more || invocations.more || leases.more,
    }
  }

  /** What nothing can be issued with is refused before the request is approved for it. */
  async #checkTerms(scope: Scope, id: string, terms: LeaseTerms): Promise<void> {
    const act = { operation: 'approve request', id }
    checkArgument(act, 'id', idSchema, id)
    checkArgument(act, 'scope', scopeSchema, scope)
    checkTerms(act, terms)
    if (terms.expiresAt > this.#records.now()) return
    // A repeat that comes late finds the lease that was issued in time.
    const lease = await this.leases.get(scope, leaseIdOf(scope, id))
    if (!lease) throw wrongArgument(act, 'expiresAt must be in the future')
  }

  async #approveOnce(scope: Scope, id: string, options: ApproveOptions): Promise<Approved> {
    try {
      return await this.approvals.approve(scope, id, options)
    } catch (error) {
      const isApproved = error instanceof RunStateError && error.code === 'not-pending' && error.status === 'approved'
      const approval = isApproved ? await this.approvals.get(scope, id) : undefined
      if (approval?.status !== 'approved' || !isRepeat(approval, options)) throw error
      if (!options.standing) return { approval }
      const act = { operation: 'approve request', id }
      const { failure } = await standingFailure(this.#records, act, approval)
      return failure ? { approval, standingFailure: refusal(act, failure) } : { approval }
    }
  }

  async #stored(scope: Scope, id: string): Promise<StoredApproval | undefined> {
    const stored = await this.#records.read({ operation: 'authorize', id }, approvalPath(scope, id), ApprovalRecord)
    return stored && (stored.status === 'discarded' || isSameScope(stored.scope, scope)) ? stored : undefined
  }
}

function isRepeat({ resolvedBy, standing: kept }: ApprovedApproval, { by, standing }: ApproveOptions): boolean {
  if (!isSamePrincipal(resolvedBy, by)) return false
  return !standing || (kept !== undefined && isSameScope(kept.scope, standing))
}
