import type { MaintainResult } from '../../filesystem.ts'
import { dropOldChanges, logChange } from './changes.ts'
import type { Database } from './database.ts'

/** Forgets tombstones from a time or earlier, with all that was retained of them, and changes beyond the capacity. */
export function purge(database: Database, before: number, limit: number, changesMax: number): MaintainResult {
  const rows = database.all('expiredTombstones', { before, limit })
  for (const row of rows) {
    const path = String(row['path'])
    const record = Number(row['id'])
    const expected = { expectedSequence: Number(row['sequence']), expectedGeneration: String(row['generation']) }
    database.runOne('deleteTombstone', path, { path, ...expected })
    database.run('forgetVersions', { record })
    database.run('forgetWrites', { record })
    logChange(database, { type: 'compacted', path })
  }
  dropOldChanges(database, changesMax, true)
  return { removed: rows.length, more: rows.length === limit }
}
