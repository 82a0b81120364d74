import type { CasUpdateOptions, StoreAct } from '@latchless/filesystem'
import { remove } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { scopeKey, type Scope } from '../scope.ts'
import { Sweeping } from '../sweeping.ts'
import { ForgottenStandingRecord, standingPath, StandingApprovalRecord, STANDING_ROOT } from './standing-record.ts'

/** Removes what stands for exactly this scope, and every override of it, in every retained version. */
export async function forgetStanding(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  update: CasUpdateOptions | undefined,
): Promise<void> {
  const sweeping = new Sweeping(records, act, { update })
  const range = { prefix: [scopeKey(scope)] }
  await sweeping.each(STANDING_ROOT, StandingApprovalRecord, 'byScope', range, async ({ action }) => {
    const path = standingPath(scope, action)
    const { changed } = await records.update(act, path, ForgottenStandingRecord, () => remove())
    return changed
  })
  sweeping.finish(undefined)
}
