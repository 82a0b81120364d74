import {
  type Account,
  accountKeys,
  type Amounts,
  type BudgetTree,
  type Period,
  periodEnd,
  periodOf,
  sumOf,
  windowStart,
} from '@latchless/resources'

/** What an account of a tree has used and holds at a moment, as the store itself would judge it. */
export interface AccountUse {
  readonly key: string
  readonly account: Account | undefined
  readonly period: Period
  readonly periodEndMs: number | undefined
  readonly spent: Amounts
  readonly reserved: Amounts
}

/** Every account of the tree, and every one that something is reserved from, by key. */
export function accountUses(tree: BudgetTree, nowMs: number): AccountUse[] {
  const keys = new Set(Object.keys(tree.accounts))
  const holds = tree.open
    .filter(({ expiresAt }) => nowMs < expiresAt)
    .map((hold) => ({ hold, in: accountKeys(hold.scope) }))
  for (const hold of holds) for (const key of hold.in) keys.add(key)
  return Array.from(keys, (key) => {
    const account = tree.accounts[key]
    const period = periodOf(account)
    return {
      key,
      account,
      period,
      periodEndMs: orUndefined(() => periodEnd(period, nowMs)),
      spent: sumOf(countedSlots(account, period, nowMs).map(({ spent }) => spent)),
      reserved: sumOf(holds.filter((hold) => hold.in.includes(key)).map(({ hold }) => hold.estimate)),
    }
  }).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

// Slots that are over do not count. Where this program does not know the time zone, all of them do.
function countedSlots(account: Account | undefined, period: Period, nowMs: number): Account['slots'] {
  const from = orUndefined(() => windowStart(period, nowMs)) ?? Number.NEGATIVE_INFINITY
  return account?.slots.filter(({ start }) => start >= from) ?? []
}

function orUndefined<R>(work: () => R): R | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
