import type { StoreAct } from '@latchless/filesystem'
import { refusal, type RunStateErrorCode } from '../errors.ts'
import type { Step } from '../step.ts'
import { covers, isSameScope, type Scope } from '../scope.ts'
import type {
  Approval,
  ApprovalStatus,
  ApprovalTombstone,
  ApprovedApproval,
  PendingApproval,
  Principal,
  StoredApproval,
} from './approval-record.ts'

export type ApprovalCommand =
  | {
      readonly type: 'approve'
      readonly by: Principal
      readonly standing?: Scope | undefined
      /** The overrides that whoever approves has seen. Default: none. */
      readonly overridesSeen?: readonly string[] | undefined
    }
  | { readonly type: 'deny'; readonly by: Principal }
  | { readonly type: 'discard' }
  | { readonly type: 'expire' }
  | { readonly type: 'redact' }

type Row = Readonly<Record<ApprovalCommand['type'], Step<ApprovalStatus, RunStateErrorCode>>>

const decided: Row = {
  approve: { refuse: 'not-pending' },
  deny: { refuse: 'not-pending' },
  discard: { refuse: 'not-pending' },
  expire: { refuse: 'not-pending' },
  redact: { to: 'discarded' },
}

/** What each command does to a request of each status. Being overdue is a status: {@link statusAt} tells it. */
export const approvalTransitions: Readonly<Record<ApprovalStatus, Row>> = {
  pending: {
    approve: { to: 'approved' },
    deny: { to: 'denied' },
    discard: { to: 'discarded' },
    expire: { refuse: 'not-overdue' },
    redact: { refuse: 'not-resolved' },
  },
  approved: decided,
  denied: decided,
  // Also what is stored as pending and overdue, hence `expire` and not only what a sweep has seen.
  expired: { ...decided, expire: { to: 'expired' } },
  discarded: { ...decided, redact: { refuse: 'not-pending' } },
}

/** The status at a time: a pending request is expired from the millisecond `expiresAt` on, swept or not. */
export function statusAt(approval: StoredApproval, now: number): ApprovalStatus {
  return approval.status === 'pending' && now >= approval.expiresAt ? 'expired' : approval.status
}

/** A stored request as a reader sees it at a time; `undefined` for a tombstone. */
export function approvalAt(stored: StoredApproval | undefined, now: number): Approval | undefined {
  if (!stored || stored.status === 'discarded') return undefined
  return stored.status === 'pending' && statusAt(stored, now) === 'expired' ? expired(stored) : stored
}

/** @throws {RunStateError} when the request is not there, belongs to another scope or does not permit the command. */
export function nextApproval(
  current: StoredApproval | undefined,
  scope: Scope,
  command: ApprovalCommand,
  now: number,
  act: StoreAct,
): StoredApproval {
  if (!current || (current.status !== 'discarded' && !isSameScope(current.scope, scope))) {
    throw refusal(act, 'unknown-request')
  }
  // A repeat that finds its own half-done step goes on from there.
  if (command.type === 'approve' && isHalfDone(current, command)) return current
  const status = statusAt(current, now)
  const step = approvalTransitions[status][command.type]
  if (step.refuse !== undefined) throw refusal(act, step.refuse, status)
  switch (command.type) {
    case 'approve':
      return approved(current as PendingApproval, command, now, act)
    case 'deny':
      return {
        ...(current as PendingApproval),
        status: 'denied',
        updatedAt: now,
        resolvedAt: now,
        resolvedBy: command.by,
      }
    case 'expire':
      return current.status === 'pending' ? expired(current) : current
    case 'discard':
    case 'redact':
      return tombstone(current.id, now)
  }
}

export function tombstone(id: string, now: number): ApprovalTombstone {
  return { id, status: 'discarded', discardedAt: now }
}

/** What makes a tombstone of a request of any status, `undefined` where there is one. */
export function forgetCommand(current: StoredApproval, now: number): 'discard' | 'redact' | undefined {
  const status = statusAt(current, now)
  if (status === 'discarded') return undefined
  return status === 'pending' ? 'discard' : 'redact'
}

/** Whether a request is approved by this principal with this standing scope, which is not recorded yet. */
function isHalfDone(current: StoredApproval, { by, standing }: Extract<ApprovalCommand, { type: 'approve' }>): boolean {
  if (!standing || current.status !== 'approved') return false
  if (!current.standing || current.standing.recordedAt !== undefined) return false
  return isSameScope(current.standing.scope, standing) && isSamePrincipal(current.resolvedBy, by)
}

export function isSamePrincipal(a: Principal, b: Principal): boolean {
  return a.kind === b.kind && a.id === b.id
}

/** Notes that the standing approval of a request is recorded. Anything but such a request is left as it is. */
export function standingRecorded(current: StoredApproval | undefined, now: number): ApprovedApproval | undefined {
  if (current?.status !== 'approved' || !current.standing || current.standing.recordedAt !== undefined) return undefined
  return { ...current, updatedAt: now, standing: { ...current.standing, recordedAt: now } }
}

function approved(
  current: PendingApproval,
  { by, standing, overridesSeen = [] }: Extract<ApprovalCommand, { type: 'approve' }>,
  now: number,
  act: StoreAct,
): ApprovedApproval {
  if (standing && !permitsStanding(current, standing)) throw refusal(act, 'standing-not-allowed')
  return {
    ...current,
    status: 'approved',
    updatedAt: now,
    resolvedAt: now,
    resolvedBy: by,
    ...(standing ? { standing: { scope: standing, overridesSeen: [...overridesSeen] } } : {}),
  }
}

// Wider than the request, or it would be for somebody else; within what the requester offered, or it would be more than asked.
function permitsStanding({ scope, reusableScope }: PendingApproval, standing: Scope): boolean {
  return reusableScope !== undefined && covers(standing, scope) && covers(reusableScope, standing)
}

function expired(pending: PendingApproval): Approval {
  return { ...pending, status: 'expired', updatedAt: pending.expiresAt, resolvedAt: pending.expiresAt }
}
