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
import { checkArgument, openRecords } from '../run-state-records.ts'
import { idSchema, isSameScope, scopeSchema, type Scope } from '../scope.ts'
import { Sweeping, sweepLimit } from '../sweeping.ts'
import type { Lease } from './lease-record.ts'
import {
  ForgottenLeaseRecord,
  invocationsSchema,
  leaseIdOf,
  leasePath,
  LeaseRecord,
  LEASES_ROOT,
} from './lease-record.ts'
import { nextLease, type LeaseCommand } from './lease-transitions.ts'
import { revokeLeases } from './revoke-leases.ts'

export interface LeaseTerms {
  /** Milliseconds since the epoch. From then on it cannot be claimed, and no dispatch begins under it. */
  readonly expiresAt: number
  /** How often it may be used; absent where that is not counted. */
  readonly maxInvocations?: number | undefined
}

/** A lease that this caller claimed, with what alone begins a dispatch under it. */
export interface ClaimedLease {
  readonly lease: Lease
  readonly claimId: string
}

/** A lease under which this caller dispatches, with what alone ends the dispatch. */
export interface DispatchedLease {
  readonly lease: Lease
  readonly dispatchId: string
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
  readonly #update: CasUpdateOptions | undefined

  /** @throws {RunStateError} `cas-unsupported` for a mount that cannot compare-and-swap. */
  constructor(filesystem: Filesystem, options: RunStateOptions = {}) {
    this.#records = openRecords(filesystem, 'leases', [LEASES_ROOT, APPROVALS_ROOT], options)
    this.#update = options.update
  }

  /**
   * The lease of an approved request, with these terms if it is issued now. Repeat it after any failure: the id is derived from
   * the request, so there is one lease however often it is called.
   *
   * @throws {RunStateError} `unknown-request`, or why the request permits nothing: a code of `approvalRefusals`, or
   * `invocation-ended` or `unknown-invocation` when nobody waits for it any more.
   */
  async issue(scope: Scope, approvalId: string, terms: LeaseTerms): Promise<Lease> {
    const act = { operation: 'issue lease', id: approvalId }
    checkTerms(act, terms)
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
   * Takes the lease for an action and its input. Only with the `claimId` does a dispatch begin; it is stored as a hash, so whoever
   * loses it cannot get it again.
   *
   * @throws {RunStateError} `unknown-lease`, `fingerprint-mismatch`, `lease-expired`, `lease-exhausted`, and as all commands do
   * the refusals of `leaseTransitions`.
   */
  async claim(
    scope: Scope,
    id: string,
    attempt: { readonly action: Action; readonly input: unknown },
  ): Promise<ClaimedLease> {
    const act = { operation: 'claim lease', id }
    const fingerprint = checkedFingerprint(act, attempt.action, attempt.input)
    const claimId = this.#records.newId()
    return { claimId, lease: await this.#command(act, scope, { type: 'claim', fingerprint, claimId }) }
  }

  /** Begins the one dispatch of a claim. Of several callers one wins, and only its `dispatchId` ends the dispatch. */
  async beginDispatch(scope: Scope, id: string, claimId: string): Promise<DispatchedLease> {
    const act = { operation: 'begin dispatch under lease', id }
    const dispatchId = this.#records.newId()
    return { dispatchId, lease: await this.#command(act, scope, { type: 'beginDispatch', claimId, dispatchId }) }
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
    return revokeLeases(this.#records, act, scope, invocationId, this.#update)
  }

  /** Removes leases whose request is a tombstone for a day. */
  async sweep({ now = this.#records.now(), limit }: SweepOptions = {}): Promise<LeaseSweep> {
    const act = { operation: 'sweep leases' }
    const sweeping = new Sweeping(this.#records, act, { limit: sweepLimit(act, limit), update: this.#update })
    const before = now - LEASE_OUTLIVES_MS + 1
    const range = { to: [before] }
    const { done, more } = await sweeping.each(LEASES_ROOT, LeaseRecord, 'forgotten', range, async ({ scope, id }) => {
      const path = leasePath(scope, id)
      const { changed } = await this.#records.update({ ...act, id }, path, ForgottenLeaseRecord, (current) =>
        current?.status === 'revoked' && (current.forgottenAt ?? before) < before ? remove() : noop(),
      )
      return changed
    })
    return sweeping.finish({ removed: done, more })
  }

  // A request that outlived its invocation permits nothing, also when the invocation was removed since.
  async #checkWaiting(act: StoreAct, { scope, invocationId }: Lease): Promise<void> {
    if (invocationId === undefined) return
    const invocation = await this.#records.read(act, invocationPath(scope, invocationId), InvocationRecord)
    if (!invocation) throw refusal(act, 'unknown-invocation')
    if ('endedAt' in invocation) throw refusal(act, 'invocation-ended', invocation.status)
  }

  async #command(act: StoreAct & { readonly id: string }, scope: Scope, command: LeaseCommand): Promise<Lease> {
    this.#check(act, scope)
    const now = this.#records.now()
    const { outcome } = await this.#records.update(act, leasePath(scope, act.id), LeaseRecord, (current) => {
      // Judged by the clock of each attempt. What is stored is of the start, so that it is the same whenever it is decided.
      nextLease(current, scope, command, this.#records.now(), act)
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

/** @throws {RunStateError} `invalid-argument` when the form of the terms is wrong. */
export function checkTerms(act: StoreAct, terms: LeaseTerms): void {
  checkArgument(act, 'terms', termsSchema, terms)
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
