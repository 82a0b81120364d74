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
  z.strictObject({ ...shared, status: z.literal('claimed'), claimHash: idSchema }),
  z.strictObject({ ...shared, status: z.literal('dispatching'), claimHash: idSchema, dispatchHash: idSchema }),
  z.strictObject({ ...shared, status: z.literal('consumed'), closedAt: z.int() }),
  z.strictObject({
    ...identity,
    // Without its terms when its request was forgotten, or when it was revoked before it was issued.
    ...terms.partial().shape,
    status: z.literal('revoked'),
    closedAt: z.int(),
    /** Since when it holds ids only, because its request is a tombstone. */
    forgottenAt: z.int().optional(),
  }),
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
    // Every lease comes here in the end, because every request becomes a tombstone.
    forgotten: (lease: Lease) =>
      lease.status === 'revoked' && lease.forgottenAt !== undefined ? [lease.forgottenAt] : undefined,
  },
}

export const LeaseRecord = defineRecord<Lease>(definition)

/** The same record, in a write after which no older body is retained. */
export const ForgottenLeaseRecord = defineRecord<Lease>({ ...definition, keepVersions: 0 })

/** The id of the one lease that a request can have: who issues it again finds it. */
export function leaseIdOf(scope: Scope, approvalId: string): string {
  return derivedId('lease', [scopeKey(scope), approvalId])
}

/**
 * What is stored of a claim's or a dispatch's id. Everybody of the scope can read a lease, and only who was given the id may go on
 * with what it names.
 */
export function secretHash(what: 'claim' | 'dispatch', id: string): string {
  return derivedId(what, id)
}

export function leasePath(scope: Scope, id: string): string {
  return scopedPath(LEASES_ROOT, scope, id)
}
