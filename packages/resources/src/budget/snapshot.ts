import type { BudgetScope } from '../accounts.ts'
import { accountKey } from '../accounts.ts'
import type { Amounts, Dimension } from '../amounts.ts'
import { DIMENSIONS } from '../amounts.ts'
import type { AccountState } from '../decision.ts'
import { accountState, holdsOf } from './account.ts'
import type { BudgetTree } from './tree-record.ts'

export interface AccountSnapshot extends AccountState {
  /** What it has spent and reserved beyond its limits. As long as there is something, it denies every reservation. */
  readonly overdrawn: Amounts
}

/** An account at a moment; `undefined` when the tree holds nothing of it. */
export function snapshotOf(tree: BudgetTree, scope: BudgetScope, now: number): AccountSnapshot | undefined {
  if (!tree.accounts[accountKey(scope)] && holdsOf(tree, scope, now).length === 0) return undefined
  const state = accountState(tree, scope, now)
  const beyond = DIMENSIONS.flatMap((dimension): [Dimension, number][] => {
    const limit = state.limits?.max[dimension] ?? 'unlimited'
    const used = (state.spent[dimension] ?? 0) + (state.reserved[dimension] ?? 0)
    const excess = limit === 'unlimited' ? 0 : used - limit
    return excess > 0 ? [[dimension, Math.min(excess, Number.MAX_SAFE_INTEGER)]] : []
  })
  return { ...state, overdrawn: Object.fromEntries(beyond) }
}
