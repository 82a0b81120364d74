import type { CasUpdateOptions, StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { scopeKey, type Scope } from '../scope.ts'
import { Sweeping } from '../sweeping.ts'
import { leasePath, LeaseRecord, LEASES_ROOT } from './lease-record.ts'
import { leaseTransitions, nextLease } from './lease-transitions.ts'

/**
 * Revokes the open leases of a scope, or those of one invocation in it. One that cannot be handled keeps no other from being
 * revoked. Resolves with how many were open.
 */
export async function revokeLeases(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  invocationId: string | undefined,
  update: CasUpdateOptions | undefined,
): Promise<number> {
  const range = { prefix: [scopeKey(scope), ...(invocationId === undefined ? [] : [invocationId])] }
  const now = records.now()
  const sweeping = new Sweeping(records, act, { update })
  const { done } = await sweeping.each(LEASES_ROOT, LeaseRecord, 'open', range, async ({ id }) => {
    const { changed } = await records.update({ ...act, id }, leasePath(scope, id), LeaseRecord, (current) => {
      if (!current || leaseTransitions[current.status].revoke.refuse !== undefined) return noop()
      return write(nextLease(current, scope, { type: 'revoke' }, now, act))
    })
    return changed
  })
  return sweeping.finish(done)
}
