import type { BudgetTree } from './tree-record.ts'

/** Parts of trees do not change and are shared by many of them. */
const sizes = new WeakMap<object, number>()

/** How many bytes the accounts and the open reservations of a tree take. Events come and go, so they are not counted. */
export function bytesOf({ accounts, open }: BudgetTree): number {
  const named = Object.entries(accounts).map(([key, account]) => Buffer.byteLength(key) + sizeOf(account))
  return [...named, ...open.map(sizeOf)].reduce((sum, size) => sum + size, 0)
}

function sizeOf(part: object): number {
  const known = sizes.get(part)
  if (known !== undefined) return known
  const size = Buffer.byteLength(JSON.stringify(part))
  sizes.set(part, size)
  return size
}
