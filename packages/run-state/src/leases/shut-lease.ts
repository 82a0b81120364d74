import type { StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import type { Scope } from '../scope.ts'
import { ForgottenLeaseRecord, leaseIdOf, leasePath, LeaseRecord } from './lease-record.ts'
import { leaseTransitions, neverIssued, nextLease } from './lease-transitions.ts'

interface Leased {
  readonly scope: Scope
  readonly id: string
  readonly invocationId?: string | undefined
}

/**
 * Makes sure that a request has no usable lease and never gets one. Where there is none a revoked one takes its place, so that
 * whoever has read the request as approved, and comes to issue the lease now, finds it revoked. To `forget` leaves nothing of
 * what the lease was for, in no retained version.
 */
export async function shutLease(
  records: RunStateRecords,
  act: StoreAct,
  { scope, id: approvalId, invocationId }: Leased,
  type: 'revoke' | 'forget',
  now: number,
): Promise<void> {
  const id = leaseIdOf(scope, approvalId)
  const record = type === 'forget' ? ForgottenLeaseRecord : LeaseRecord
  const never = neverIssued({ id, scope, approvalId, invocationId }, now)
  await records.update({ ...act, id: approvalId }, leasePath(scope, id), record, (current) => {
    if (current && leaseTransitions[current.status][type].refuse !== undefined) return noop()
    if (!current && type === 'revoke') return write(never)
    return write(nextLease(current ?? never, scope, { type }, now, act))
  })
}
