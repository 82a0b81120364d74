import type { RecordType, StoreAct } from '@latchless/filesystem'
import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import type { BudgetScope } from '../accounts.ts'
import { scopeSchema } from '../accounts.ts'
import type { Amounts } from '../amounts.ts'
import { amountsSchema } from '../amounts.ts'
import type { Finding } from '../decision.ts'
import { findingSchema } from '../decision.ts'
import type { BudgetErrorCode } from '../errors.ts'
import { refuse } from '../errors.ts'

export const RESERVATION_STATUSES = [
  'reserved',
  'reconciled',
  'released',
  'expired',
  'denied',
  'approval-required',
] as const

export type ReservationStatus = (typeof RESERVATION_STATUSES)[number]
export type ReservationCommand = 'reconcile' | 'release' | 'expire'

/** A request for budget and what became of it. */
export interface Reservation {
  readonly id: string
  /** The number of the event that told of the decision: no two decisions have the same. */
  readonly number: number
  readonly status: ReservationStatus
  readonly scope: BudgetScope
  readonly estimate: Amounts
  /** What the accounts said when it was decided: the warnings of an open one, none once it is closed, or why it was not granted. */
  readonly findings: readonly Finding[]
  readonly createdAt: number
  /** From then on it holds nothing. */
  readonly expiresAt: number
  readonly closedAt?: number | undefined
  /** What was used, once it is reconciled. */
  readonly actual?: Amounts | undefined
}

export const reservationSchema: z.ZodType<Reservation, Reservation> = z.strictObject({
  id: z.string().min(1),
  number: z.int().min(1),
  status: z.enum(RESERVATION_STATUSES),
  scope: scopeSchema,
  estimate: amountsSchema,
  findings: z.array(findingSchema).readonly(),
  createdAt: z.int(),
  expiresAt: z.int(),
  closedAt: z.int().optional(),
  actual: amountsSchema.optional(),
})

/** What is kept of a reservation once it has left the tree, so that its id is known for as long as this record is. */
export const ClosedReservation: RecordType<Reservation> = defineRecord({
  kind: 'budget_reservation',
  schema: reservationSchema,
  indexes: { byClosedAt: ({ closedAt }) => (closedAt === undefined ? undefined : [closedAt]) },
  keepVersions: 0,
})

export const RESERVATIONS = '/budgets/reservations'

export function reservationPath(id: string): string {
  return `${RESERVATIONS}/${id}`
}

const closed = {
  reconcile: 'reservation-closed',
  release: 'reservation-closed',
  expire: 'reservation-closed',
} as const

/**
 * (status, command) → the next status, or the code of the refusal. Work that outlived its reservation has used what it has used:
 * the settlement of an expired one is recorded.
 */
export const RESERVATION_TRANSITIONS: {
  readonly [S in ReservationStatus]: { readonly [C in ReservationCommand]: ReservationStatus | BudgetErrorCode }
} = {
  reserved: { reconcile: 'reconciled', release: 'released', expire: 'expired' },
  expired: { ...closed, reconcile: 'reconciled' },
  reconciled: closed,
  released: closed,
  denied: closed,
  'approval-required': closed,
}

/**
 * The reservation after a command.
 *
 * @throws {BudgetError} `reservation-closed` with its status.
 */
export function closeReservation(
  act: StoreAct,
  reservation: Reservation,
  command: ReservationCommand,
  now: number,
  actual?: Amounts,
): Reservation {
  const next = RESERVATION_TRANSITIONS[reservation.status][command]
  if (!isStatus(next)) throw refuse(next, act, `it is ${reservation.status} already`, { status: reservation.status })
  return { ...reservation, status: next, findings: [], closedAt: now, ...(actual ? { actual } : {}) }
}

function isStatus(next: ReservationStatus | BudgetErrorCode): next is ReservationStatus {
  return (RESERVATION_STATUSES as readonly string[]).includes(next)
}
