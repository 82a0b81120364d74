import { type Filesystem, replacing } from '@latchless/filesystem'
import type { BudgetLimits, BudgetTree, LedgerEvent, Maximum, Period } from '@latchless/resources'
import { accountKey, BudgetStore, NO_USAGE, Tree, TREE_PATH, UNLIMITED } from '@latchless/resources'

/** Limits of money only. */
export function usd(
  usdMicros: Maximum,
  period: Period = { type: 'lifetime' },
  rest: Partial<BudgetLimits> = {},
): BudgetLimits {
  return { max: { ...UNLIMITED, usdMicros }, period, ...rest }
}

export const used = (usdMicros: number) => ({ ...NO_USAGE, usdMicros })

export async function readTree(filesystem: Filesystem): Promise<BudgetTree | undefined> {
  const head = await filesystem.get(TREE_PATH)
  return head.state === 'live' ? Tree.decode(head.entry, TREE_PATH) : undefined
}

/** Every retained version of the tree, oldest first. */
export async function treeVersions(filesystem: Filesystem): Promise<readonly BudgetTree[]> {
  const trees: BudgetTree[] = []
  let before: number | undefined
  do {
    const page = await filesystem.history(TREE_PATH, { bodies: true, before, limit: 100 })
    trees.push(...page.versions.flatMap(({ entry }) => (entry ? [Tree.decode(entry, TREE_PATH)] : [])))
    before = page.next
  } while (before !== undefined)
  return trees.toReversed()
}

/** The whole ledger, read in pages of a size that events do not divide by. */
export async function wholeLedger(filesystem: Filesystem): Promise<readonly LedgerEvent[]> {
  const store = new BudgetStore(filesystem)
  const events: LedgerEvent[] = []
  let cursor: string | undefined
  for (;;) {
    const { items, next } = await store.ledger({ limit: 7, cursor })
    if (items.length === 0) return events
    events.push(...items)
    cursor = next
  }
}

/** The filesystem with every superseded version of what is written kept, so that a test can look at all of them. */
export function keepingHistory(filesystem: Filesystem): Filesystem {
  return replacing(filesystem, {
    put: async (path, entry, expect, options) =>
      filesystem.put(path, entry, expect, { ...options, keepVersions: 1000 }),
  })
}

/** What a violated invariant of one account says; empty when all of a history holds. */
export function violations(versions: readonly BudgetTree[], limit: number, account = 'tenant'): readonly string[] {
  return versions.flatMap((tree, index) => {
    const spent = tree.accounts[account]?.slots.reduce((sum, slot) => sum + (slot.spent.usdMicros ?? 0), 0) ?? 0
    const held = tree.open.filter(({ scope }) => `${accountKey(scope)}/`.startsWith(`${account}/`))
    const reserved = held.reduce((sum, { estimate }) => sum + (estimate.usdMicros ?? 0), 0)
    const ids = new Set(tree.open.map(({ id }) => id))
    return [
      ...(spent + reserved > limit ? [`v${index + 1}: spent ${spent} + reserved ${reserved} > ${limit}`] : []),
      ...(ids.size === tree.open.length ? [] : [`v${index + 1}: a reservation is open twice`]),
    ]
  })
}
