import type { StoreAct } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { accountKey, cascade, isCharged } from '../accounts.ts'
import type { Amounts } from '../amounts.ts'
import { sumOf } from '../amounts.ts'
import type { AccountState } from '../decision.ts'
import type { BudgetLimits } from '../limits.ts'
import type { Period } from '../periods.ts'
import { periodEnd, slotStart, windowStart } from '../periods.ts'
import type { Reservation } from './reservation.ts'
import type { Account, BudgetTree, Slot } from './tree-record.ts'

const LIFETIME: Period = { type: 'lifetime' }

/** What an account of the tree is worth at a moment. Slots that are over do not count, whether or not they are still stored. */
export function accountState(act: StoreAct, tree: BudgetTree, scope: BudgetScope, now: number): AccountState {
  const account = accountKey(scope)
  const stored = tree.accounts[account]
  const period = stored?.limits?.period ?? LIFETIME
  const at = momentOf(stored, now)
  return {
    account,
    limits: stored?.limits,
    spent: spentOf(act, stored, now),
    reserved: sumOf(
      act,
      holdsOf(tree, scope, now).map(({ estimate }) => estimate),
    ),
    periodEnd: periodEnd(period, at),
  }
}

/** The reservations that hold something of an account. One that is overdue holds nothing, whether or not anybody has noticed. */
export function holdsOf(tree: BudgetTree, account: BudgetScope, now: number): readonly Reservation[] {
  return tree.open.filter(({ scope, expiresAt }) => now < expiresAt && isCharged(scope, account))
}

/** The tree with an amount spent in every account of a scope. */
export function charge(act: StoreAct, tree: BudgetTree, scope: BudgetScope, amount: Amounts, now: number): BudgetTree {
  const charged = cascade(scope).map((account) => {
    const key = accountKey(account)
    return [key, chargeOne(act, tree.accounts[key], amount, now)] as const
  })
  return { ...tree, accounts: { ...tree.accounts, ...Object.fromEntries(charged) } }
}

function chargeOne(act: StoreAct, account: Account | undefined, amount: Amounts, now: number): Account {
  const period = account?.limits?.period ?? LIFETIME
  const start = slotStart(period, momentOf(account, now))
  const live = liveSlots(account, now)
  const spent = sumOf(act, [live.find((slot) => slot.start === start)?.spent ?? {}, amount])
  const others = live.filter((slot) => slot.start !== start)
  const slots = Object.keys(spent).length === 0 ? others : [...others, { start, spent }]
  return { ...account, slots: slots.toSorted((a, b) => a.start - b.start), updatedAt: now }
}

/**
 * The account with other limits. What was spent in its period stays spent: with the same period where it is, with another one in
 * the current slot of that. Only an account that had no limits starts a period at zero, because nobody knows when its total
 * was spent; a lifetime takes the total over.
 */
export function limited(act: StoreAct, account: Account | undefined, limits: BudgetLimits, now: number): Account {
  if (!account) return { limits, slots: [], updatedAt: now }
  const before = account.limits?.period ?? LIFETIME
  const kept = { ...account, limits, slots: liveSlots(account, now), updatedAt: now }
  if (samePeriod(before, limits.period)) return kept
  const known = account.limits !== undefined
  const spent = known ? spentOf(act, account, now) : {}
  const slots = Object.keys(spent).length === 0 ? [] : [{ start: slotStart(limits.period, now), spent }]
  return { ...kept, slots }
}

/** The account without limits: its total is from then on that of its lifetime, beginning with what its period had spent. */
export function unlimited(act: StoreAct, account: Account, now: number): Account {
  const spent = spentOf(act, account, now)
  return { slots: Object.keys(spent).length === 0 ? [] : [{ start: 0, spent }], updatedAt: now }
}

export function spentOf(act: StoreAct, account: Account | undefined, now: number): Amounts {
  return sumOf(
    act,
    liveSlots(account, now).map(({ spent }) => spent),
  )
}

function liveSlots(account: Account | undefined, now: number): readonly Slot[] {
  const from = windowStart(account?.limits?.period ?? LIFETIME, momentOf(account, now))
  return account?.slots.filter(({ start }) => start >= from) ?? []
}

// A clock that lags behind the one that wrote the newest slot must not bring an older period back.
function momentOf(account: Account | undefined, now: number): number {
  return Math.max(now, account?.slots.at(-1)?.start ?? now)
}

function samePeriod(a: Period, b: Period): boolean {
  if (a.type !== b.type) return false
  if ('timeZone' in a && 'timeZone' in b) return a.timeZone === b.timeZone
  return !('windowMs' in a && 'windowMs' in b) || a.windowMs === b.windowMs
}
