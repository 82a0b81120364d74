import type { StoreAct } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { accountKey } from '../accounts.ts'
import type { Amounts, Dimension } from '../amounts.ts'
import { DIMENSIONS, sumOf } from '../amounts.ts'
import type { AccountState } from '../decision.ts'
import { accountState, holdsOf } from './account.ts'
import type { BudgetTree } from './tree-record.ts'

export interface AccountSnapshot extends AccountState {
  /** What it has spent and reserved beyond its limits. As long as there is something, it denies every reservation. */
  readonly overdrawn: Amounts
}

/** An account at a moment; `undefined` when the tree holds nothing of it. */
export function snapshotOf(
  act: StoreAct,
  tree: BudgetTree,
  scope: BudgetScope,
  now: number,
): AccountSnapshot | undefined {
  if (!tree.accounts[accountKey(scope)] && holdsOf(tree, scope, now).length === 0) return undefined
  const state = accountState(act, tree, scope, now)
  const used = sumOf(act, [state.spent, state.reserved])
  const beyond = DIMENSIONS.flatMap((dimension): [Dimension, number][] => {
    const limit = state.limits?.max[dimension] ?? 'unlimited'
    const excess = limit === 'unlimited' ? 0 : (used[dimension] ?? 0) - limit
    return excess > 0 ? [[dimension, excess]] : []
  })
  return { ...state, overdrawn: Object.fromEntries(beyond) }
}
