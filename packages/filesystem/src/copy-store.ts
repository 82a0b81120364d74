import { copyLog } from './copy-log.ts'
import { copyRecord } from './copy-record.ts'
import { type CopyProgress, type CopyReport, emptyTally, type LogCopy, note, noteRefusal } from './copy-report.ts'
import { type CopyRun, eachOf, isAboutOne, livePaths } from './copy-run.ts'
import { verifyCopy } from './copy-verify.ts'
import { checkSignal } from './entry.ts'
import type { Filesystem } from './filesystem.ts'
import { checkPath, checkPrefix } from './path.ts'
import { invalid } from './refusals.ts'
import { type Runtime, systemRuntime } from './runtime.ts'

export interface CopyOptions {
  /** Records strictly below this path are copied. Default `/`: all. */
  readonly prefix?: string | undefined
  /** Logs to copy. The contract has no list of logs, so they are named. */
  readonly logs?: readonly string[] | undefined
  /** Write over records of the target that differ, tombstones too, instead of reporting a conflict. Default false. */
  readonly overwrite?: boolean | undefined
  /** Find out what a copy would do, and write nothing. Default false. */
  readonly dryRun?: boolean | undefined
  /** Read everything back afterwards and compare. Default true. */
  readonly verify?: boolean | undefined
  /** Records in work at a time; each is held in memory twice at the most. Default {@link COPY_CONCURRENCY_DEFAULT}. */
  readonly concurrency?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined
  readonly runtime?: Runtime | undefined
}

export const COPY_CONCURRENCY_DEFAULT = 4

/**
 * Copies the live state of one store into another, between any two backends. Superseded versions and tombstones stay behind;
 * the target gives versions of its own. The version that a record had in the source is kept in the metadata of the copy: its
 * first update has the opId `copy:<old version>` and the old version's writer. The opIds that the source remembers are handed
 * on, so that an update repeated after the move is still recognised.
 *
 * It may be stopped at any time and run again: what is the same already is not written, what the source changed since is
 * brought up to date, and whatever else the target holds is reported as a conflict and left alone. Writers of the source
 * should be stopped before the last run; records deleted in the source after they were copied are counted as `extra`.
 *
 * What is damaged in the source, or cannot be in the target, is refused: it is reported with the reason, and the others are
 * copied. Sealed bodies are bound to their versions, so they are refused: copy through `encrypted` on both sides. A byte-only
 * target takes no records and keeps bodies only, so only these are compared; where either side is byte-only there are no
 * versions to tell an older copy by, so whatever differs is a conflict. Entries of logs keep their order and their numbers, not
 * their times.
 *
 * @throws {FilesystemError} `aborted` when the signal fires; `unavailable` when repeating a call did not help or an append may
 * have landed; `closed`. What was copied before stays, and the next run goes on from there.
 */
export async function copyStore(from: Filesystem, to: Filesystem, options: CopyOptions = {}): Promise<CopyReport> {
  const run = runOf(from, to, options)
  checkSignal('copy', run.prefix, run.signal)
  const tally = emptyTally()
  await eachOf(run, 'copy', livePaths(from, run), ({ path }) => copyRecord(run, path, tally))
  const logs: LogCopy[] = []
  let done = 0
  for (const log of new Set(options.logs)) {
    try {
      const copied = await copyLog(run, log)
      if (copied.conflict) note(tally.conflictPaths, log)
      if (copied.conflict) tally.conflicts++
      logs.push(copied)
    } catch (error) {
      if (!isAboutOne(error)) throw error
      noteRefusal(tally, log, error)
    }
    run.onProgress?.({ phase: 'logs', done: ++done, path: log })
  }
  const verified = (options.verify ?? true) && !run.dryRun
  return { ...tally, logs, verification: verified ? await verifyCopy(run, logs) : undefined }
}

function runOf(from: Filesystem, to: Filesystem, options: CopyOptions): CopyRun {
  const { prefix = '/', concurrency = COPY_CONCURRENCY_DEFAULT, logs = [] } = options
  checkPrefix(prefix, 'copy')
  for (const log of logs) checkPath(log, 'copy')
  if (!Number.isSafeInteger(concurrency) || concurrency < 1 || concurrency > 64) {
    throw invalid('copy', prefix, 'concurrency must be a whole number from 1 to 64')
  }
  if (from === to) throw invalid('copy', prefix, 'the source and the target are the same filesystem')
  return {
    from,
    to,
    prefix,
    concurrency,
    overwrite: options.overwrite ?? false,
    dryRun: options.dryRun ?? false,
    signal: options.signal,
    runtime: options.runtime ?? systemRuntime,
    onProgress: options.onProgress,
  }
}
