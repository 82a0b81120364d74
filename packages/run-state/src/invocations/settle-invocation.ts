import type { CasUpdateOptions, StoreAct } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import { discardRequests } from '../approvals/discard-requests.ts'
import { doAll } from '../do-all.ts'
import { revokeLeases } from '../leases/revoke-leases.ts'
import type { RunStateRecords } from '../run-state-records.ts'
import type { Scope } from '../scope.ts'
import { invocationPath, InvocationRecord, type Invocation } from './invocation-record.ts'
import { settledInvocation } from './invocation-transitions.ts'

/**
 * What follows from the end of an invocation: what waited for it is discarded, its leases are revoked, then it is noted with the
 * invocation that this is done. May be repeated. Resolves with the invocation, if it is there, and whether this call noted it.
 */
export async function settleInvocation(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  id: string,
  update: CasUpdateOptions | undefined,
): Promise<{ readonly invocation: Invocation | undefined; readonly changed: boolean }> {
  await doAll(
    async () => revokeLeases(records, act, scope, id, update),
    async () => discardRequests(records, act, scope, id, update),
  )
  const path = invocationPath(scope, id)
  const { changed, outcome } = await records.update({ ...act, id }, path, InvocationRecord, (current) => {
    const next = settledInvocation(current)
    return next ? write(next, next) : noop(current)
  })
  return { invocation: outcome, changed }
}
