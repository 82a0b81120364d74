import { parentOf } from '@latchless/filesystem'
import { type BudgetTree, ClosedReservation, DIMENSIONS } from '@latchless/resources'
import { amountText, dimensionName } from './amount-text.ts'
import { accountUses } from './budget-account.ts'
import type { KindCheck } from './kind-view.ts'
import { OVERDUE_MS } from './overdue.ts'
import { durationText } from './time-text.ts'

export const treeCheck: KindCheck<BudgetTree> = {
  id: 'budgets.tree',
  expects: 'The events of a budget tree are numbered without a gap, and each of its reservations is open once',
  severity: 'fail',
  likelyCause: 'the record was written by something else than its store, or put together from a backup',
  find({ open, drained, pending }) {
    const last = drained + pending.length
    const ids = open.map(({ id }) => id)
    return [
      ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `reservation ${id} is open twice`),
      ...open
        .filter(({ status }) => status !== 'reserved')
        .map(({ id, status }) => `open reservation ${id} is ${status}`),
      ...open
        .filter(({ number }) => number > last)
        .map(({ id, number }) => `reservation ${id} tells of event ${number}, the last one is ${last}`),
      ...pending.flatMap((text, at) => {
        const found = numberOf(text)
        const expected = drained + at + 1
        return found === expected
          ? []
          : [`waiting event ${at + 1} has the number ${found ?? 'of none'}, not ${expected}`]
      }),
    ]
  },
}

export const reservationsCheck: KindCheck<BudgetTree> = {
  id: 'budgets.reservations',
  expects:
    'What an account has reserved is the sum of its open reservations: none of them is closed, or overdue for long',
  severity: 'warn',
  likelyCause: 'nobody sweeps the budgets, or a part of them was put back from a backup',
  async find({ open, pending }, { path, store, nowMs }) {
    const found: string[] = []
    for (const { id, expiresAt } of open) {
      if (nowMs - expiresAt > OVERDUE_MS) {
        found.push(`reservation ${id} is over since ${durationText(nowMs - expiresAt)} and still in the tree`)
        continue
      }
      // A close that still waits for the ledger is told beside the tree first.
      if (pending.some((text) => text.includes(JSON.stringify(id)))) continue
      const beside = `${parentOf(path)}/reservations/${id}`
      const head = await store.get(beside)
      const status = head.state === 'live' ? ClosedReservation.decode(head.entry, beside).status : 'reserved'
      if (status !== 'reserved') found.push(`reservation ${id} is open here and ${status} in ${beside}`)
    }
    return found
  },
}

export const overdrawnCheck: KindCheck<BudgetTree> = {
  id: 'budgets.overdrawn',
  expects: 'No account has spent and reserved more than its limit',
  severity: 'warn',
  likelyCause:
    'work used more than was estimated for it, or a limit was lowered; the account denies everything until then',
  find(tree, { nowMs }) {
    return accountUses(tree, nowMs).flatMap(({ key, account, spent, reserved }) =>
      DIMENSIONS.flatMap((dimension) => {
        const limit = account?.limits?.max[dimension] ?? 'unlimited'
        const used = (spent[dimension] ?? 0) + (reserved[dimension] ?? 0)
        if (limit === 'unlimited' || used <= limit) return []
        return [`${key}: ${amountText(dimension, used)} of ${amountText(dimension, limit)} ${dimensionName(dimension)}`]
      }),
    )
  },
}

function numberOf(event: string): number | undefined {
  try {
    const { number }: { number?: unknown } = JSON.parse(event) ?? {}
    return typeof number === 'number' ? number : undefined
  } catch {
    return undefined
  }
}
