import type { StoreAct } from '@latchless/filesystem'
import { refusal, type RunStateErrorCode } from '../errors.ts'
import type { Step } from '../step.ts'
import { isSameScope, type Scope } from '../scope.ts'
import { secretHash, type Lease, type LeaseStatus } from './lease-record.ts'

export type LeaseCommand =
  | { readonly type: 'claim'; readonly fingerprint: string; readonly claimId: string }
  | { readonly type: 'beginDispatch'; readonly claimId: string; readonly dispatchId: string }
  | { readonly type: 'abortDispatch'; readonly dispatchId: string }
  | { readonly type: 'consume'; readonly dispatchId: string }
  | { readonly type: 'revoke' }
  | { readonly type: 'forget' }

type TermedLease = Exclude<Lease, { status: 'revoked' }>

type Row = Readonly<Record<LeaseCommand['type'], Step<LeaseStatus, RunStateErrorCode>>>

const consumed: Row = {
  claim: { refuse: 'lease-consumed' },
  beginDispatch: { refuse: 'lease-consumed' },
  abortDispatch: { refuse: 'lease-consumed' },
  consume: { refuse: 'lease-consumed' },
  revoke: { refuse: 'lease-consumed' },
  forget: { to: 'revoked' },
}

const revoked: Row = {
  claim: { refuse: 'lease-revoked' },
  beginDispatch: { refuse: 'lease-revoked' },
  abortDispatch: { refuse: 'lease-revoked' },
  consume: { refuse: 'lease-revoked' },
  revoke: { refuse: 'lease-revoked' },
  forget: { to: 'revoked' },
}

/** What each command does to a lease of each status. To consume leads back to `active` while invocations are left. */
export const leaseTransitions: Readonly<Record<LeaseStatus, Row>> = {
  active: {
    claim: { to: 'claimed' },
    beginDispatch: { refuse: 'lease-not-claimed' },
    abortDispatch: { refuse: 'lease-not-dispatching' },
    consume: { refuse: 'lease-not-dispatching' },
    revoke: { to: 'revoked' },
    forget: { to: 'revoked' },
  },
  claimed: {
    claim: { refuse: 'lease-taken' },
    beginDispatch: { to: 'dispatching' },
    abortDispatch: { refuse: 'lease-not-dispatching' },
    consume: { refuse: 'lease-not-dispatching' },
    revoke: { to: 'revoked' },
    forget: { to: 'revoked' },
  },
  dispatching: {
    claim: { refuse: 'lease-taken' },
    beginDispatch: { refuse: 'lease-taken' },
    abortDispatch: { to: 'claimed' },
    consume: { to: 'consumed' },
    revoke: { to: 'revoked' },
    forget: { to: 'revoked' },
  },
  consumed,
  revoked,
}

/** @throws {RunStateError} when the lease is not there, belongs to another scope or does not permit the command. */
export function nextLease(
  current: Lease | undefined,
  scope: Scope,
  command: LeaseCommand,
  now: number,
  act: StoreAct,
): Lease {
  if (!current || !isSameScope(current.scope, scope)) throw refusal(act, 'unknown-lease')
  const step = leaseTransitions[current.status][command.type]
  if (step.refuse !== undefined) throw refusal(act, step.refuse, current.status)
  if (command.type === 'forget') return forgotten(current, now)
  // A revoked one permits no command but to forget it.
  const lease = current as TermedLease
  switch (command.type) {
    case 'claim':
      checkUsable(lease, now, act)
      if (lease.fingerprint !== command.fingerprint) throw refusal(act, 'fingerprint-mismatch')
      return { ...termsOf(lease), updatedAt: now, status: 'claimed', claimHash: secretHash('claim', command.claimId) }
    case 'beginDispatch': {
      const claimHash = checkedClaim(lease, command.claimId, act)
      checkUsable(lease, now, act)
      const dispatchHash = secretHash('dispatch', command.dispatchId)
      return { ...termsOf(lease), updatedAt: now, status: 'dispatching', claimHash, dispatchHash }
    }
    case 'abortDispatch': {
      const claimHash = checkedDispatch(lease, command.dispatchId, act)
      return { ...termsOf(lease), updatedAt: now, status: 'claimed', claimHash }
    }
    case 'consume':
      checkedDispatch(lease, command.dispatchId, act)
      return used(lease, now)
    case 'revoke':
      return { ...termsOf(lease), updatedAt: now, status: 'revoked', closedAt: now }
  }
}

/** A lease that was revoked before it was issued. */
export function neverIssued(
  { id, scope, approvalId, invocationId }: Pick<Lease, 'id' | 'scope' | 'approvalId' | 'invocationId'>,
  now: number,
): Extract<Lease, { status: 'revoked' }> {
  const of = invocationId === undefined ? {} : { invocationId }
  return { id, scope, approvalId, ...of, createdAt: now, updatedAt: now, status: 'revoked', closedAt: now }
}

/** Of a lease only the ids are left: it permits nothing and does not tell what it was for. */
function forgotten(current: Lease, now: number): Lease {
  if (current.status === 'revoked' && current.forgottenAt !== undefined) return current
  const closedAt = 'closedAt' in current ? current.closedAt : Math.min(current.expiresAt, now)
  return { ...neverIssued(current, now), createdAt: current.createdAt, closedAt, forgottenAt: now }
}

function checkUsable({ expiresAt, remaining }: TermedLease, now: number, act: StoreAct): void {
  if (now >= expiresAt) throw refusal(act, 'lease-expired')
  if (remaining === 0) throw refusal(act, 'lease-exhausted')
}

// Who was refused the claim cannot begin what it is for.
function checkedClaim(current: TermedLease, claimId: string, act: StoreAct): string {
  const claimHash = secretHash('claim', claimId)
  if (current.status === 'claimed' && current.claimHash === claimHash) return claimHash
  throw refusal(act, 'lease-taken', current.status)
}

// Who lost the race to begin cannot end what the winner began.
function checkedDispatch(current: TermedLease, dispatchId: string, act: StoreAct): string {
  if (current.status === 'dispatching' && current.dispatchHash === secretHash('dispatch', dispatchId)) {
    return current.claimHash
  }
  throw refusal(act, 'lease-not-dispatching', current.status)
}

// What began in time is recorded as used also when it ends late: it did happen.
function used(current: TermedLease, now: number): Lease {
  const terms = termsOf(current)
  if (terms.remaining === undefined) return { ...terms, updatedAt: now, status: 'active' }
  const remaining = Math.max(0, terms.remaining - 1)
  if (remaining > 0) return { ...terms, remaining, updatedAt: now, status: 'active' }
  return { ...terms, remaining, updatedAt: now, status: 'consumed', closedAt: now }
}

/** What stays the same in every status. */
function termsOf(lease: TermedLease): Omit<Extract<Lease, { status: 'active' }>, 'status'> {
  const { id, scope, approvalId, action, fingerprint, expiresAt, createdAt, updatedAt, invocationId, remaining } = lease
  return {
    id,
    scope,
    approvalId,
    action,
    fingerprint,
    expiresAt,
    createdAt,
    updatedAt,
    ...(invocationId === undefined ? {} : { invocationId }),
    ...(remaining === undefined ? {} : { remaining }),
  }
}
