import type { StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { approvalPath, ApprovalRecord, type ApprovedApproval } from './approval-record.ts'
import { standingRecorded } from './approval-transitions.ts'
import type { StandingApprovals } from './standing-store.ts'

/**
 * The second half of an approval that is to stand: records it, then notes with the request that this is done. Both steps may be
 * repeated, so whoever finds the note missing begins again. `holds` is false when an override is not older than the approval;
 * that too is done with, and is not tried again.
 */
export async function recordStanding(
  records: RunStateRecords,
  standing: StandingApprovals,
  act: StoreAct,
  approval: ApprovedApproval,
): Promise<{ readonly approval: ApprovedApproval; readonly holds: boolean }> {
  if (!approval.standing) return { approval, holds: false }
  const { status } = await standing.record(act, approval.standing.scope, approval)
  const now = records.now()
  const path = approvalPath(approval.scope, approval.id)
  const { outcome } = await records.update(act, path, ApprovalRecord, (current) => {
    const next = standingRecorded(current, now)
    return next ? write(next, next) : noop(approval)
  })
  return { approval: outcome, holds: status === 'allowed' }
}
