import type { RecordType } from '@latchless/filesystem'
import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import type { BudgetScope } from '../accounts.ts'
import { scopeSchema } from '../accounts.ts'
import type { Finding } from '../decision.ts'
import { findingSchema } from '../decision.ts'
import type { BudgetLimits } from '../limits.ts'
import { limitsSchema } from '../limits.ts'

export const GATE_STATUSES = ['pending', 'approved', 'cancelled', 'expired'] as const
export type GateStatus = (typeof GATE_STATUSES)[number]

/** The limits that an approval gives to an account. */
export interface LimitsChange {
  readonly account: BudgetScope
  readonly limits: BudgetLimits
}

/** How a gate ended. */
export interface GateResolution {
  readonly status: Exclude<GateStatus, 'pending'>
  readonly at: number
  /** Who decided; nobody, where it expired. */
  readonly by?: string | undefined
  /** The limits that came into force with the approval. */
  readonly changes?: readonly LimitsChange[] | undefined
}

/** A question to a person: may this go beyond what the budget allows by itself? */
export interface BudgetGate {
  readonly id: string
  readonly status: GateStatus
  readonly scope: BudgetScope
  /** What the accounts said to the request that needs approval. */
  readonly findings: readonly Finding[]
  readonly createdAt: number
  /** From then on it cannot be approved any more. */
  readonly expiresAt: number
  /** Absent while it is pending, and while it has expired without anybody having swept. */
  readonly resolution?: GateResolution | undefined
}

const limitsChangeSchema: z.ZodType<LimitsChange, LimitsChange> = z.strictObject({
  account: scopeSchema,
  limits: limitsSchema,
})

export const gateResolutionSchema: z.ZodType<GateResolution, GateResolution> = z.strictObject({
  status: z.enum(['approved', 'cancelled', 'expired']),
  at: z.int(),
  by: z.string().optional(),
  changes: z.array(limitsChangeSchema).readonly().optional(),
})

export const Gate: RecordType<BudgetGate> = defineRecord({
  kind: 'budget_gate',
  schema: z.strictObject({
    id: z.string().min(1),
    status: z.enum(GATE_STATUSES),
    scope: scopeSchema,
    findings: z.array(findingSchema).readonly(),
    createdAt: z.int(),
    expiresAt: z.int(),
    resolution: gateResolutionSchema.optional(),
  }),
  indexes: {
    byStatus: ({ status, createdAt, id }) => [status, createdAt, id],
    pendingByExpiry: ({ status, expiresAt }) => (status === 'pending' ? [expiresAt] : undefined),
    resolvedByTime: ({ resolution }) => (resolution ? [resolution.at] : undefined),
  },
})

export const GATES = '/budgets/gates'
/** How long a gate waits for a person when it does not say: 24 hours in milliseconds. */
export const GATE_TTL_MS_DEFAULT: number = 24 * 60 * 60 * 1000
/** The longest, 30 days in milliseconds. */
export const GATE_TTL_MS_MAX: number = 30 * 24 * 60 * 60 * 1000

export function gatePath(id: string): string {
  return `${GATES}/${id}`
}
