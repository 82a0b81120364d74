import type { Context } from '../context.ts'
import { recordCommits } from '../contention/record-commits.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { holdInterrupts } from '../interrupts.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { jsonLine } from '../output/json-text.ts'
import type { RecordingRow } from '../output/rows.ts'

export interface RecordCommandOptions {
  readonly output: string
  /** Milliseconds. */
  readonly for?: number
  readonly max?: number
}

/** Records what is committed in a store, until it is told to stop or has enough. */
export async function record(
  context: Context,
  prefixArgument: string | undefined,
  options: RecordCommandOptions,
): Promise<ExitCode> {
  const prefix = parsePrefix(prefixArgument)
  const { output: file, for: forMs, max } = options
  return await context.withStore(async (store) => {
    using interrupts = holdInterrupts()
    await context.remark(`recording what is committed below ${prefix}; ctrl-c ends it`)
    const { commits, missing } = await recordCommits(store, prefix, file, {
      signal:
        forMs === undefined ? interrupts.signal : AbortSignal.any([interrupts.signal, AbortSignal.timeout(forMs)]),
      nowMs: () => Date.now(),
      max,
    })
    const row: RecordingRow = { type: 'recording', v: 1, file, prefix, commits, missing }
    await context.print(context.json ? jsonLine(row) : `${recordedText(row)}\n`)
    return interrupts.exitCode ?? EXIT.ok
  })
}

function recordedText({ file, commits, missing }: RecordingRow): string {
  const gaps = missing === 0 ? '' : `; ${missing} more were not retained for long enough`
  return displayText(`recorded ${commits} commits in ${file}${gaps}`)
}
