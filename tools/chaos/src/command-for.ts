import { SABOTAGE_EVERY_DEFAULT } from './faults/sabotage.ts'
import type { ChaosOptions } from './options.ts'

/** The command that runs the same again, for a shell. */
export function commandFor({ backend, seconds, seed, mode, sabotage, storeParent }: ChaosOptions): string {
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
  if (storeParent !== undefined) parts.push(`--directory ${quoted(storeParent)}`)
  return parts.join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
