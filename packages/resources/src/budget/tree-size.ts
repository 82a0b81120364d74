import { accountKeys } from '../accounts.ts'
import { NO_USAGE } from '../amounts.ts'
import type { Period } from '../periods.ts'
import { ROLLING_SLOTS } from '../periods.ts'
import { periodOf } from './account.ts'
import type { Account, BudgetTree, Slot } from './tree-record.ts'
import { TREE_BYTES_MAX } from './tree-record.ts'

/** Bytes that a tree may be worth when all is settled, where records may have so many. The other half is for events. */
export function treeBytesMax(bodyBytesMax: number): number {
  return Math.min(TREE_BYTES_MAX, Math.floor(bodyBytesMax / 2))
}

/** Quotes, colon and comma of a property. */
const PROPERTY_BYTES = 4
const largestAmounts = Object.fromEntries(Object.keys(NO_USAGE).map((name) => [name, Number.MAX_SAFE_INTEGER]))
const largestSlot: Slot = { start: Number.MAX_SAFE_INTEGER, spent: largestAmounts }
const SLOT_BYTES_MAX = Buffer.byteLength(JSON.stringify(largestSlot)) + 1
const emptyAccount: Account = { slots: [], updatedAt: Number.MAX_SAFE_INTEGER }
const ACCOUNT_BYTES_MAX = Buffer.byteLength(JSON.stringify(emptyAccount)) + PROPERTY_BYTES

/**
 * How many bytes the accounts and the open reservations of a tree take at the most until all of these are settled. An account
 * comes into being, and a slot begins, only when something is charged. Events come and go, so they are not counted.
 */
export function bytesWhenSettled(tree: BudgetTree): number {
  const charges = new Map<string, number>()
  for (const key of tree.open.flatMap(({ scope }) => accountKeys(scope))) charges.set(key, (charges.get(key) ?? 0) + 1)
  const added = Array.from(charges, ([key, count]) => chargedBytes(key, tree.accounts[key], count))
  return added.reduce((sum, size) => sum + size, bytesOf(tree))
}

function chargedBytes(key: string, account: Account | undefined, charges: number): number {
  // A charge begins a slot, or it makes one of the others larger.
  const most = slotsMax(periodOf(account)) * SLOT_BYTES_MAX - (account ? sizeOf(account.slots) : 0)
  const slots = Math.min(charges * SLOT_BYTES_MAX, Math.max(most, 0))
  return account ? slots : Buffer.byteLength(key) + ACCOUNT_BYTES_MAX + slots
}

// One more than the period has, because a charge keeps what counted at the slot before, and one that had only begun there.
function slotsMax({ type }: Period): number {
  return type === 'lifetime' ? 1 : type === 'rolling' ? ROLLING_SLOTS + 2 : 2
}

function bytesOf({ accounts, open }: BudgetTree): number {
  const named = Object.entries(accounts).map(
    ([key, account]) => Buffer.byteLength(key) + PROPERTY_BYTES + sizeOf(account),
  )
  return [...named, ...open.map(sizeOf)].reduce((sum, size) => sum + size, 0)
}

/** Parts of trees do not change and are shared by many of them. */
const sizes = new WeakMap<object, number>()

function sizeOf(part: object): number {
  const known = sizes.get(part)
  if (known !== undefined) return known
  const size = Buffer.byteLength(JSON.stringify(part))
  sizes.set(part, size)
  return size
}
