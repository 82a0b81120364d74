import { type CopyRun, persistently } from './copy-run.ts'
import type { LogCopy } from './copy-report.ts'
import { checkSignal } from './entry.ts'
import { CompactedError } from './errors.ts'
import type { Filesystem, Limits, LogEntry } from './filesystem.ts'
import { sameBody } from './same-entry.ts'

/** Entries that are held in memory at a time. */
const PAGE = 32

/**
 * Copies the entries that the target does not have yet, under the numbers that they have in the source: where the source was
 * trimmed, the target is given empty entries of those numbers, which are trimmed again. Nobody else may append to the target's
 * log meanwhile.
 */
export async function copyLog(run: CopyRun, log: string): Promise<LogCopy> {
  const { from, to, signal } = run
  const oldest = await oldestOf(run, from, log)
  const held = await heldByTarget(run, log, oldest)
  if (held.conflict) return { log, entries: 0, last: held.last, conflict: true }
  let { last } = held
  if (!run.dryRun) last = await skipTrimmed(run, log, last, oldest)
  let entries = 0
  for await (const batch of batchesBehind(run, log, Math.max(last, oldest - 1))) {
    const expected = last + 1
    if (!run.dryRun) {
      const result = await to.append(
        log,
        batch.map(({ body }) => body),
        { signal },
      )
      if (result.first !== expected) return { log, entries, last, conflict: true }
    }
    entries += batch.length
    last = batch.at(-1)?.sequence ?? last
  }
  return { log, entries, last, conflict: false }
}

/** The oldest retained entry; the number after the last one when all are gone. */
async function oldestOf(run: CopyRun, filesystem: Filesystem, log: string): Promise<number> {
  try {
    await persistently(run, () => filesystem.read(log, { after: 0, limit: 1, signal: run.signal }))
    return 1
  } catch (error) {
    if (error instanceof CompactedError && error.oldest !== undefined) return error.oldest
    throw error
  }
}

/** Up to where the target's log is filled. A conflict when what it holds is not what the source holds. */
async function heldByTarget(run: CopyRun, log: string, oldest: number): Promise<{ last: number; conflict: boolean }> {
  let last = (await oldestOf(run, run.to, log)) - 1
  const source = entriesBehind(run, run.from, log, Math.max(last, oldest - 1))
  for await (const entry of entriesBehind(run, run.to, log, last)) {
    // What was trimmed from the source since cannot be compared, and was the same when it was copied.
    if (entry.sequence >= oldest) {
      const next = await source.next()
      if (next.done || next.value.sequence !== entry.sequence || !sameBody(next.value, entry)) {
        return { last, conflict: true }
      }
    }
    last = entry.sequence
  }
  return { last, conflict: false }
}

async function skipTrimmed(run: CopyRun, log: string, last: number, oldest: number): Promise<number> {
  const { to, signal } = run
  if (oldest === 1) return last
  const { appendEntriesMax } = to.capabilities(log).limits
  let filled = last
  while (filled < oldest - 1) {
    checkSignal('copy', log, signal)
    const count = Math.min(appendEntriesMax, oldest - 1 - filled)
    const fillers = Array.from({ length: count }, () => new Uint8Array())
    filled = (await to.append(log, fillers, { signal })).last
  }
  await persistently(run, () => to.trim(log, oldest, { signal }))
  return filled
}

async function* entriesBehind(
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

/** Batches that one append of the target takes. */
async function* batchesBehind(run: CopyRun, log: string, start: number): AsyncGenerator<LogEntry[]> {
  const { appendEntriesMax, bodyBytesMax }: Limits = run.to.capabilities(log).limits
  let batch: LogEntry[] = []
  let bytes = 0
  for await (const entry of entriesBehind(run, run.from, log, start)) {
    if (batch.length > 0 && (batch.length === appendEntriesMax || bytes + entry.body.length > bodyBytesMax)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entry.body.length
  }
  if (batch.length > 0) yield batch
}
