import type { CasUpdateOptions, Filesystem, StoreAct } from '@latchless/filesystem'
import { noop, remove, write } from '@latchless/filesystem'
import { z } from 'zod'
import type { Action, StoredApproval } from '../approvals/approval-record.ts'
import { approvalPath, ApprovalRecord, APPROVALS_ROOT } from '../approvals/approval-record.ts'
import { approvalRefusals } from '../approvals/approval-refusals.ts'
import { checkedFingerprint } from '../approvals/approval-request.ts'
import { statusAt } from '../approvals/approval-transitions.ts'
import { refusal, wrongArgument } from '../errors.ts'
import { invocationPath, InvocationRecord } from '../invocations/invocation-record.ts'
import type { RunStateOptions, RunStateRecords, SweepOptions } from '../run-state-records.ts'
import { checkArgument, openRecords, retentionOf } from '../run-state-records.ts'
import { idSchema, isSameScope, scopeKey, scopeSchema, type Scope } from '../scope.ts'
import { Sweeping } from '../sweeping.ts'
import type { Lease } from './lease-record.ts'
import {
  ForgottenLeaseRecord,
  invocationsSchema,
  leaseIdOf,
  leasePath,
  LeaseRecord,
  LEASES_ROOT,
} from './lease-record.ts'
import { leaseTransitions, nextLease, type LeaseCommand } from './lease-transitions.ts'

export interface LeaseTerms {
  /** Milliseconds since the epoch. From then on it cannot be claimed, and no dispatch begins under it. */
  readonly expiresAt: number
  /** How often it may be used; absent where that is not counted. */
  readonly maxInvocations?: number | undefined
}

export interface LeaseSweep {
  readonly removed: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}

/**
 * How long a lease outlives the tombstone of its request, one day in milliseconds. Who read the request before it was redacted
 * and comes to issue the lease behind that finds the lease there, and does not make it anew.
 */
export const LEASE_OUTLIVES_MS = 24 * 60 * 60 * 1000

/** Rights to invoke, each from one approved request: active → claimed → dispatching → consumed or revoked. */
export class LeaseStore {
  readonly #records: RunStateRecords
  readonly #retentionMs: number
  readonly #update: CasUpdateOptions | undefined

  /** @throws {RunStateError} `cas-unsupported` for a mount that cannot compare-and-swap. */
  constructor(filesystem: Filesystem, options: RunStateOptions = {}) {
    this.#records = openRecords(filesystem, 'leases', [LEASES_ROOT, APPROVALS_ROOT], options)
    this.#retentionMs = retentionOf(options)
    this.#update = options.update
  }

