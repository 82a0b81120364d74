import { ClosedReservation, type Finding, type Reservation } from '@latchless/resources'
import { amountsText, amountText, dimensionName } from './amount-text.ts'
import { defineKindView, type DetailLine, type KindView } from './kind-view.ts'
import { scopeText } from './scope-text.ts'
import { leftText, momentText } from './time-text.ts'

export const reservationView: KindView<Reservation> = defineKindView({
  root: '/budgets/reservations',
  type: ClosedReservation,
  columns: ({ status, estimate, actual }) => [status, amountsText(actual ?? estimate)],
  detail: (reservation, { nowMs }) => {
    const { id, status, scope, estimate, actual, createdAt, expiresAt, closedAt, findings } = reservation
    const isOpen = status === 'reserved'
    return [
      { label: 'reservation', text: id, role: 'heading' },
      { label: 'status', text: status, role: isOpen ? 'waiting' : status === 'reconciled' ? 'won' : 'muted' },
      { label: 'for', text: scopeText({ ...scope }) },
      { label: isOpen ? 'holds' : 'held', text: amountsText(estimate) },
      ...(actual ? [{ label: 'used', text: amountsText(actual) }] : []),
      { label: 'created', text: momentText(createdAt, nowMs) },
      isOpen
        ? { label: 'expires', text: leftText(expiresAt, nowMs), role: expiresAt > nowMs ? undefined : 'warning' }
        : { label: 'closed', text: closedAt === undefined ? 'at a time not told' : momentText(closedAt, nowMs) },
      ...findings.map(findingLine),
    ]
  },
})

/** What an account said to a request. */
export function findingLine({ verdict, account, dimension, limit, spent, reserved, requested }: Finding): DetailLine {
  const numbers = [spent, reserved, requested].map((value) => amountText(dimension, value))
  return {
    label: verdict,
    text: `${account}: ${numbers.join(' + ')} of ${amountText(dimension, limit)} ${dimensionName(dimension)}`,
    share: limit === 0 ? 1 : (spent + reserved + requested) / limit,
    role: verdict === 'deny' ? 'error' : 'warning',
  }
}
