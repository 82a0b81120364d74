import type { StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import { shutLease } from '../leases/shut-lease.ts'
import type { RunStateRecords } from '../run-state-records.ts'
import type { Scope } from '../scope.ts'
import type { StoredApproval } from './approval-record.ts'
import { approvalPath, ApprovalRecord, ApprovalTombstoneRecord } from './approval-record.ts'
import { nextApproval, statusAt } from './approval-transitions.ts'

interface Named {
  readonly scope: Scope
  readonly id: string
}

/** Writes down that a request is expired, when it is, and tells whether this call did and whether it is still pending. */
export async function expireApproval(
  records: RunStateRecords,
  act: StoreAct,
  { scope, id }: Named,
  now: number,
): Promise<{ readonly changed: boolean; readonly isPending: boolean }> {
  const path = approvalPath(scope, id)
  const { changed, outcome } = await records.update({ ...act, id }, path, ApprovalRecord, (current) => {
    if (current?.status !== 'pending') return noop(false)
    if (statusAt(current, now) === 'pending') return noop(true)
    return write(nextApproval(current, scope, { type: 'expire' }, now, act), false)
  })
  return { changed, isPending: outcome }
}

/**
 * Leaves a tombstone of a request, when `commandFor` names the command that does it. The lease of an approved one goes first:
 * no lease comes from a request that was read before it became a tombstone.
 */
export async function forgetApproval(
  records: RunStateRecords,
  act: StoreAct,
  { scope, id }: Named,
  now: number,
  commandFor: (current: StoredApproval) => 'discard' | 'redact' | undefined,
): Promise<boolean> {
  const attempt = async (isLeaseShut: boolean) =>
    records.update({ ...act, id }, approvalPath(scope, id), ApprovalTombstoneRecord, (current) => {
      const type = current && commandFor(current)
      if (!type) return noop(undefined)
      if (current.status === 'approved' && !isLeaseShut) return noop(current)
      return write(nextApproval(current, scope, { type }, now, act), undefined)
    })
  const { changed, outcome: approved } = await attempt(false)
  if (!approved) return changed
  await shutLease(records, act, approved, 'forget', now)
  return (await attempt(true)).changed
}

/** What the end of an invocation does to its request: nobody decides a pending one any more, and an approved one has no lease. */
export async function endApproval(
  records: RunStateRecords,
  act: StoreAct,
  { scope, id }: Named,
  now: number,
): Promise<boolean> {
  const { changed, outcome: approved } = await records.update(
    { ...act, id },
    approvalPath(scope, id),
    ApprovalTombstoneRecord,
    (current) => {
      if (!current || statusAt(current, now) !== 'pending') {
        return noop(current?.status === 'approved' ? current : undefined)
      }
      return write(nextApproval(current, scope, { type: 'discard' }, now, act), undefined)
    },
  )
  if (approved) await shutLease(records, act, approved, 'revoke', now)
  return changed
}
