import type { Sabotage } from './faults/sabotage.ts'
import type { Mode } from './workload/client.ts'

export const BACKENDS = ['memory', 'local', 'sqlite', 'postgres'] as const
export type Backend = (typeof BACKENDS)[number]
export const MODES: readonly Mode[] = ['combine', 'plain']

export interface ChaosOptions {
  readonly backend: Backend
  /** How long workers work. Starting, ending and checking come on top. */
  readonly seconds: number
  readonly seed: number
  readonly mode: Mode
  readonly sabotage?: { readonly sabotage: Sabotage; readonly every: number } | undefined
  /** Where the store is made; a memory file system of its own, or the temporary directory, when absent. */
  readonly storeParent?: string | undefined
  /** Keeps histories and traces of a run without violations too. */
  readonly keep?: boolean | undefined
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}
