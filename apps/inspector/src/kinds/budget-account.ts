import {
  type Account,
  accountKey,
  type Amounts,
  type BudgetTree,
  DIMENSIONS,
  type Period,
  periodEnd,
  type Reservation,
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

const LIFETIME: Period = { type: 'lifetime' }

/** Every account of the tree, and every one that something is reserved from, by key. */
export function accountUses(tree: BudgetTree, nowMs: number): AccountUse[] {
  const keys = new Set(Object.keys(tree.accounts))
  const holds = tree.open.filter(({ expiresAt }) => nowMs < expiresAt).map((hold) => ({ hold, in: keysOf(hold) }))
  for (const hold of holds) for (const key of hold.in) keys.add(key)
  return Array.from(keys, (key) => {
    const account = tree.accounts[key]
    const period = account?.limits?.period ?? LIFETIME
    return {
      key,
      account,
      period,
      periodEndMs: orUndefined(() => periodEnd(period, nowMs)),
      spent: sumOf(countedSlots(account, period, nowMs).map(({ spent }) => spent)),
      reserved: sumOf(holds.filter((hold) => hold.in.has(key)).map(({ hold }) => hold.estimate)),
    }
  }).toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** The accounts that a reservation is charged to. Each key is the beginning of the next. */
function keysOf({ scope }: Reservation): Set<string> {
  const parts = accountKey(scope).split('/')
  return new Set(parts.map((_, at) => parts.slice(0, at + 1).join('/')))
}

// Slots that are over do not count. Where this program does not know the time zone, all of them do.
function countedSlots(account: Account | undefined, period: Period, nowMs: number): Account['slots'] {
  const from = orUndefined(() => windowStart(period, nowMs)) ?? Number.NEGATIVE_INFINITY
  return account?.slots.filter(({ start }) => start >= from) ?? []
}

function sumOf(parts: readonly Amounts[]): Amounts {
  const sums = DIMENSIONS.map((dimension) => {
    const sum = parts.reduce((total, part) => Math.min(total + (part[dimension] ?? 0), Number.MAX_SAFE_INTEGER), 0)
    return [dimension, sum] as const
  })
  return Object.fromEntries(sums)
}

function orUndefined<R>(work: () => R): R | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
