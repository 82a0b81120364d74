import { type CopyProgress, copyStore, openFilesystem } from '@latchless/filesystem'
import { requireWritable, storeReference } from '../config/store-reference.ts'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { jsonLine } from '../output/json-text.ts'
import type { CopyRow } from '../output/rows.ts'
import { openStore, openUnchanged } from '../store.ts'

export interface CopyCommandOptions {
  readonly prefix?: string
  readonly log?: readonly string[]
  readonly overwrite?: true
  readonly dryRun?: true
  readonly verify: boolean
}

const RECORDS_PER_REMARK = 1000

/** Copies the live state of a store into another, and reads it back. */
export async function copy(
  context: Context,
  fromStore: string,
  toStore: string,
  options: CopyCommandOptions,
): Promise<ExitCode> {
  const prefix = parsePrefix(options.prefix)
  const dryRun = options.dryRun ?? false
  const [source, target] = [await urlOf(context, fromStore), await urlOf(context, toStore, !dryRun)]
  await using from = await openStore(source)
  await using to = await (dryRun ? openUnchanged(target) : openFilesystem(target))
  const remarks = new Remarks(context)
  try {
    const report = await copyStore(from, to, {
      prefix,
      logs: options.log ?? [],
      overwrite: options.overwrite ?? false,
      dryRun,
      verify: options.verify,
      onProgress: (progress) => remarks.add(progress),
    })
    const { verification = null, conflictPaths, refusals, logs, ...counts } = report
    const row: CopyRow = {
      type: 'copy',
      v: 1,
      prefix,
      dryRun,
      ...counts,
      conflictPaths: [...conflictPaths],
      refusals: refusals.map((refusal) => ({ ...refusal })),
      logs: logs.map((log) => ({ ...log })),
      verification: verification && { ...verification, paths: [...verification.paths] },
    }
    await remarks.told()
    await print(context, row)
    return exitCodeOf(row)
  } finally {
    await remarks.told()
  }
}

/** The URL of a store that was given by URL or by name. */
async function urlOf(context: Context, named: string, forWriting = false): Promise<string> {
  const reference = await storeReference(context.io, named)
  if (reference && forWriting) requireWritable(reference)
  return reference?.url ?? named
}

/** Progress for people, in order, without making the copy wait for the terminal. */
class Remarks {
  readonly #context: Context
  #last: Promise<void> = Promise.resolve()

  constructor(context: Context) {
    this.#context = context
  }

  add({ phase, done, path }: CopyProgress): void {
    if (phase !== 'logs' && done % RECORDS_PER_REMARK !== 0) return
    const text = phase === 'logs' ? `logs: ${path}` : `${phase}: ${done} records, up to ${path}`
    this.#last = this.#last.then(() => this.#context.remark(text)).catch(() => undefined)
  }

  async told(): Promise<void> {
    await this.#last
  }
}

async function print(context: Context, row: CopyRow): Promise<void> {
  if (context.json) {
    await context.print(jsonLine(row))
    return
  }
  await context.print(`${lines(row).join('\n')}\n`)
  for (const path of row.conflictPaths) await context.remark(`conflict: the target holds something else at ${path}`)
  for (const { code, message } of row.refusals) await context.remark(`refused (${code}): ${message}`)
  const told = new Set([...row.conflictPaths, ...row.refusals.map(({ path }) => path)])
  for (const path of row.verification?.paths ?? []) {
    if (!told.has(path)) await context.remark(`differs, or is missing: ${path}`)
  }
}

function lines(row: CopyRow): string[] {
  const parts = [
    `${row.copied} copied`,
    `${row.unchanged} unchanged`,
    `${row.updated} updated`,
    `${row.overwritten} overwritten`,
    `${row.conflicts} in conflict`,
    `${row.refused} refused`,
  ]
  const did = `${row.dryRun ? 'would copy' : 'copy'} of ${row.records} records, ${row.bytes} bytes: ${parts.join(', ')}`
  const logs = row.logs.map(({ log, entries, last }) => `log ${displayText(log)}: ${entries} entries, up to ${last}`)
  const verified = row.verification
  if (!verified) return [did, ...logs]
  const { compared, different, missing, extra, entries, entriesDifferent } = verified
  const read = `read back ${compared}: ${different} different, ${missing} missing, ${extra} only in the target`
  const readLogs = `read back ${entries} entries of logs: ${entriesDifferent} different or missing`
  return row.logs.length === 0 ? [did, read] : [did, ...logs, read, readLogs]
}

function exitCodeOf({ refused, conflicts, verification }: CopyRow): ExitCode {
  if (refused > 0) return EXIT.refused
  if (conflicts > 0) return EXIT.conflict
  const { different, missing, entriesDifferent } = verification ?? { different: 0, missing: 0, entriesDifferent: 0 }
  return different + missing + entriesDifferent > 0 ? EXIT.partial : EXIT.ok
}
