import type { StoreAct } from '@latchless/filesystem'
import { refusal, type RunStateErrorCode } from '../errors.ts'
import type { Step } from '../step.ts'
import { isSameScope, type Scope } from '../scope.ts'
import type { Lease, LeaseStatus } from './lease-record.ts'

export type LeaseCommand =
  | { readonly type: 'claim'; readonly fingerprint: string }
  | { readonly type: 'beginDispatch'; readonly dispatchId: string }
  | { readonly type: 'abortDispatch'; readonly dispatchId: string }
  | { readonly type: 'consume'; readonly dispatchId: string }
  | { readonly type: 'revoke' }

type Row = Readonly<Record<LeaseCommand['type'], Step<LeaseStatus, RunStateErrorCode>>>

const consumed: Row = {
  claim: { refuse: 'lease-consumed' },
  beginDispatch: { refuse: 'lease-consumed' },
  abortDispatch: { refuse: 'lease-consumed' },
  consume: { refuse: 'lease-consumed' },
  revoke: { refuse: 'lease-consumed' },
}

const revoked: Row = {
  claim: { refuse: 'lease-revoked' },
  beginDispatch: { refuse: 'lease-revoked' },
  abortDispatch: { refuse: 'lease-revoked' },
  consume: { refuse: 'lease-revoked' },
  revoke: { refuse: 'lease-revoked' },
}

/** What each command does to a lease of each status. To consume leads back to `active` while invocations are left. */
export const leaseTransitions: Readonly<Record<LeaseStatus, Row>> = {
  active: {
    claim: { to: 'claimed' },
    beginDispatch: { refuse: 'lease-not-claimed' },
    abortDispatch: { refuse: 'lease-not-dispatching' },
    consume: { refuse: 'lease-not-dispatching' },
    revoke: { to: 'revoked' },
  },
  claimed: {
    claim: { refuse: 'lease-taken' },
    beginDispatch: { to: 'dispatching' },
    abortDispatch: { refuse: 'lease-not-dispatching' },
    consume: { refuse: 'lease-not-dispatching' },
    revoke: { to: 'revoked' },
  },
  dispatching: {
    claim: { refuse: 'lease-taken' },
    beginDispatch: { refuse: 'lease-taken' },
    abortDispatch: { to: 'claimed' },
    consume: { to: 'consumed' },
    revoke: { to: 'revoked' },
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
  switch (command.type) {
    case 'claim':
      checkUsable(current, now, act)
      if (current.fingerprint !== command.fingerprint) throw refusal(act, 'fingerprint-mismatch')
      return { ...termsOf(current), updatedAt: now, status: 'claimed' }
    case 'beginDispatch':
      checkUsable(current, now, act)
      return { ...termsOf(current), updatedAt: now, status: 'dispatching', dispatchId: command.dispatchId }
    case 'abortDispatch':
      checkDispatch(current, command.dispatchId, act)
      return { ...termsOf(current), updatedAt: now, status: 'claimed' }
    case 'consume':
      checkDispatch(current, command.dispatchId, act)
      return used(current, now)
    case 'revoke':
      return { ...termsOf(current), updatedAt: now, status: 'revoked', closedAt: now }
  }
}

function checkUsable({ expiresAt, remaining }: Lease, now: number, act: StoreAct): void {
  if (now >= expiresAt) throw refusal(act, 'lease-expired')
  if (remaining === 0) throw refusal(act, 'lease-exhausted')
}

// Who lost the race to begin cannot end what the winner began.
function checkDispatch(current: Lease, dispatchId: string, act: StoreAct): void {
  if (current.status !== 'dispatching' || current.dispatchId !== dispatchId) {
    throw refusal(act, 'lease-not-dispatching', current.status)
  }
}

// What began in time is recorded as used also when it ends late: it did happen.
function used(current: Lease, now: number): Lease {
  const terms = termsOf(current)
  if (terms.remaining === undefined) return { ...terms, updatedAt: now, status: 'active' }
  const remaining = Math.max(0, terms.remaining - 1)
  if (remaining > 0) return { ...terms, remaining, updatedAt: now, status: 'active' }
  return { ...terms, remaining, updatedAt: now, status: 'consumed', closedAt: now }
}

/** What stays the same in every status. */
function termsOf(lease: Lease): Omit<Extract<Lease, { status: 'active' }>, 'status'> {
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
