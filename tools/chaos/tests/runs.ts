import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import type { ChaosOptions, ChaosReport } from '@latchless/chaos'
import { runChaos } from '@latchless/chaos'

/** A short run with seed 1. */
export function run(options: Pick<ChaosOptions, 'backend' | 'seconds'> & Partial<ChaosOptions>): Promise<ChaosReport> {
  const { signal } = new AbortController()
  return runChaos({ seed: 1, mode: 'combine', signal, onProgress: () => {}, ...options })
}

/** What runs have left in the temporary directory. */
export async function leftovers(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('latchless-chaos-'))
}
