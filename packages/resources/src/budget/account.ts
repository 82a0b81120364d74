import type { BudgetScope } from '../accounts.ts'
import { accountKey, cascade, isCharged } from '../accounts.ts'
import type { Amounts } from '../amounts.ts'
import { sumOf } from '../amounts.ts'
import type { AccountState } from '../decision.ts'
import { BudgetError } from '../errors.ts'
import type { BudgetLimits } from '../limits.ts'
import type { Period } from '../periods.ts'
import { periodEnd, slotStart, windowStart } from '../periods.ts'
import type { Reservation } from './reservation.ts'
import type { Account, BudgetTree, Slot } from './tree-record.ts'

const LIFETIME: Period = { type: 'lifetime' }

/** A clock that lags further behind the newest slot takes it for the work of a clock that was ahead. 24 hours in milliseconds. */
export const CLOCK_LAG_MS_MAX: number = 24 * 60 * 60 * 1000

/** What an account of the tree is worth at a moment. Slots that are over do not count, whether or not they are still stored. */
export function accountState(tree: BudgetTree, scope: BudgetScope, now: number): AccountState {
  const account = accountKey(scope)
  const stored = tree.accounts[account]
  const period = stored?.limits?.period ?? LIFETIME
  const at = momentOf(stored, now)
  return {
    account,
    limits: stored?.limits,
    spent: spentOf(stored, now),
    reserved: sumOf(holdsOf(tree, scope, now).map(({ estimate }) => estimate)),
    periodEnd: periodEnd(period, at),
  }
}

/** The reservations that hold something of an account. One that is overdue holds nothing, whether or not anybody has noticed. */
export function holdsOf(tree: BudgetTree, account: BudgetScope, now: number): readonly Reservation[] {
  return tree.open.filter(({ scope, expiresAt }) => now < expiresAt && isCharged(scope, account))
}

/** The tree with an amount spent in every account of a scope. */
export function charge(tree: BudgetTree, scope: BudgetScope, amount: Amounts, now: number): BudgetTree {
  const charged = cascade(scope).map((account) => {
    const key = accountKey(account)
    return [key, chargeOne(tree.accounts[key], amount, now)] as const
  })
  return { ...tree, accounts: { ...tree.accounts, ...Object.fromEntries(charged) } }
}

function chargeOne(account: Account | undefined, amount: Amounts, now: number): Account {
  const period = account?.limits?.period ?? LIFETIME
  const start = slotStart(period, momentOf(account, now))
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
  const before = account.limits?.period ?? LIFETIME
  const kept = { ...account, limits, updatedAt: now }
  if (samePeriod(before, limits.period)) return kept
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

function liveSlots(account: Account | undefined, now: number): readonly Slot[] {
  const from = windowStart(account?.limits?.period ?? LIFETIME, momentOf(account, now))
  return account?.slots.filter(({ start }) => start >= from) ?? []
}

// A clock that lags behind the one that wrote the newest slot must not bring an older period back. What was written far ahead
// counts from then on, but time goes on before it.
function momentOf(account: Account | undefined, now: number): number {
  const newest = account?.slots.findLast(({ start }) => start <= now + CLOCK_LAG_MS_MAX)
  return Math.max(now, newest?.start ?? now)
}

function samePeriod(a: Period, b: Period): boolean {
  if (a.type !== b.type) return false
  if ('timeZone' in a && 'timeZone' in b) return a.timeZone === b.timeZone
  return !('windowMs' in a && 'windowMs' in b) || a.windowMs === b.windowMs
}
