import type { QueryPage, RecordType, StoreAct } from '@latchless/filesystem'
import type { BudgetTreeRecord } from './budget/tree.ts'
import type { DamagedRecord } from './damaged-record.ts'
import { damageOf } from './damaged-record.ts'

/** What one sweep is about. */
export interface Sweep {
  readonly act: StoreAct
  readonly tree: BudgetTreeRecord
  readonly now: number
  readonly limit: number
}

/** The records beside the tree that are due: those whose place in an index, a time, is before `to`. */
export interface RecordsToSweep<T> {
  readonly type: DamagedRecord['type']
  readonly collection: string
  readonly record: RecordType<T>
  readonly index: string
  readonly to: number
}

export interface SweptRecords {
  readonly done: number
  readonly damaged: readonly DamagedRecord[]
}

/**
 * Handles records that are due, until `limit` of them are done. `handle` resolves with whether it did anything. One that cannot be
 * read is left and reported, and does not count, so that it keeps nothing behind it from being done.
 */
export async function sweepRecords<T>(
  { act, tree, limit }: Sweep,
  { type, collection, record, index, to }: RecordsToSweep<T>,
  handle: (value: T) => Promise<boolean>,
): Promise<SweptRecords> {
  const damaged: DamagedRecord[] = []
  let done = 0
  let after: QueryPage['next']
  do {
    const options = { range: { to: [to] }, after, limit }
    // Without the bodies: a page of them fails as a whole where one cannot be opened.
    const found: QueryPage = await tree.records.run(act, async (filesystem) =>
      filesystem.query(collection, index, options),
    )
    for (const { path } of found.items) {
      if (done === limit) return { done, damaged }
      const value = await tree.records.read(act, path, record).catch((error: unknown) => {
        const code = damageOf(error)
        if (code === undefined) throw error
        damaged.push({ type, id: path.slice(collection.length + 1), code })
      })
      if (value && (await handle(value))) done++
    }
    after = found.next
  } while (after !== undefined && done < limit)
  return { done, damaged }
}
