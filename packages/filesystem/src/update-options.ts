import type { Lane, UpdateInfo, Writer } from './filesystem.ts'
import type { Runtime } from './runtime.ts'
import type { Version } from './version.ts'

export interface CasUpdateOptions {
  /** Fires before a write is sent: rejects with `aborted`. Fires later: the reply of the write is still awaited. */
  readonly signal?: AbortSignal | undefined
  /** Names this update: a repeat within the record's memory resolves with the first version and `replayed: true`. */
  readonly opId?: string | undefined
  readonly writer?: Writer | undefined
  /** `critical` for what must not wait behind other work, such as the heartbeat of a lease. Default `normal`. */
  readonly lane?: Lane | undefined
  /** Overall deadline in milliseconds, a hung store or `apply` included. Default {@link TIMEOUT_MS_DEFAULT}. */
  readonly timeoutMs?: number | undefined
  /**
   * Writes attempted at the most; a busy store does not use them up. Default {@link ATTEMPTS_MAX_DEFAULT} in the plain mode,
   * {@link COMBINED_ATTEMPTS_MAX_DEFAULT} otherwise.
   */
  readonly attemptsMax?: number | undefined
  /**
   * Whether it may be folded with other updates of the record in this process into one version. False is the plain mode:
   * each update on its own, its attempts counted. Default: that of the codec.
   */
  readonly combine?: boolean | undefined
  readonly runtime?: Runtime | undefined
}

export const TIMEOUT_MS_DEFAULT = 15_000
export const ATTEMPTS_MAX_DEFAULT = 32
/** In the default mode time is the limit; this many lost attempts only end what never would. */
export const COMBINED_ATTEMPTS_MAX_DEFAULT = 1000

export interface CasUpdateResult<T, Outcome> {
  /** What `apply` returned beside its decision; `undefined` when replayed. */
  readonly outcome: Outcome
  /**
   * The record after this update, deep-frozen; `undefined` when absent or replayed. Later updates that are folded into the
   * same version may have changed it further.
   */
  readonly value: T | undefined
  /** `undefined` when the path was never written. */
  readonly version: Version | undefined
  readonly changed: boolean
  /** True when the opId was already in the record: `apply` did not run and nothing was written. */
  readonly replayed: boolean
}

/** How a version names an update of these options. */
export function updateInfo({ opId, writer }: CasUpdateOptions): UpdateInfo {
  return { ...(opId === undefined ? {} : { opId }), ...(writer === undefined ? {} : { writer }) }
}
