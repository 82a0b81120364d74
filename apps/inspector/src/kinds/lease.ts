import { type Lease, LeaseRecord, LEASES_ROOT, RETENTION_MS_DEFAULT } from '@latchless/run-state'
import type { Role } from '../terminal/theme.ts'
import { defineKindView, type KindCheck, type KindView } from './kind-view.ts'
import { scopeText } from './scope-text.ts'
import { durationText, leftText, momentText } from './time-text.ts'

/** How long a lease is kept that is over, and some time for a sweep to come by. */
const KEPT_MS = RETENTION_MS_DEFAULT + 24 * 60 * 60 * 1000

const overdueCheck: KindCheck<Lease> = {
  id: 'leases.expired',
  expects: 'No lease is kept for longer than 30 days after its time',
  severity: 'warn',
  likelyCause: 'nobody sweeps the leases',
  find: (lease, { nowMs }) => {
    const overMs = 'closedAt' in lease ? 0 : nowMs - lease.expiresAt
    return overMs > KEPT_MS ? [`${lease.status}, over since ${durationText(overMs)}`] : []
  },
}

const ROLES: Record<Lease['status'], Role> = {
  active: 'won',
  claimed: 'waiting',
  dispatching: 'waiting',
  consumed: 'muted',
  revoked: 'muted',
}

export const leaseView: KindView<Lease> = defineKindView({
  root: LEASES_ROOT,
  type: LeaseRecord,
  checks: [overdueCheck],
  columns: (lease, { nowMs }) => [
    lease.status,
    ...('closedAt' in lease ? [] : [lease.action.capabilityId, leftText(lease.expiresAt, nowMs)]),
  ],
  detail: (lease, { nowMs }) => [
    { label: 'lease', text: lease.id, role: 'heading' },
    { label: 'status', text: lease.status, role: ROLES[lease.status] },
    ...(lease.action ? [{ label: 'permits', text: `${lease.action.kind} ${lease.action.capabilityId}` }] : []),
    { label: 'for', text: scopeText(lease.scope) },
    { label: 'from', text: `approval ${lease.approvalId}, ${momentText(lease.createdAt, nowMs)}` },
    ...(lease.remaining === undefined ? [] : [{ label: 'times left', text: String(lease.remaining) }]),
    'closedAt' in lease
      ? { label: 'closed', text: momentText(lease.closedAt, nowMs) }
      : {
          label: 'expires',
          text: leftText(lease.expiresAt, nowMs),
          role: lease.expiresAt > nowMs ? undefined : 'warning',
        },
  ],
})
