export { RunStateError } from './errors.ts'
export type { RunStateErrorCode } from './errors.ts'
export { RunState, SCOPE_ENDED } from './run-state.ts'
export type {
  ApproveAndLeaseOptions,
  Authorization,
  AuthorizationRefusal,
  AuthorizeOptions,
  Discarded,
  Leased,
  RunStateSweep,
} from './run-state.ts'
export { RETENTION_MS_DEFAULT, SWEEP_LIMIT_DEFAULT } from './run-state-records.ts'
export type { RunStateOptions, SweepOptions } from './run-state-records.ts'
export type { SavedAndBlocked } from './save-and-block.ts'
export type { Scope } from './scope.ts'
export type { Step } from './step.ts'

// Invocations.
export { InvocationRecord, INVOCATIONS_ROOT } from './invocations/invocation-record.ts'
export type { Invocation, InvocationStatus } from './invocations/invocation-record.ts'
export { InvocationStore } from './invocations/invocation-store.ts'
export type { InvocationStart, InvocationSweep } from './invocations/invocation-store.ts'
export { invocationTransitions, nextInvocation } from './invocations/invocation-transitions.ts'
export type { InvocationCommand } from './invocations/invocation-transitions.ts'

// Approvals.
export { ApprovalRecord, approvalPath, APPROVALS_ROOT, REASON_LENGTH_MAX } from './approvals/approval-record.ts'
export type {
  Action,
  Approval,
  ApprovalStatus,
  ApprovalTombstone,
  ApprovedApproval,
  PendingApproval,
  Principal,
  StoredApproval,
} from './approvals/approval-record.ts'
export { approvalRefusals, isStale } from './approvals/approval-refusals.ts'
export type { ApprovalRefusal } from './approvals/approval-refusals.ts'
export { actionFingerprint } from './approvals/approval-request.ts'
export type { ApprovalRequest } from './approvals/approval-request.ts'
export { ApprovalStore } from './approvals/approval-store.ts'
export type { Approved, ApproveOptions, DiscardOptions, PageOptions } from './approvals/approval-store.ts'
export type { ApprovalSweep } from './approvals/approval-sweep.ts'
export { approvalAt, approvalTransitions, nextApproval, statusAt } from './approvals/approval-transitions.ts'
export type { ApprovalCommand } from './approvals/approval-transitions.ts'
export {
  PENDING_MAX_DEFAULT,
  PENDING_MAX_LIMIT,
  PendingSlotsRecord,
  SAVE_GRACE_MS,
  SLOTS_ROOT,
} from './approvals/pending-slots.ts'
export type { PendingSlots } from './approvals/pending-slots.ts'
export { STANDING_ROOT, StandingApprovalRecord } from './approvals/standing-record.ts'
export type { StandingApproval } from './approvals/standing-record.ts'
export type { StandingApprovals } from './approvals/standing-store.ts'
export { nextStanding, prevailing, standingTransitions } from './approvals/standing-transitions.ts'
export type { StandingCommand } from './approvals/standing-transitions.ts'

// Leases.
export { INVOCATIONS_MAX_LIMIT, leaseIdOf, LeaseRecord, LEASES_ROOT } from './leases/lease-record.ts'
export type { Lease, LeaseStatus } from './leases/lease-record.ts'
export { LEASE_OUTLIVES_MS, LeaseStore } from './leases/lease-store.ts'
export type { ClaimedLease, DispatchedLease, LeaseSweep, LeaseTerms } from './leases/lease-store.ts'
export { leaseTransitions, nextLease } from './leases/lease-transitions.ts'
export type { LeaseCommand } from './leases/lease-transitions.ts'
