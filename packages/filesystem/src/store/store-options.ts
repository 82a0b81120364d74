import type { CasUpdateOptions } from '../update-options.ts'

/** What every store takes beside its filesystem. */
export interface StoreOptions {
  /** Milliseconds since the epoch. Default: the wall clock of `update.runtime`, which is the system's unless given. */
  readonly now?: (() => number) | undefined
  /** A new identifier, never given before. Default: 128 random bits as 32 hex digits. */
  readonly newId?: (() => string) | undefined
  /** For every update of the store, unless the call says otherwise. */
  readonly update?: CasUpdateOptions | undefined
}
