import { parentOf } from '@latchless/filesystem'
import {
  ApprovalRecord,
  type Invocation,
  InvocationRecord,
  INVOCATIONS_ROOT,
  SAVE_GRACE_MS,
} from '@latchless/run-state'
import type { Role } from '../terminal/theme.ts'
import { defineKindView, type KindCheck, type KindView } from './kind-view.ts'
import { scopeText } from './scope-text.ts'
import { durationText, momentText } from './time-text.ts'

const blockedCheck: KindCheck<Invocation> = {
  id: 'invocations.blocked',
  expects: 'An invocation that waits for an approval waits for one that is there',
  severity: 'warn',
  likelyCause: 'a process ended between the two halves of a step, and nobody sweeps',
  async find(invocation, { path, store, nowMs }) {
    if (invocation.status !== 'blocked-approval') return []
    const waitsMs = nowMs - invocation.updatedAt
    if (waitsMs < SAVE_GRACE_MS) return []
    // Both are named by the same scope, so the path of the one tells that of the other.
    const scope = path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('/') + 1 + SCOPE_DIGITS)
    const directory = parentOf(path)
    if (!directory.endsWith(INVOCATIONS_ROOT)) return []
    const mount = directory.slice(0, -INVOCATIONS_ROOT.length)
    const approval = `${mount}/approvals/${scope}.${invocation.approvalRequestId}`
    const head = await store.get(approval)
    if (head.state === 'live' && ApprovalRecord.decode(head.entry, approval).status !== 'discarded') {
      return invocation.approvalUnsaved ? [`half done since ${durationText(waitsMs)}: ${approval} is there`] : []
    }
    return [`waits since ${durationText(waitsMs)} for ${approval}, which is not there`]
  },
}

/** Of the hash of a scope, in front of the id. */
const SCOPE_DIGITS = 32

const ROLES: Record<Invocation['status'], Role> = {
  running: 'accent',
  'blocked-approval': 'waiting',
  'blocked-auth': 'waiting',
  completed: 'won',
  failed: 'error',
}

export const invocationView: KindView<Invocation> = defineKindView({
  root: INVOCATIONS_ROOT,
  type: InvocationRecord,
  checks: [blockedCheck],
  columns: (invocation) => [invocation.status, invocation.capabilityId],
  detail: (invocation, { nowMs }) => {
    const { id, status, scope, capabilityId, createdAt, updatedAt } = invocation
    return [
      { label: 'invocation', text: id, role: 'heading' },
      { label: 'status', text: status, role: ROLES[status] },
      { label: 'step', text: capabilityId },
      { label: 'for', text: scopeText(scope) },
      ...('approvalRequestId' in invocation
        ? [{ label: 'waits for', text: `approval ${invocation.approvalRequestId}` }]
        : []),
      ...('errorKind' in invocation ? [{ label: 'error', text: invocation.errorKind, role: 'error' as const }] : []),
      { label: 'began', text: momentText(createdAt, nowMs) },
      'endedAt' in invocation
        ? {
            label: 'ended',
            text: `${momentText(invocation.endedAt, nowMs)}, after ${durationText(invocation.endedAt - createdAt)}`,
          }
        : { label: 'changed', text: momentText(updatedAt, nowMs) },
    ]
  },
})
