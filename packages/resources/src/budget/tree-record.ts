import type { RecordType } from '@latchless/filesystem'
import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import type { Amounts } from '../amounts.ts'
import { amountsSchema } from '../amounts.ts'
import type { BudgetLimits } from '../limits.ts'
import { limitsSchema } from '../limits.ts'
import type { Reservation } from './reservation.ts'
import { reservationSchema } from './reservation.ts'

/** What was spent in one slot of an account's period. */
export interface Slot {
  /** Milliseconds since the epoch; 0 in an account for a lifetime. */
  readonly start: number
  readonly spent: Amounts
}

export interface Account {
  readonly limits?: BudgetLimits | undefined
  /** In the order of their starts. */
  readonly slots: readonly Slot[]
  /** When it was last charged or given limits. */
  readonly updatedAt: number
}

/** The accounts of one tenant, all that is reserved from them, and what the ledger has not been told yet. */
export interface BudgetTree {
  readonly accounts: Readonly<Record<string, Account>>
  /** In the order in which they were granted. All have the status `reserved`; what an account has reserved is their sum. */
  readonly open: readonly Reservation[]
  /** Number of the last event that is in the ledger. */
  readonly drained: number
  /** The events behind it as JSON. Written with what they tell of, so that none is lost. */
  readonly pending: readonly string[]
}

export const Tree: RecordType<BudgetTree> = defineRecord({
  kind: 'budget_tree',
  schema: z.strictObject({
    accounts: z.record(
      z.string(),
      z.strictObject({
        limits: limitsSchema.optional(),
        slots: z.array(z.strictObject({ start: z.int(), spent: amountsSchema })).readonly(),
        updatedAt: z.int(),
      }),
    ),
    open: z.array(reservationSchema).readonly(),
    drained: z.int().min(0),
    // Text, so that the many updates that only carry them along need not look into them.
    pending: z.array(z.string()).readonly(),
  }),
})

export const EMPTY_TREE: BudgetTree = Object.freeze({ accounts: {}, open: [], drained: 0, pending: [] })
export const TREE_PATH = '/budgets/tree'

/** Reservations that may be open in one tree at a time. */
export const OPEN_RESERVATIONS_MAX = 256
/**
 * Bytes that accounts and open reservations may have, with all that settling these adds, for another reservation to be granted or
 * another account to be limited; less where half of a record is less.
 */
export const TREE_BYTES_MAX: number = 512 * 1024
/** Overdue reservations that one write releases, so that it never has more to tell than fits. */
export const EXPIRED_AT_ONCE = 16
/** Accounts of one tree that may have limits. */
export const LIMITED_ACCOUNTS_MAX = 512
/** Accounts without limits that stay in the tree while nothing is reserved from them: those used last. */
export const IDLE_ACCOUNTS_KEPT = 32
/** Accounts that leave the tree with one write: more than one charge adds, and few enough to be told with it. */
export const RETIRED_AT_ONCE = 8
/** Events that may wait for the ledger. Beyond it nothing happens until it takes them. */
export const PENDING_EVENTS_MAX = 1024
/** With every so many events they are handed to the ledger. */
export const DRAIN_EVERY = 32
/** How long a reservation holds when it does not say: 5 minutes in milliseconds. */
export const RESERVATION_TTL_MS_DEFAULT: number = 5 * 60 * 1000
/** The longest, 24 hours in milliseconds. */
export const RESERVATION_TTL_MS_MAX: number = 24 * 60 * 60 * 1000
