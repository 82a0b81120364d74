import { z } from 'zod'
import type { Amounts } from './amounts.ts'
import { amountsSchema } from './amounts.ts'
import type { Reservation } from './budget/reservation.ts'
import { reservationSchema } from './budget/reservation.ts'
import type { DamagedRecord } from './damaged-record.ts'
import { damagedRecordSchema } from './damaged-record.ts'
import type { GateResolution } from './gate/gate-record.ts'
import { gateResolutionSchema } from './gate/gate-record.ts'
import type { BudgetLimits } from './limits.ts'
import { limitsSchema } from './limits.ts'

/** What happened, in words of its own for each kind. */
export type LedgerFact =
  | {
      readonly type: 'reserved' | 'warned' | 'approval-requested' | 'denied' | 'released'
      readonly reservation: Reservation
    }
  | {
      readonly type: 'reconciled'
      readonly reservation: Reservation
      /** What was used beyond the estimate. It is charged like the rest and may leave accounts beyond their limits. */
      readonly overage?: Amounts | undefined
    }
  | {
      readonly type: 'limit-changed'
      readonly account: string
      readonly before?: BudgetLimits | undefined
      readonly after?: BudgetLimits | undefined
      readonly by?: string | undefined
      /** The gate whose approval changed it. */
      readonly gate?: string | undefined
    }
  /** An account without limits left the tree, because others were used later or needed the room. `spent` is its total. */
  | { readonly type: 'account-retired'; readonly account: string; readonly spent: Amounts }
  | { readonly type: 'gate-resolved'; readonly gate: string; readonly resolution: GateResolution }
  /** A record could not be told of its end, which is in the ledger all the same. Asking for it gives its error. */
  | { readonly type: 'record-skipped'; readonly record: DamagedRecord }

/** An entry of the ledger. Numbers are dense from 1, in the order in which things happened. */
export type LedgerEvent = LedgerFact & { readonly number: number; readonly at: number }

const base = { number: z.int().min(1), at: z.int() }

export const ledgerEventSchema: z.ZodType<LedgerEvent, LedgerEvent> = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.enum(['reserved', 'warned', 'approval-requested', 'denied', 'released']),
    reservation: reservationSchema,
  }),
  z.strictObject({
    ...base,
    type: z.literal('reconciled'),
    reservation: reservationSchema,
    overage: amountsSchema.optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal('limit-changed'),
    account: z.string(),
    before: limitsSchema.optional(),
    after: limitsSchema.optional(),
    by: z.string().optional(),
    gate: z.string().optional(),
  }),
  z.strictObject({ ...base, type: z.literal('account-retired'), account: z.string(), spent: amountsSchema }),
  z.strictObject({ ...base, type: z.literal('gate-resolved'), gate: z.string(), resolution: gateResolutionSchema }),
  z.strictObject({ ...base, type: z.literal('record-skipped'), record: damagedRecordSchema }),
])

export const LEDGER = '/budgets/ledger'
