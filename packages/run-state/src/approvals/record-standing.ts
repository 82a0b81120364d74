import type { StoreAct } from '@latchless/filesystem'
import { noop, remove, write } from '@latchless/filesystem'
import type { RunStateErrorCode } from '../errors.ts'
import type { RunStateRecords } from '../run-state-records.ts'
import { approvalPath, ApprovalRecord, type ApprovedApproval } from './approval-record.ts'
import { standingRecorded } from './approval-transitions.ts'
import { ForgottenStandingRecord, standingPath, StandingApprovalRecord } from './standing-record.ts'
import { coveringStanding, decideStanding } from './standing-store.ts'
import { isSeen, prevailing } from './standing-transitions.ts'

interface RecordedStanding {
  readonly approval: ApprovedApproval
  /** Whether this call noted that it is done. */
  readonly changed: boolean
  /** Why it does not hold. That too is done with, and is not tried again. */
  readonly failure?: RunStateErrorCode
}

/**
 * The second half of an approval that is to stand: allows, clears the overrides that the approver saw, then notes with the
 * request that this is done. Every step may be repeated, so whoever finds the note missing begins again.
 */
export async function recordStanding(
  records: RunStateRecords,
  act: StoreAct,
  approval: ApprovedApproval,
): Promise<RecordedStanding> {
  const { standing, scope, id, action, resolvedBy: by } = approval
  if (!standing) return { approval, changed: false }
  const { overridesSeen } = standing
  const allow = { type: 'allow', approvalId: id, by, overridesSeen } as const
  const { status } = await decideStanding(records, act, standing.scope, action, allow)
  if (status === 'allowed') await clearOverrides(records, act, approval, standing)
  const now = records.now()
  const { changed, outcome } = await records.update(act, approvalPath(scope, id), ApprovalRecord, (current) => {
    const next = standingRecorded(current, now)
    return next ? write(next, next) : noop(current?.status === 'approved' ? current : undefined)
  })
  if (outcome) return { approval: outcome, changed, ...(await standingFailure(records, act, outcome)) }
  // Whoever discarded the request may have looked for standing approvals before this one was there. A crash before this leaves
  // it, until the scope is discarded again.
  await records.update(act, standingPath(standing.scope, action), ForgottenStandingRecord, (current) =>
    current?.status === 'allowed' && current.approvalId === id ? remove() : noop(),
  )
  return { approval, changed, failure: 'approval-discarded' }
}

/** Whether what was recorded permits the action in the scope of its request, which is what the approver was asked for. */
export async function standingFailure(
  records: RunStateRecords,
  act: StoreAct,
  { scope, action }: ApprovedApproval,
): Promise<{ readonly failure?: RunStateErrorCode }> {
  const found = prevailing(await coveringStanding(records, act, scope, action))
  return found?.status === 'allowed' ? {} : { failure: 'standing-overridden' }
}

/** Takes away the overrides of parts of the standing scope that would still ask where the request was made. */
async function clearOverrides(
  records: RunStateRecords,
  act: StoreAct,
  { scope, action }: ApprovedApproval,
  standing: NonNullable<ApprovedApproval['standing']>,
): Promise<void> {
  for (const { scope: part } of await coveringStanding(records, act, scope, action, standing.scope)) {
    await records.update(act, standingPath(part, action), StandingApprovalRecord, (current) =>
      current && isSeen(current, standing.overridesSeen) ? remove() : noop(),
    )
  }
}
