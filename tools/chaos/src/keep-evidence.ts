import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mark } from '@latchless/demo'
import { mergeTraceFiles } from '@latchless/demo'
import type { RunDirectories } from './chaos.ts'
import { commandFor } from './command-for.ts'
import type { ChaosOptions } from './options.ts'
import type { ChaosReport } from './report.ts'

/** A trace is merged in memory, so only the first of the epochs with findings is. */
const EPOCHS_MERGED = 1

/** Merges the traces of what went wrong, and tells where everything is. */
export async function keepEvidence(
  { histories, traces, root }: RunDirectories,
  options: ChaosOptions,
  guilty: readonly number[],
  marks: readonly Mark[],
): Promise<NonNullable<ChaosReport['kept']>> {
  const epochs = new Set(guilty.slice(0, EPOCHS_MERGED))
  const files = (await readdir(traces)).filter((file) => epochs.has(Number(file.split('.')[0])))
  const trace = join(root, 'trace.castrace.jsonl')
  if (files.length > 0) {
    await mergeTraceFiles(
      files.map((file) => join(traces, file)),
      trace,
      marks,
    )
  }
  return { histories, trace: files.length > 0 ? trace : traces, reproduce: commandFor(options) }
}
