import { OrderSearch } from './order-search.ts'
import type { Linearizability, RegisterOperation } from './register.ts'

const STEPS_MAX_DEFAULT = 2_000_000

/**
 * Whether the calls can be put in one order that respects real time and in which each one did what a register with
 * compare-and-swap and delete does. The search is that of Wing and Gong with the memory of Lowe: a state that was reached
 * by the same set of calls is not tried again.
 */
export function checkRegister(operations: readonly RegisterOperation[], stepsMax = STEPS_MAX_DEFAULT): Linearizability {
  return new OrderSearch(operations, stepsMax).run()
}
