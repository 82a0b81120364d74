import { type CopyRun, persistently } from './copy-run.ts'
import { checkSignal } from './entry.ts'
import { CompactedError } from './errors.ts'
import type { Filesystem, LogEntry } from './filesystem.ts'
import { sameBody } from './same-entry.ts'

/** Entries that are held in memory at a time. */
const PAGE = 32

/** The oldest retained entry; the number after the last one when all are gone. */
export async function oldestOf(run: CopyRun, filesystem: Filesystem, log: string): Promise<number> {
  try {
    await persistently(run, () => filesystem.read(log, { after: 0, limit: 1, signal: run.signal }))
    return 1
  } catch (error) {
    if (error instanceof CompactedError && error.oldest !== undefined) return error.oldest
    throw error
  }
}

export async function* entriesBehind(
  run: CopyRun,
  filesystem: Filesystem,
  log: string,
  start: number,
): AsyncGenerator<LogEntry> {
  const limit = Math.min(PAGE, filesystem.capabilities(log).limits.pageSizeMax)
  for (let after: number | undefined = start; after !== undefined;) {
    const behind: number = after
    checkSignal('copy', log, run.signal)
    const page = await persistently(run, () => filesystem.read(log, { after: behind, limit, signal: run.signal }))
    yield* page.entries
    after = page.next
  }
}

/** Whether the other log goes on with the same entry under the same number. */
export async function goesOnWith(entry: LogEntry, other: AsyncGenerator<LogEntry>): Promise<boolean> {
  const next = await other.next()
  return !next.done && next.value.sequence === entry.sequence && sameBody(next.value, entry)
}
