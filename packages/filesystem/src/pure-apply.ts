import { isDeepStrictEqual } from 'node:util'
import type { Runtime } from './runtime.ts'

/**
 * Asks `apply` for its decision. In development it is asked twice, because one that answers differently over the same record
 * (it drew an id or a time, or keeps state of its own) does so only now and then in production, after a lost race.
 *
 * @throws {TypeError} when two answers differ.
 */
export function decide<T, D>(
  apply: (current: T | undefined) => D | Promise<D>,
  current: T | undefined,
  runtime: Runtime,
): D | Promise<D> {
  const decision = apply(current)
  if (runtime.development !== true) return decision
  if (decision instanceof Promise) return compared(decision, apply, current)
  return same(decision, apply(current))
}

async function compared<T, D>(
  first: Promise<D>,
  apply: (current: T | undefined) => D | Promise<D>,
  current: T | undefined,
): Promise<D> {
  return same(await first, await apply(current))
}

function same<D>(first: D, second: unknown): D {
  if (isDeepStrictEqual(first, second)) return first
  throw new TypeError(
    'Cannot update: apply decided differently when it was run again over the same record; draw ids and times before the call',
  )
}
