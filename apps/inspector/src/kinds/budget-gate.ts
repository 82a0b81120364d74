import { type BudgetGate, Gate } from '@latchless/resources'
import { defineKindView, type KindCheck, type KindView } from './kind-view.ts'
import { overdue } from './overdue.ts'
import { findingLine } from './reservation.ts'
import { scopeText } from './scope-text.ts'
import { leftText, momentText } from './time-text.ts'

const overdueCheck: KindCheck<BudgetGate> = {
  id: 'budgets.gates',
  expects: 'No gate waits for a person for an hour after its time',
  severity: 'warn',
  likelyCause: 'nobody sweeps the budgets',
  find: ({ status, expiresAt }, { nowMs }) => (status === 'pending' ? overdue(expiresAt, nowMs) : []),
}

export const budgetGateView: KindView<BudgetGate> = defineKindView({
  root: '/budgets/gates',
  type: Gate,
  checks: [overdueCheck],
  columns: ({ status, expiresAt }, { nowMs }) => [
    status,
    ...(status === 'pending' ? [leftText(expiresAt, nowMs)] : []),
  ],
  detail: ({ id, status, scope, findings, createdAt, expiresAt, resolution }, { nowMs }) => [
    { label: 'gate', text: id, role: 'heading' },
    { label: 'status', text: status, role: status === 'pending' ? 'waiting' : status === 'approved' ? 'won' : 'muted' },
    { label: 'for', text: scopeText({ ...scope }) },
    { label: 'asked', text: momentText(createdAt, nowMs) },
    ...(resolution
      ? [{ label: 'decided', text: `${momentText(resolution.at, nowMs)}, by ${resolution.by ?? 'nobody'}` }]
      : [{ label: 'expires', text: leftText(expiresAt, nowMs), role: 'waiting' as const }]),
    ...findings.map(findingLine),
    ...(resolution?.changes ?? []).map(({ account }) => ({ label: 'limits of', text: scopeText({ ...account }) })),
  ],
})
