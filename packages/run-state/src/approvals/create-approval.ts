import type { StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { type Approval, approvalPath, ApprovalRecord, type PendingApproval } from './approval-record.ts'
import { repeatedAs } from './approval-request.ts'

/**
 * Saves a request under an id that was never used, or resolves with what the same call saved before.
 *
 * @throws {RunStateError} `request-exists` or `idempotency-conflict`.
 */
export async function createApproval(
  records: RunStateRecords,
  act: StoreAct,
  requested: PendingApproval,
): Promise<Approval> {
  const path = approvalPath(requested.scope, requested.id)
  const { outcome } = await records.update(act, path, ApprovalRecord, (current) => {
    if (!current) return write(requested, requested as Approval)
    return noop(repeatedAs(act, current, requested))
  })
  return outcome
}

/** What the same call saved before, `undefined` when the id is free. Looked for before a place is taken. */
export async function replayOf(
  records: RunStateRecords,
  act: StoreAct,
  requested: PendingApproval,
): Promise<Approval | undefined> {
  const stored = await records.read(act, approvalPath(requested.scope, requested.id), ApprovalRecord)
  return stored && repeatedAs(act, stored, requested)
}
