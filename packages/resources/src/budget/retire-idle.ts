import type { StoreAct } from '@latchless/filesystem'
import { accountKey, accountKeys, lineageOf } from '../accounts.ts'
import { spentOf } from './account.ts'
import { tell } from './events.ts'
import type { BudgetTree } from './tree-record.ts'
import { IDLE_ACCOUNTS_KEPT, PENDING_EVENTS_MAX, RETIRED_AT_ONCE } from './tree-record.ts'
import { bytesWhenSettled } from './tree-size.ts'

const TENANT = accountKey({})

/**
 * The tree without some of the accounts that nobody uses and that have no limits: threads and missions come and go without end,
 * and the tree must not grow with them. What leaves is told to the ledger, as far as there is room for it: a write that has
 * something else to do never fails over it. The same tree when none leaves.
 */
export function retireIdle(act: StoreAct, tree: BudgetTree, now: number, bytesMax: number): BudgetTree {
  const kept = bytesWhenSettled(tree) > bytesMax ? 0 : IDLE_ACCOUNTS_KEPT
  if (Object.keys(tree.accounts).length <= kept) return tree
  const idle = idleAccounts(tree)
  const count = Math.min(idle.length - kept, RETIRED_AT_ONCE, PENDING_EVENTS_MAX - tree.pending.length)
  if (count <= 0) return tree
  const retired = new Set(idle.slice(0, count))
  const accounts = Object.entries(tree.accounts).filter(([key]) => !retired.has(key))
  return idle.slice(0, count).reduce(
    (next, account) => {
      const spent = spentOf(tree.accounts[account], now)
      return tell(act, next, now, { type: 'account-retired', account, spent })
    },
    { ...tree, accounts: Object.fromEntries(accounts) },
  )
}

/** The keys of accounts that may leave, those used longest ago first, and of those the narrowest first. */
function idleAccounts({ accounts, open }: BudgetTree): readonly string[] {
  // What is used is in use with all that it belongs to, so an account leaves after those that are part of it.
  const lastUses = new Map<string, number>([[TENANT, Number.POSITIVE_INFINITY]])
  const use = (key: string, at: number) => {
    for (const each of lineageOf(key)) lastUses.set(each, Math.max(at, lastUses.get(each) ?? at))
  }
  for (const [key, { limits, updatedAt }] of Object.entries(accounts)) {
    use(key, limits ? Number.POSITIVE_INFINITY : updatedAt)
  }
  for (const key of open.flatMap(({ scope }) => accountKeys(scope))) lastUses.set(key, Number.POSITIVE_INFINITY)
  const lastUse = (key: string) => lastUses.get(key) ?? 0
  return Object.keys(accounts)
    .filter((key) => lastUse(key) < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => lastUse(a) - lastUse(b) || depthOf(b) - depthOf(a) || (a < b ? -1 : 1))
}

function depthOf(key: string): number {
  return lineageOf(key).length
}
