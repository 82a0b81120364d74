import type { CasUpdateOptions, Filesystem, Runtime } from '@latchless/filesystem'
import { CasUpdateError, FilesystemError, LatchlessError } from '@latchless/filesystem'
import type { SeededRandom } from '@latchless/filesystem/testing'
import type { Journal } from '../history/journal.ts'
import type { Places } from './places.ts'

/** Whether `casUpdate` folds the updates of a process, or each is on its own. */
export type Mode = 'combine' | 'plain'

/** What one client of a worker works with. */
export interface Client {
  /** Unique in the run. */
  readonly name: string
  readonly filesystem: Filesystem
  readonly random: SeededRandom
  readonly runtime: Runtime
  readonly journal: Journal
  readonly places: Places
  readonly mode: Mode
  /** Fires when no new operation is to begin. */
  readonly finish: AbortSignal
  /** A name that nobody else uses. */
  nextName(): string
}

/** How often something is sent again whose outcome is not known. */
export const REPEATS_MAX = 4
const UPDATE_TIMEOUT_MS = 4000

export function updateOptions({ mode, runtime }: Client, opId?: string): CasUpdateOptions {
  return { combine: mode === 'combine', runtime, timeoutMs: UPDATE_TIMEOUT_MS, ...(opId === undefined ? {} : { opId }) }
}

/** True with this probability. */
export function chance({ random }: Client, probability: number): boolean {
  return random.fraction() < probability
}

/** One of them. */
export function oneOf<Item>({ random }: Client, ...items: readonly [Item, ...Item[]]): Item {
  return items[random.below(items.length)] ?? items[0]
}

/** A slot, the first ones more often than the others. */
export function slotOf({ random }: Client, hot: number, cold: number): number {
  return random.below(4) > 0 ? random.below(hot) : hot + random.below(cold)
}

const EXPECTED_CODES = new Set(['conflict', 'unavailable', 'compacted', 'aborted'])
const EXPECTED_UPDATE_CODES = new Set(['timeout', 'retries-exhausted', 'overloaded', 'unknown-outcome', 'aborted'])

/** Whether a caller has to reckon with this error while things break; any other is a finding. */
export function isExpected(error: unknown): boolean {
  if (error instanceof FilesystemError) return EXPECTED_CODES.has(error.code)
  if (error instanceof CasUpdateError && error.code === 'backend') return isExpected(error.cause)
  return error instanceof CasUpdateError && EXPECTED_UPDATE_CODES.has(error.code)
}

export function isUnknown(error: unknown): boolean {
  return error instanceof LatchlessError && error.retry === 'unknown'
}
