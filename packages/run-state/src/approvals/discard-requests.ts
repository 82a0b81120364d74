import type { CasUpdateOptions, StoreAct } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { scopeKey, type Scope } from '../scope.ts'
import { Sweeping } from '../sweeping.ts'
import { ApprovalRecord, APPROVALS_ROOT } from './approval-record.ts'
import { forgetCommand } from './approval-transitions.ts'
import { endApproval, forgetApproval } from './settle-approval.ts'

/**
 * Forgets the requests of a scope, or discards those that wait for one invocation in it. One that cannot be handled keeps no
 * other from being discarded. Resolves with how many are tombstones by this call.
 */
export async function discardRequests(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  invocationId: string | undefined,
  update: CasUpdateOptions | undefined,
): Promise<number> {
  const index = invocationId === undefined ? 'byScope' : 'byInvocation'
  const range = { prefix: [scopeKey(scope), ...(invocationId === undefined ? [] : [invocationId])] }
  const now = records.now()
  const sweeping = new Sweeping(records, act, { update })
  const { done } = await sweeping.each(APPROVALS_ROOT, ApprovalRecord, index, range, async ({ id }) => {
    const named = { scope, id }
    return invocationId === undefined
      ? forgetApproval(records, act, named, now, (current) => forgetCommand(current, now))
      : endApproval(records, act, named, now)
  })
  return sweeping.finish(done)
}
