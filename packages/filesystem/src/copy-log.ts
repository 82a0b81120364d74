import { entriesBehind, goesOnWith, oldestOf } from './copy-log-reading.ts'
import type { LogCopy } from './copy-report.ts'
import { type CopyRun, persistently } from './copy-run.ts'
import { checkSignal } from './entry.ts'
import type { Filesystem, Limits, LogEntry } from './filesystem.ts'
import { tooLarge, unsupported } from './refusals.ts'

/**
 * Copies the entries that the target does not have yet, under the numbers that they have in the source: where the source was
 * trimmed, the target is given empty entries of those numbers, which are trimmed again. Nobody else may append to the target's
 * log meanwhile.
 */
export async function copyLog(run: CopyRun, log: string): Promise<LogCopy> {
  const { from, to, signal } = run
  const { backend, log: takesLogs } = to.capabilities(log)
  if (!takesLogs) throw unsupported(backend, 'append', log)
  const oldest = await oldestOf(run, from, log)
  const held = await heldByTarget(run, log, oldest)
  if (held.conflict) return { log, entries: 0, last: held.last, conflict: true }
  let { last } = held
  if (!run.dryRun) last = await skipTrimmed(run, log, last, oldest)
  let entries = 0
  for await (const batch of batchesBehind(run, log, Math.max(last, oldest - 1))) {
    const expected = last + 1
    if (!run.dryRun) {
      const bodies = batch.map(({ body }) => body)
      const result = await persistently(run, () => to.append(log, bodies, { signal }), 'once')
      if (result.first !== expected) return { log, entries, last, conflict: true }
    }
    entries += batch.length
    last = batch.at(-1)?.sequence ?? last
  }
  return { log, entries, last, conflict: false }
}

/** Up to where the target's log is filled. A conflict when what it holds is not known to be what the source held. */
async function heldByTarget(run: CopyRun, log: string, oldest: number): Promise<{ last: number; conflict: boolean }> {
  const start = (await oldestOf(run, run.to, log)) - 1
  const source = entriesBehind(run, run.from, log, Math.max(start, oldest - 1))
  // What was trimmed from the source cannot be compared. It is a copy when what follows is the same, or a filler of ours.
  let unknown = false
  let proven = false
  let last = start
  for await (const entry of entriesBehind(run, run.to, log, start)) {
    const filled = entry.body.length > 0
    if (entry.sequence < oldest) unknown ||= filled
    else if (await goesOnWith(entry, source)) proven ||= filled
    else return { last: unknown && !proven ? start : last, conflict: true }
    last = entry.sequence
  }
  if (unknown && !proven) return { last: start, conflict: true }
  const isBeyond = last === start && last >= oldest && !(await holds(run, run.from, log, last))
  return { last, conflict: isBeyond }
}

async function holds(run: CopyRun, filesystem: Filesystem, log: string, sequence: number): Promise<boolean> {
  for await (const _ of entriesBehind(run, filesystem, log, sequence - 1)) return true
  return false
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
    filled = (await persistently(run, () => to.append(log, fillers, { signal }), 'once')).last
  }
  await persistently(run, () => to.trim(log, oldest, { signal }))
  return filled
}

/** Batches that one append of the target takes. */
async function* batchesBehind(run: CopyRun, log: string, start: number): AsyncGenerator<LogEntry[]> {
  const { appendEntriesMax, bodyBytesMax }: Limits = run.to.capabilities(log).limits
  let batch: LogEntry[] = []
  let bytes = 0
  for await (const entry of entriesBehind(run, run.from, log, start)) {
    const size = entry.body.length
    if (size > bodyBytesMax) {
      const problem = `entry ${entry.sequence} of ${size} bytes exceeds the limit of ${bodyBytesMax}`
      throw tooLarge('append', log, problem)
    }
    if (batch.length > 0 && (batch.length === appendEntriesMax || bytes + size > bodyBytesMax)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
