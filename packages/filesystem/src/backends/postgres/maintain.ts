import type { MaintainResult, OperationOptions } from '../../filesystem.ts'
import { ROOT } from '../../path.ts'
import { PURGE_ROWS } from './maintain-sql.ts'
import type { Settings } from './options.ts'
import type { Context } from './records.ts'

/** Purges in steps of so many rows that none outlasts the statement timeout. Each is done for good. */
export async function purgeExpired(
  { pools, statements }: Context,
  { tombstoneMs, changesMs }: Settings,
  limit: number,
  options: OperationOptions,
): Promise<MaintainResult> {
  const { signal, ...later } = options
  let call = { operation: 'maintain', path: ROOT, writes: true, options }
  for (let removed = 0; ;) {
    const [row = {}] = await pools.run(call, statements.maintain, [tombstoneMs, changesMs, limit - removed, PURGE_ROWS])
    removed += Number(row['removed'])
    if (row['more'] !== true) return { removed, more: false }
    if (removed >= limit || signal?.aborted === true) return { removed, more: true }
    // A signal that fires behind the first step ends the purge and is no failure.
    call = { ...call, options: later }
  }
}
