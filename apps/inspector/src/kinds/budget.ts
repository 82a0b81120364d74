import { type BudgetTree, type Dimension, DIMENSIONS, type Period, Tree } from '@latchless/resources'
import type { Role } from '../terminal/theme.ts'
import { amountsText, amountText, dimensionName } from './amount-text.ts'
import { type AccountUse, accountUses } from './budget-account.ts'
import { overdrawnCheck, reservationsCheck, treeCheck } from './budget-checks.ts'
import { defineKindView, type DetailLine, type KindView } from './kind-view.ts'
import { durationText, leftText, momentText } from './time-text.ts'

export const budgetView: KindView<BudgetTree> = defineKindView({
  root: '/budgets',
  type: Tree,
  checks: [treeCheck, reservationsCheck, overdrawnCheck],
  columns: ({ accounts, open, pending }) => [
    counted(Object.keys(accounts).length, 'account'),
    `${open.length} open`,
    ...(pending.length > 0 ? [`${counted(pending.length, 'event')} pending`] : []),
  ],
  detail: (tree, { nowMs }) => [
    ...accountUses(tree, nowMs).flatMap((use) => accountLines(use, nowMs)),
    ...reservationLines(tree, nowMs),
    { label: 'ledger', text: `${tree.drained} events in it, ${tree.pending.length} wait for it` },
  ],
})

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function accountLines(use: AccountUse, nowMs: number): DetailLine[] {
  const { key, account, period, periodEndMs } = use
  const end = periodEndMs === undefined ? '' : `, ${durationText(periodEndMs - nowMs)} left`
  const limited = account?.limits ? `${periodText(period)}${end}` : 'no limits'
  return [
    { label: key, text: limited, role: 'heading' },
    ...DIMENSIONS.flatMap((dimension) => dimensionLine(use, dimension) ?? []),
  ]
}

function dimensionLine({ account, spent, reserved }: AccountUse, dimension: Dimension): DetailLine | undefined {
  const limits = account?.limits
  const limit = limits?.max[dimension] ?? 'unlimited'
  const used = spent[dimension] ?? 0
  const held = reserved[dimension] ?? 0
  if (limit === 'unlimited' && used + held === 0) return undefined
  const of = limit === 'unlimited' ? 'no limit' : `of ${amountText(dimension, limit)}`
  const heldText = held === 0 ? '' : ` + ${amountText(dimension, held)} reserved`
  const label = `  ${dimensionName(dimension)}`
  const text = `${amountText(dimension, used)} used${heldText} ${of}`
  if (limit === 'unlimited') return { label, text }
  const share = limit === 0 ? (used + held > 0 ? 2 : 1) : (used + held) / limit
  return { label, text, share, role: roleOf(share, limits?.warnAtPercent, limits?.pauseAtPercent) }
}

function roleOf(share: number, warnAtPercent: number | undefined, pauseAtPercent: number | undefined): Role {
  if (share > 1) return 'error'
  const warnAt = Math.min(warnAtPercent ?? 100, pauseAtPercent ?? 100)
  return share * 100 >= warnAt ? 'warning' : 'won'
}

function reservationLines({ open }: BudgetTree, nowMs: number): DetailLine[] {
  return open.map(({ id, estimate, createdAt, expiresAt }) => ({
    label: id,
    text: `holds ${amountsText(estimate)}, ${leftText(expiresAt, nowMs)}, granted ${momentText(createdAt, nowMs)}`,
    role: expiresAt > nowMs ? undefined : 'warning',
  }))
}

function periodText(period: Period): string {
  switch (period.type) {
    case 'lifetime':
      return 'for its lifetime'
    case 'rolling':
      return `rolling over ${durationText(period.windowMs)}`
    case 'day':
    case 'week':
    case 'month':
      return `by the ${period.type} in ${period.timeZone}`
  }
}
