import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { checkEpoch } from './check/check-epoch.ts'
import type { Successes, Work } from './check/successes.ts'
import { successesIn, WORKS } from './check/successes.ts'
import { countUnresolved } from './check/versions.ts'
import type { EpochHistory } from './history/epoch.ts'
import { epochsIn, readEpoch } from './history/epoch.ts'
import { readFinal } from './history/final.ts'
import type { ChaosOptions } from './options.ts'
import type { Finding } from './report.ts'

export interface RunResult {
  readonly findings: readonly Finding[]
  /** The epochs that they are in. */
  readonly guilty: readonly number[]
  readonly operations: number
  readonly successes: Successes
  /** The kinds of work that the backend has. */
  readonly works: readonly Work[]
  readonly unknown: number
  readonly unknownUnresolved: number
  readonly faults: Readonly<Record<string, number>>
}

/** Checks a run epoch by epoch, so that only one is in memory at a time. */
export async function checkRun(
  filesystem: Filesystem,
  { histories }: { readonly histories: string },
  options: Pick<ChaosOptions, 'onProgress'>,
): Promise<RunResult> {
  const findings: Finding[] = []
  const guilty: number[] = []
  const faults: Record<string, number> = {}
  const successes: Record<Work, number> = { write: 0, casUpdate: 0, append: 0, transact: 0 }
  let operations = 0
  let unknown = 0
  let unknownUnresolved = 0
  const epochs = await epochsIn(histories)
  for (const epoch of epochs) {
    options.onProgress(`checking ${epoch + 1} of ${epochs.length}`)
    const history = await readEpoch(histories, epoch)
    const final = await readFinal(filesystem, history)
    const found = checkEpoch(history, final)
    if (found.length > 0) {
      guilty.push(epoch)
      // What the store held goes beside the histories, so that a finding can be checked again without the store.
      await writeFile(join(histories, `${epoch}.final.json`), JSON.stringify(final))
    }
    findings.push(...found)
    operations += history.answered
    const succeeded = successesIn(history)
    for (const work of WORKS) successes[work] += succeeded[work]
    unknown += unknownIn(history)
    unknownUnresolved += countUnresolved(history, final)
    for (const [kind, times] of Object.entries(history.faults)) faults[kind] = (faults[kind] ?? 0) + times
  }
  return { findings, guilty, operations, successes, works: worksOf(filesystem), unknown, unknownUnresolved, faults }
}

function unknownIn({ writes, appends, updates }: EpochHistory): number {
  const open = [...appends, ...updates].filter(({ answer }) => !answer || answer.outcome === 'unknown')
  return open.length + writes.filter(({ outcome }) => outcome === 'unknown').length
}

function worksOf(filesystem: Filesystem): Work[] {
  const { log, transact } = filesystem.capabilities('/')
  return WORKS.filter((work) => (work === 'append' ? log : work === 'transact' ? transact : true))
}
