import type { StoreAct } from '@latchless/filesystem'
import { refuse } from './errors.ts'

/** How long something holds, in milliseconds. @throws {BudgetError} `invalid-argument` unless it is a whole number from 1 to `maxMs`. */
export function checkTtl(act: StoreAct, ttlMs: number, maxMs: number): number {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= 1 && ttlMs <= maxMs) return ttlMs
  throw refuse('invalid-argument', act, `its ttlMs must be a whole number from 1 to ${maxMs}`)
}