  /**
   * The lease of an approved request, with these terms if it is issued now. Repeat it after any failure: the id is derived from
   * the request, so there is one lease however often it is called.
   *
   * @throws {RunStateError} `unknown-request`, or why the request permits nothing: a code of `approvalRefusals`, or
   * `invocation-ended` when nobody waits for it any more.
   */
  async issue(scope: Scope, approvalId: string, terms: LeaseTerms): Promise<Lease> {
    const act = { operation: 'issue lease', id: approvalId }
    checkArgument(act, 'terms', termsSchema, terms)
    this.#check(act, scope)
    const now = this.#records.now()
    const approval = await this.#records.read(act, approvalPath(scope, approvalId), ApprovalRecord)
    const issued = leaseOf(act, scope, approval, terms, now)
    await this.#checkWaiting(act, issued)
    const { outcome } = await this.#records.update(act, leasePath(scope, issued.id), LeaseRecord, (current) => {
      if (current) return noop(current)
      if (terms.expiresAt <= now) throw wrongArgument(act, 'expiresAt must be in the future')
      return write(issued, issued)
    })
    return outcome
  }

  /**
   * Takes the lease for an action and its input.
   *
   * @throws {RunStateError} `unknown-lease`, `fingerprint-mismatch`, `lease-expired`, `lease-exhausted`, and as all commands do
   * the refusals of `leaseTransitions`.
   */
  async claim(scope: Scope, id: string, attempt: { readonly action: Action; readonly input: unknown }): Promise<Lease> {
    const act = { operation: 'claim lease', id }
    const fingerprint = checkedFingerprint(act, attempt.action, attempt.input)
    return this.#command(act, scope, { type: 'claim', fingerprint })
  }

  /** Begins the one dispatch of a claimed lease. Of several callers one wins, and only its `dispatchId` ends the dispatch. */
  async beginDispatch(scope: Scope, id: string): Promise<Extract<Lease, { status: 'dispatching' }>> {
    const command = { type: 'beginDispatch', dispatchId: this.#records.newId() } as const
    const lease = await this.#command({ operation: 'begin dispatch under lease', id }, scope, command)
    return lease as Extract<Lease, { status: 'dispatching' }>
  }

  /** Takes a dispatch back that did not happen, such as for want of authentication. The lease is claimed as before. */
  async abortDispatch(scope: Scope, id: string, dispatchId: string): Promise<Lease> {
    return this.#command({ operation: 'abort dispatch under lease', id }, scope, { type: 'abortDispatch', dispatchId })
  }

  /** Counts a dispatch that happened. The lease is active again while invocations are left, consumed otherwise. */
  async consume(scope: Scope, id: string, dispatchId: string): Promise<Lease> {
    return this.#command({ operation: 'consume lease', id }, scope, { type: 'consume', dispatchId })
  }

  async revoke(scope: Scope, id: string): Promise<Lease> {
    return this.#command({ operation: 'revoke lease', id }, scope, { type: 'revoke' })
  }

  async get(scope: Scope, id: string): Promise<Lease | undefined> {
    const act = { operation: 'get lease', id }
    this.#check(act, scope)
    const found = await this.#records.read(act, leasePath(scope, id), LeaseRecord)
    return found && isSameScope(found.scope, scope) ? found : undefined
  }

  /** Revokes the leases of a scope that is over, or those of one invocation. Resolves with how many were open. */
  async revokeForScope(
    scope: Scope,
    { invocationId }: { readonly invocationId?: string | undefined } = {},
  ): Promise<number> {
    const act = { operation: 'revoke leases of scope' }
    checkArgument(act, 'scope', scopeSchema, scope)
    if (invocationId !== undefined) checkArgument(act, 'invocationId', idSchema, invocationId)
    const range = { prefix: [scopeKey(scope), ...(invocationId === undefined ? [] : [invocationId])] }
    const now = this.#records.now()
    let revoked = 0
    for await (const { id } of this.#records.all(act, LEASES_ROOT, LeaseRecord, 'open', range)) {
      const { changed } = await this.#records.update({ ...act, id }, leasePath(scope, id), LeaseRecord, (current) => {
        if (!current || leaseTransitions[current.status].revoke.refuse !== undefined) return noop()
        return write(nextLease(current, scope, { type: 'revoke' }, now, act))
      })
      if (changed) revoked++
    }
    return revoked
  }

  /** Removes leases that are over for longer than they are kept, once their request is a tombstone for a day. */
  async sweep({ now = this.#records.now(), limit }: SweepOptions = {}): Promise<LeaseSweep> {
    const act = { operation: 'sweep leases' }
    const sweeping = new Sweeping(this.#records, act, { limit, update: this.#update })
    const range = { to: [now - this.#retentionMs + 1] }
    const { done, more } = await sweeping.each(LEASES_ROOT, LeaseRecord, 'over', range, async (lease) => {
      const { scope, id, approvalId } = lease
      const approval = await this.#records.read({ ...act, id }, approvalPath(scope, approvalId), ApprovalRecord)
      if (approval && (approval.status !== 'discarded' || now - approval.discardedAt < LEASE_OUTLIVES_MS)) return false
      await this.#records.update({ ...act, id }, leasePath(scope, id), ForgottenLeaseRecord, () => remove())
      return true
    })
    return sweeping.finish({ removed: done, more })
  }

  // A request that outlived its invocation, after a crash of whoever ended it, permits nothing.
  async #checkWaiting(act: StoreAct, { scope, invocationId }: Lease): Promise<void> {
    if (invocationId === undefined) return
    const invocation = await this.#records.read(act, invocationPath(scope, invocationId), InvocationRecord)
    if (invocation && 'endedAt' in invocation) throw refusal(act, 'invocation-ended', invocation.status)
  }

  async #command(act: StoreAct & { readonly id: string }, scope: Scope, command: LeaseCommand): Promise<Lease> {
    this.#check(act, scope)
    const now = this.#records.now()
    const { outcome } = await this.#records.update(act, leasePath(scope, act.id), LeaseRecord, (current) => {
      const next = nextLease(current, scope, command, now, act)
      return write(next, next)
    })
    return outcome
  }

  #check(act: StoreAct, scope: Scope): void {
    checkArgument(act, 'id', idSchema, act.id)
    checkArgument(act, 'scope', scopeSchema, scope)
  }
}

const termsSchema = z.strictObject({ expiresAt: z.int(), maxInvocations: invocationsSchema.optional() })

function leaseOf(
  act: StoreAct,
  scope: Scope,
  approval: StoredApproval | undefined,
  { expiresAt, maxInvocations }: LeaseTerms,
  now: number,
): Lease {
  if (!approval || (approval.status !== 'discarded' && !isSameScope(approval.scope, scope))) {
    throw refusal(act, 'unknown-request')
  }
  const refused = approvalRefusals[statusAt(approval, now)]
  if (refused !== undefined) throw refusal(act, refused)
  if (approval.status !== 'approved') throw refusal(act, 'approval-pending')
  const { id: approvalId, invocationId, action, fingerprint } = approval
  return {
    id: leaseIdOf(scope, approvalId),
    scope,
    approvalId,
    ...(invocationId === undefined ? {} : { invocationId }),
    action,
    fingerprint,
    expiresAt,
    ...(maxInvocations === undefined ? {} : { remaining: maxInvocations }),
    status: 'active',
    createdAt: now,
    updatedAt: now,
  }
}
