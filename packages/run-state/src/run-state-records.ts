import type { Filesystem, StoreAct, StoreOptions } from '@latchless/filesystem'
import { StoreRecords } from '@latchless/filesystem'
import type { z } from 'zod'
import type { RunStateErrorCode } from './errors.ts'
import { RunStateError, wrongArgument } from './errors.ts'

/** How long what has ended is kept, 30 days in milliseconds. */
export const RETENTION_MS_DEFAULT = 30 * 24 * 60 * 60 * 1000

/** Records that a sweep handles of each kind of work when the caller does not say. */
export const SWEEP_LIMIT_DEFAULT = 100

/** What all stores of this package take. */
export interface RunStateOptions extends StoreOptions {
  /** Pending requests of one scope at the most. Default `PENDING_MAX_DEFAULT`, at most `PENDING_MAX_LIMIT`. */
  readonly pendingMax?: number | undefined
  /** Milliseconds for which what has ended is kept. Default {@link RETENTION_MS_DEFAULT}. */
  readonly retentionMs?: number | undefined
}

export interface SweepOptions {
  /** Milliseconds since the epoch. Default: the clock of the store. */
  readonly now?: number | undefined
  /** Records that it handles of each kind of work at the most, 1 to 200. Default {@link SWEEP_LIMIT_DEFAULT}. */
  readonly limit?: number | undefined
}

export type RunStateRecords = StoreRecords<RunStateErrorCode>

/** Refuses a mount without compare-and-swap below any of the directories, before anything is read or written. */
export function openRecords(
  filesystem: Filesystem,
  store: string,
  roots: readonly string[],
  options: RunStateOptions,
): RunStateRecords {
  const fail = (...error: ConstructorParameters<typeof RunStateError>) => new RunStateError(...error)
  return new StoreRecords<RunStateErrorCode>(filesystem, { store, roots, fail }, options)
}

/** @throws {RangeError} when it is not a whole number of milliseconds. */
export function retentionOf({ retentionMs = RETENTION_MS_DEFAULT }: RunStateOptions): number {
  if (Number.isSafeInteger(retentionMs) && retentionMs >= 0) return retentionMs
  throw new RangeError('Cannot open run-state: retentionMs must be a whole number of milliseconds')
}

/**
 * An argument in the form that its schema wants.
 *
 * @throws {RunStateError} `invalid-argument`, naming the part that is wrong and never its value.
 */
export function checkArgument<T>(act: StoreAct, name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const part = [name, ...(issue?.path ?? [])].join('.')
  throw wrongArgument(act, `${part} has the wrong form (${issue?.code ?? 'custom'})`)
}
