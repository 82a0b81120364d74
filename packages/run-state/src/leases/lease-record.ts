import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import { actionSchema } from '../approvals/approval-record.ts'
import { derivedId, idSchema, scopedPath, scopeKey, scopeSchema, type Scope } from '../scope.ts'

export const LEASES_ROOT = '/leases'

/** Invocations that one lease may permit. */
export const INVOCATIONS_MAX_LIMIT = 1_000_000

export const invocationsSchema = z.int().min(0).max(INVOCATIONS_MAX_LIMIT)

const identity = {
  id: idSchema,
  scope: scopeSchema,
  approvalId: idSchema,
  invocationId: idSchema.optional(),
  createdAt: z.int(),
  updatedAt: z.int(),
}

const terms = z.strictObject({
  action: actionSchema,
  fingerprint: z.string(),
  expiresAt: z.int(),
  /** Invocations that are left; absent where they are not counted. */
  remaining: invocationsSchema.optional(),
})

const shared = { ...identity, ...terms.shape }

const leaseSchema = z.discriminatedUnion('status', [
  z.strictObject({ ...shared, status: z.literal('active') }),
  z.strictObject({ ...shared, status: z.literal('claimed') }),
  z.strictObject({ ...shared, status: z.literal('dispatching'), dispatchId: idSchema }),
  z.strictObject({ ...shared, status: z.literal('consumed'), closedAt: z.int() }),
  // Without its terms when its request was forgotten, or when it was revoked before it was issued.
  z.strictObject({ ...identity, ...terms.partial().shape, status: z.literal('revoked'), closedAt: z.int() }),
])

/** The right to invoke one action with one input. Times are milliseconds since the epoch. */
export type Lease = z.infer<typeof leaseSchema>
export type LeaseStatus = Lease['status']

const definition = {
  kind: 'capability_lease',
  schema: leaseSchema,
  indexes: {
    open: (lease: Lease) =>
      'closedAt' in lease ? undefined : [scopeKey(lease.scope), lease.invocationId ?? '', lease.id],
    // From when on nothing can be done with it, whatever else happens.
    over: (lease: Lease) => ['closedAt' in lease ? lease.closedAt : lease.expiresAt],
  },
}

export const LeaseRecord = defineRecord<Lease>(definition)

/** The same record, in a write after which no older body is retained. */
export const ForgottenLeaseRecord = defineRecord<Lease>({ ...definition, keepVersions: 0 })

/** The id of the one lease that a request can have: who issues it again finds it. */
export function leaseIdOf(scope: Scope, approvalId: string): string {
  return derivedId('lease', [scopeKey(scope), approvalId])
}

export function leasePath(scope: Scope, id: string): string {
  return scopedPath(LEASES_ROOT, scope, id)
}
