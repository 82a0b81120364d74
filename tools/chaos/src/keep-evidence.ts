import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mark } from '@latchless/demo'
import { mergeTraceFiles } from '@latchless/demo'
import type { RunDirectories } from './chaos.ts'
import { SABOTAGE_EVERY_DEFAULT } from './faults/sabotage.ts'
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

function commandFor({ backend, seconds, seed, mode, sabotage, storeParent }: ChaosOptions): string {
  const parts = [
    'npx -y pnpm@12 chaos',
    `--backend ${backend}`,
    `--seconds ${seconds}`,
    `--seed ${seed}`,
    `--mode ${mode}`,
  ]
  if (sabotage) {
    parts.push(`--sabotage ${sabotage.sabotage}`)
    if (sabotage.every !== SABOTAGE_EVERY_DEFAULT) parts.push(`--sabotage-every ${sabotage.every}`)
  }
  if (storeParent !== undefined) parts.push(`--directory ${storeParent}`)
  return parts.join(' ')
}
