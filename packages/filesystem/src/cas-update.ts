import type { Codec } from './codec.ts'
import { UpdateRun } from './cas-update-run.ts'
import type { Decision } from './decision.ts'
import { CasUpdateError } from './errors.ts'
import type { Filesystem, Writer } from './filesystem.ts'
import { checkPath } from './path.ts'
import type { Runtime } from './runtime.ts'
import { systemRuntime } from './runtime.ts'
import type { Version } from './version.ts'

export interface CasUpdateOptions {
  /** Fires before a write is sent: rejects with `aborted`. Fires later: the reply of the write is still awaited. */
  readonly signal?: AbortSignal | undefined
  /** Names this update: a repeat within the record's memory resolves with the first version and `replayed: true`. */
  readonly opId?: string | undefined
  readonly writer?: Writer | undefined
  /** Overall deadline in milliseconds, a hung store or `apply` included. Default {@link TIMEOUT_MS_DEFAULT}. */
  readonly timeoutMs?: number | undefined
  /** Writes attempted at the most; a busy store does not use them up. Default {@link ATTEMPTS_MAX_DEFAULT}. */
  readonly attemptsMax?: number | undefined
  readonly runtime?: Runtime | undefined
}

export const TIMEOUT_MS_DEFAULT = 15_000
export const ATTEMPTS_MAX_DEFAULT = 32

export interface CasUpdateResult<T, Outcome> {
  /** What `apply` returned beside its decision; `undefined` when replayed. */
  readonly outcome: Outcome
  /** The record as of the reported version, deep-frozen; `undefined` when absent or replayed. */
  readonly value: T | undefined
  /** `undefined` when the path was never written. */
  readonly version: Version | undefined
  readonly changed: boolean
  /** True when the opId was already in the record: `apply` did not run and nothing was written. */
  readonly replayed: boolean
}

/**
 * The one way to change a record: reads the head, lets `apply` decide, and writes under exactly the version it read; after
 * a lost race it goes on from the winner. No lock is held at any time, so a stalled caller delays nobody.
 *
 * `apply` may be async. It runs again on every attempt, so it must not act on the outside world; draw ids and times before
 * the call. What it throws reaches the caller unchanged and nothing is written. Its argument is deep-frozen.
 *
 * After a lost reply the identical write is sent again and recognised by its writeId, so an update is never applied twice.
 *
 * @throws {CasUpdateError} see the codes of `CasUpdateErrorCode`.
 * @throws {FilesystemError} `corrupt`, `schema-too-new`, `invalid-record`, `too-large`, `invalid-argument`: nothing written.
 */
export async function casUpdate<T, D extends Decision<T, unknown>>(
  filesystem: Filesystem,
  path: string,
  codec: Codec<T>,
  apply: (current: T | undefined) => D | Promise<D>,
  options: CasUpdateOptions = {},
): Promise<CasUpdateResult<T, D['outcome']>> {
  checkPath(path, 'update')
  checkLimit('timeoutMs', options.timeoutMs)
  checkLimit('attemptsMax', options.attemptsMax)
  const runtime = options.runtime ?? systemRuntime
  const run = new UpdateRun<T, D>(
    filesystem,
    path,
    codec,
    apply,
    runtime,
    options,
    options.attemptsMax ?? ATTEMPTS_MAX_DEFAULT,
  )
  const timer = new AbortController()
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT
  const never = new Promise<never>(() => {})
  // The loser of this race goes on unseen; UpdateRun starts nothing new once it is told that the call has ended.
  const deadline = runtime.sleep(timeoutMs, timer.signal).then(
    () => {
      if (!run.hasLanded) throw run.timedOut(timeoutMs)
      return never
    },
    () => never,
  )
  const abort = Promise.withResolvers<never>()
  const onAbort = () => {
    // A write in flight is awaited, so that "aborted" never hides a write.
    if (!run.isWriting) abort.reject(run.aborted())
  }
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([run.start(timeoutMs), deadline, abort.promise])
  } catch (error) {
    run.traceEnd(error instanceof CasUpdateError ? error.code : 'error')
    throw error
  } finally {
    run.end()
    timer.abort()
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** Where Node's timers overflow; far beyond any sensible limit. */
const LIMIT_MAX = 2 ** 31 - 1

function checkLimit(name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0 && value <= LIMIT_MAX))
    throw new RangeError(`Cannot update: ${name} must be above 0 and at most ${LIMIT_MAX}: current value is ${value}`)
}
