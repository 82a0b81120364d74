import type { EpochHistory } from '../history/epoch.ts'
import type { FinalEpoch } from '../history/final.ts'
import type { Finding } from '../report.ts'
import { tellApartLateLandings } from './late-landings.ts'
import { checkLinearizable } from './linearizable.ts'
import { checkLists } from './lists.ts'
import { checkLogs } from './logs.ts'
import { checkOps } from './ops.ts'
import { checkRows } from './rows.ts'
import { checkTransfers } from './transfers.ts'
import { checkUpdates } from './updates.ts'
import { checkRecordVersions } from './versions.ts'

/** All that an epoch can be found guilty of. */
export function checkEpoch(history: EpochHistory, final: FinalEpoch): Finding[] {
  const apart = tellApartLateLandings(history, final)
  return [
    ...history.surprises.map(({ client, message }) => ({ check: 'surprise', path: client, message })),
    ...checkRecordVersions(apart.history, apart.final),
    ...checkLinearizable(apart.history, apart.final),
    ...checkLists(history, final),
    ...checkOps(history, final),
    ...checkUpdates(history, final),
    ...checkLogs(history, final),
    ...checkTransfers(history, final),
    ...checkRows(history, final),
  ]
}
