import type { Codec } from './codec.ts'
import { combinedUpdate } from './combine/combined-update.ts'
import type { Decision } from './decision.ts'
import type { Filesystem } from './filesystem.ts'
import { DEFAULT_LIMITS } from './filesystem.ts'
import { checkPath } from './path.ts'
import { plainUpdate } from './plain-update.ts'
import { systemRuntime } from './runtime.ts'
import type { CasUpdateOptions, CasUpdateResult } from './update-options.ts'

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
 * @throws {FilesystemError} `corrupt`, `key-missing`, `schema-too-new`, `invalid-record`, `too-large` or
 * `invalid-argument`: nothing written.
 */
export async function casUpdate<T, D extends Decision<T, unknown>>(
  filesystem: Filesystem,
  path: string,
  codec: Codec<T>,
  apply: (current: T | undefined) => D | Promise<D>,
  options: CasUpdateOptions = {},
): Promise<CasUpdateResult<T, D['outcome']>> {
  // Its form only: how long it may be is for the filesystem to say.
  checkPath(path, 'update', ANY_LENGTH)
  checkLimit('timeoutMs', options.timeoutMs)
  checkLimit('attemptsMax', options.attemptsMax)
  const call = { filesystem, path, codec, apply, options, runtime: options.runtime ?? systemRuntime }
  const combine = options.combine ?? codec.combine ?? true
  return combine ? combinedUpdate(call) : plainUpdate(call)
}

const ANY_LENGTH = { ...DEFAULT_LIMITS, pathBytesMax: Infinity, segmentBytesMax: Infinity }

/** Where Node's timers overflow; far beyond any sensible limit. */
const LIMIT_MAX = 2 ** 31 - 1

function checkLimit(name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0 && value <= LIMIT_MAX))
    throw new RangeError(`Cannot update: ${name} must be above 0 and at most ${LIMIT_MAX}: current value is ${value}`)
}
