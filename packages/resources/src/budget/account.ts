import type { BudgetScope } from '../accounts.ts'
import { accountKey, accountKeys, isCharged } from '../accounts.ts'
import type { Amounts } from '../amounts.ts'
import { sumOf } from '../amounts.ts'
import type { AccountState } from '../decision.ts'
import { BudgetError } from '../errors.ts'
import type { BudgetLimits } from '../limits.ts'
import type { Period } from '../periods.ts'
import { periodEnd, slotMs, slotStart, windowStart } from '../periods.ts'
import type { Reservation } from './reservation.ts'
import type { Account, BudgetTree, Slot } from './tree-record.ts'

const LIFETIME: Period = { type: 'lifetime' }

/**
 * How far a clock may lag behind the newest slot and still charge it: 5 minutes in milliseconds, in a rolling window one slot if
 * that is shorter. A slot further ahead is taken for the work of a clock that was ahead.
 */
export const CLOCK_LAG_MS_MAX: number = 5 * 60 * 1000

/** What an account of the tree is worth at a moment. Slots that are over do not count, whether or not they are still stored. */
export function accountState(tree: BudgetTree, scope: BudgetScope, now: number): AccountState {
  const account = accountKey(scope)
  const stored = tree.accounts[account]
  return {
    account,
    limits: stored?.limits,
    spent: spentOf(stored, now),
    reserved: sumOf(holdsOf(tree, scope, now).map(({ estimate }) => estimate)),
    periodEnd: periodEnd(periodOf(stored), now),
  }
}

/** The reservations that hold something of an account. One that is overdue holds nothing, whether or not anybody has noticed. */
export function holdsOf(tree: BudgetTree, account: BudgetScope, now: number): readonly Reservation[] {
  return tree.open.filter(({ scope, expiresAt }) => now < expiresAt && isCharged(scope, account))
}

/** The tree with an amount spent in every account of a scope. */
export function charge(tree: BudgetTree, scope: BudgetScope, amount: Amounts, now: number): BudgetTree {
  const charged = accountKeys(scope).map((key) => [key, chargeOne(tree.accounts[key], amount, now)] as const)
  return { ...tree, accounts: { ...tree.accounts, ...Object.fromEntries(charged) } }
}

function chargeOne(account: Account | undefined, amount: Amounts, now: number): Account {
  const period = periodOf(account)
  const start = slotStart(period, chargedAt(account, now))
  const stored = account?.slots ?? []
  const spent = sumOf([stored.find((slot) => slot.start === start)?.spent ?? {}, amount])
  // What counted at the slot before stays: were it this clock that is ahead, the others would still need it.
  const before = stored.findLast((slot) => slot.start < start)?.start ?? start
  const from = windowStart(period, before)
  const others = stored.filter((slot) => slot.start !== start && slot.start >= from)
  const slots = Object.keys(spent).length === 0 ? others : [...others, { start, spent }]
  return { ...account, slots: slots.toSorted((a, b) => a.start - b.start), updatedAt: now }
}

/**
 * The account with other limits. What was spent in its period stays spent: with the same period where it is, with another one in
 * the current slot of that. Only an account that had no limits starts a period at zero, because nobody knows when its total
 * was spent; a lifetime takes the total over.
 */
export function limited(account: Account | undefined, limits: BudgetLimits, now: number): Account {
  if (!account) return { limits, slots: [], updatedAt: now }
  const kept = { ...account, limits, updatedAt: now }
  if (samePeriod(periodOf(account), limits.period)) return kept
  const known = account.limits !== undefined
  const spent = known ? totalOf(countedSlots(account, now)) : {}
  const slots = Object.keys(spent).length === 0 ? [] : [{ start: slotStart(limits.period, now), spent }]
  return { ...kept, slots }
}

/** The account without limits: its total is from then on that of its lifetime, beginning with what its period had spent. */
export function unlimited(account: Account, now: number): Account {
  const spent = totalOf(countedSlots(account, now))
  return { slots: Object.keys(spent).length === 0 ? [] : [{ start: 0, spent }], updatedAt: now }
}

export function spentOf(account: Account | undefined, now: number): Amounts {
  return totalOf(liveSlots(account, now))
}

function totalOf(slots: readonly Slot[]): Amounts {
  return sumOf(slots.map(({ spent }) => spent))
}

// Where this program does not know the time zone, all that is stored counts: the limits can be replaced, and nothing is forgotten.
function countedSlots(account: Account, now: number): readonly Slot[] {
  try {
    return liveSlots(account, now)
  } catch (error) {
    if (error instanceof BudgetError && error.code === 'unknown-time-zone') return account.slots
    throw error
  }
}

/** The tree without what counts in no account any more. The same tree when there is nothing of that. */
export function withoutDeadSlots(tree: BudgetTree, now: number): BudgetTree {
  const accounts = Object.entries(tree.accounts).map(([key, account]) => {
    const slots = countedSlots(account, now)
    return [key, slots.length === account.slots.length ? account : { ...account, slots }] as const
  })
  const isSame = accounts.every(([key, account]) => account === tree.accounts[key])
  return isSame ? tree : { ...tree, accounts: Object.fromEntries(accounts) }
}

// Whatever is newer counts too: no clock that is ahead can end the period of the others.
function liveSlots(account: Account | undefined, now: number): readonly Slot[] {
  const from = windowStart(periodOf(account), now)
  return account?.slots.filter(({ start }) => start >= from) ?? []
}

// A clock that lags a little must not charge a period that is over for the others: they would not count it.
function chargedAt(account: Account | undefined, now: number): number {
  const period = periodOf(account)
  const lagMs = period.type === 'rolling' ? Math.min(CLOCK_LAG_MS_MAX, slotMs(period.windowMs)) : CLOCK_LAG_MS_MAX
  const newest = account?.slots.findLast(({ start }) => start <= now + lagMs)
  return Math.max(now, newest?.start ?? now)
}

/** Over what time an account adds up what it spends: without limits, over its lifetime. */
export function periodOf(account: Account | undefined): Period {
  return account?.limits?.period ?? LIFETIME
}

export function samePeriod(a: Period, b: Period): boolean {
  if (a.type !== b.type) return false
  if ('timeZone' in a && 'timeZone' in b) return a.timeZone === b.timeZone
  return !('windowMs' in a && 'windowMs' in b) || a.windowMs === b.windowMs
}
