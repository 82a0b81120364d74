import type { RunStateErrorCode } from '../errors.ts'
import type { ApprovalStatus } from './approval-record.ts'

export type ApprovalRefusal = Extract<
  RunStateErrorCode,
  'approval-pending' | 'approval-denied' | 'approval-expired' | 'approval-discarded'
>

/**
 * Why nothing may be done under a request of each status; `undefined` where it may. Whoever asks looks here first: a stale
 * request refuses also where a standing approval would permit.
 */
export const approvalRefusals: Readonly<Record<ApprovalStatus, ApprovalRefusal | undefined>> = {
  pending: 'approval-pending',
  approved: undefined,
  denied: 'approval-denied',
  expired: 'approval-expired',
  discarded: 'approval-discarded',
}

/** Whether a request can no longer permit anything. */
export function isStale(status: ApprovalStatus): boolean {
  return status === 'denied' || status === 'expired' || status === 'discarded'
}
