import {
  ApprovalRecord,
  APPROVALS_ROOT,
  type Principal,
  SAVE_GRACE_MS,
  type StoredApproval,
} from '@latchless/run-state'
import type { Role } from '../terminal/theme.ts'
import { defineKindView, type DetailLine, type KindCheck, type KindView } from './kind-view.ts'
import { overdue } from './overdue.ts'
import { scopeText } from './scope-text.ts'
import { durationText, leftText, momentText } from './time-text.ts'

const overdueCheck: KindCheck<StoredApproval> = {
  id: 'approvals.overdue',
  expects: 'No request for approval is pending for an hour after its time',
  severity: 'warn',
  likelyCause: 'nobody sweeps the approvals',
  find: (approval, { nowMs }) => (approval.status === 'pending' ? overdue(approval.expiresAt, nowMs) : []),
}

const standingCheck: KindCheck<StoredApproval> = {
  id: 'approvals.standing',
  expects: 'An approval that is to stand is recorded as one that stands',
  severity: 'warn',
  likelyCause: 'a process ended between approving and recording it, and nobody sweeps the approvals',
  find: (approval, { nowMs }) =>
    approval.status === 'approved' &&
    approval.standing !== undefined &&
    approval.standing.recordedAt === undefined &&
    nowMs - approval.resolvedAt >= SAVE_GRACE_MS
      ? [`approved ${durationText(nowMs - approval.resolvedAt)} ago, not recorded as standing yet`]
      : [],
}

const ROLES: Record<StoredApproval['status'], Role> = {
  pending: 'waiting',
  approved: 'won',
  denied: 'error',
  expired: 'warning',
  discarded: 'muted',
}

export const approvalView: KindView<StoredApproval> = defineKindView({
  root: APPROVALS_ROOT,
  type: ApprovalRecord,
  checks: [overdueCheck, standingCheck],
  columns: (approval, { nowMs }) => [
    approval.status,
    ...(approval.status === 'discarded' ? [] : [approval.action.capabilityId]),
    ...(approval.status === 'pending' ? [leftText(approval.expiresAt, nowMs)] : []),
  ],
  detail: (approval, { nowMs }) => [
    { label: 'approval', text: approval.id, role: 'heading' },
    { label: 'status', text: approval.status, role: ROLES[approval.status] },
    ...(approval.status === 'discarded'
      ? [{ label: 'discarded', text: momentText(approval.discardedAt, nowMs) }]
      : requestLines(approval, nowMs)),
  ],
})

function requestLines(approval: Exclude<StoredApproval, { status: 'discarded' }>, nowMs: number): DetailLine[] {
  const { action, scope, requestedBy, reason, createdAt, expiresAt, invocationId, reusableScope } = approval
  return [
    { label: 'action', text: `${action.kind} ${action.capabilityId}` },
    { label: 'for', text: scopeText(scope) },
    { label: 'asked by', text: `${whoText(requestedBy)}, ${momentText(createdAt, nowMs)}` },
    { label: 'reason', text: reason },
    ...(invocationId === undefined ? [] : [{ label: 'blocks', text: `invocation ${invocationId}` }]),
    ...('resolvedBy' in approval
      ? [{ label: 'decided by', text: `${whoText(approval.resolvedBy)}, ${momentText(approval.resolvedAt, nowMs)}` }]
      : [{ label: 'expires', text: leftText(expiresAt, nowMs) }]),
    ...(reusableScope === undefined ? [] : [{ label: 'may stand for', text: scopeText(reusableScope) }]),
    ...(approval.status === 'approved' && approval.standing ? [standingLine(approval.standing)] : []),
  ]
}

function standingLine({
  scope,
  recordedAt,
}: {
  scope: Parameters<typeof scopeText>[0]
  recordedAt?: number | undefined
}): DetailLine {
  const isDone = recordedAt !== undefined
  return {
    label: 'stands for',
    text: `${scopeText(scope)}${isDone ? '' : ', not recorded yet'}`,
    role: isDone ? 'won' : 'warning',
  }
}

export function whoText({ kind, id }: Principal): string {
  return `${kind} ${id}`
}
