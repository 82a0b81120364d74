import type { Filesystem } from '@latchless/filesystem'
import { shellWord } from '../model/shell-word.ts'

/** Records that are looked at when nobody says how many. */
export const RECORDS_MAX_DEFAULT = 10_000

/** What the doctor looks at. */
export interface Subject {
  /** Absent when it did not open. */
  readonly store: Filesystem | undefined
  /** Why it did not. */
  readonly openError?: unknown
  /** As `--store` names it, without a password: for commands. */
  readonly storeName: string
  /** Where it lies, with what is needed to get in: never shown. Absent where nobody knows. */
  readonly url: string | undefined
  readonly writable: boolean
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Records that are looked at at the most. */
  readonly recordsMax: number
  /** Files with recorded traces. */
  readonly traces: readonly string[]
  readonly signal: AbortSignal
  readonly surroundings: Surroundings
}

export interface Surroundings {
  /** As `process.version` has it. */
  readonly nodeVersion: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user that it runs as; absent where there are none. */
  readonly uid: number | undefined
  /** The size of the terminal; absent without one. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined
}

/** A command that tells more, as it can be given to a shell. */
export function command({ storeName }: Pick<Subject, 'storeName'>, ...words: readonly string[]): string {
  return ['inspector', '--store', storeName, ...words].map(shellWord).join(' ')
}
