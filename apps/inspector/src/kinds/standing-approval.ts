import { STANDING_ROOT, type StandingApproval, StandingApprovalRecord } from '@latchless/run-state'
import { whoText } from './approval.ts'
import { defineKindView, type KindView } from './kind-view.ts'
import { scopeText } from './scope-text.ts'
import { momentText } from './time-text.ts'

export const standingApprovalView: KindView<StandingApproval> = defineKindView({
  root: STANDING_ROOT,
  type: StandingApprovalRecord,
  columns: ({ status, action }) => [status === 'allowed' ? 'allowed' : 'ask every time', action.capabilityId],
  detail: (standing, { nowMs }) => [
    { label: 'action', text: `${standing.action.kind} ${standing.action.capabilityId}`, role: 'heading' },
    { label: 'everywhere in', text: scopeText(standing.scope) },
    standing.status === 'allowed'
      ? { label: 'allowed', text: `by ${whoText(standing.by)}, with approval ${standing.approvalId}`, role: 'won' }
      : { label: 'ask', text: 'every time, also where a wider scope allows it', role: 'waiting' },
    { label: 'since', text: momentText(standing.updatedAt, nowMs) },
  ],
})
