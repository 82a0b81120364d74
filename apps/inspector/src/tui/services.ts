import type { Filesystem } from '@latchless/filesystem'
import type { Action } from './action.ts'

/** What the shell takes from its terminal and its process, so that tests can do without both. */
export interface Services {
  readonly store: Filesystem
  readonly storeName: string
  /** Where it lies, with a password where it has one: never shown. Absent where nobody knows. */
  readonly storeUrl?: string | undefined
  readonly writable: boolean
  nowMs(): number
  /** Calls back once, unless the inspector has ended. */
  after(ms: number, call: () => void): void
  quit(exitCode: number): void
  /** Gives the terminal back to the shell that started the inspector, until that continues it. */
  suspend(): void
  /** Draws everything anew. */
  repaint(): void
  /** Resolves with what to say about it. @throws when no clipboard takes it. */
  copy(text: string, what: string): Promise<string>
  edit(name: string, bytes: Uint8Array): Promise<void>
  /** What can be set about the terminal: theme, mouse. */
  settings(): readonly Action[]
}
