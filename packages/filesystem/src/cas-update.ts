import type { Codec } from './codec.ts'
import type { Decision } from './decision.ts'
import type { Filesystem, Writer } from './filesystem.ts'
import type { Runtime } from './runtime.ts'
import type { Version } from './version.ts'

export interface CasUpdateOptions {
  readonly signal?: AbortSignal | undefined
  /** Names this update: a repeat within the record's memory resolves with the first version and `replayed: true`. */
  readonly opId?: string | undefined
  readonly writer?: Writer | undefined
  /** Overall deadline in milliseconds, a hung store included. Default 15,000. */
  readonly timeoutMs?: number | undefined
  /** Writes attempted at the most. Default 32. */
  readonly attemptsMax?: number | undefined
  readonly runtime?: Runtime | undefined
}

export interface CasUpdateResult<T, Outcome> {
  /** What `apply` returned as its outcome; `undefined` when replayed. */
  readonly outcome: Outcome
  /** The record as of the reported version; `undefined` when absent. */
  readonly value: T | undefined
  /** `undefined` when the path was never written. */
  readonly version: Version | undefined
  readonly changed: boolean
  /** True when the opId was already in the record. */
  readonly replayed: boolean
}

export async function casUpdate<T, D extends Decision<T, unknown>>(
  filesystem: Filesystem,
  path: string,
  codec: Codec<T>,
  apply: (current: T | undefined) => D | Promise<D>,
  options: CasUpdateOptions = {},
): Promise<CasUpdateResult<T, D['outcome']>> {
  throw new Error(`Not yet: ${String([filesystem, path, codec, apply, options])}`)
}
