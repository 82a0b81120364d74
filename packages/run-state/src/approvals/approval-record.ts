import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import { idSchema, nameSchema, scopedPath, scopeKey, scopeSchema, textSchema, type Scope } from '../scope.ts'

export const APPROVALS_ROOT = '/approvals'

export const REASON_LENGTH_MAX = 4096

/** Who asks or decides. */
export const principalSchema = z.strictObject({
  kind: z.enum(['user', 'agent', 'extension', 'system']),
  id: nameSchema,
})
export type Principal = z.infer<typeof principalSchema>

/** What is to be done, without its input, which is known by its fingerprint only. */
export const actionSchema = z.strictObject({ kind: z.enum(['dispatch', 'spawn']), capabilityId: idSchema })
export type Action = z.infer<typeof actionSchema>

const requested = {
  id: idSchema,
  scope: scopeSchema,
  invocationId: idSchema.optional(),
  correlationId: idSchema,
  requestedBy: principalSchema,
  action: actionSchema,
  fingerprint: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  reason: textSchema(REASON_LENGTH_MAX),
  reusableScope: scopeSchema.optional(),
  expiresAt: z.int(),
  idempotencyKey: idSchema.optional(),
  createdAt: z.int(),
  updatedAt: z.int(),
}

const standingSchema = z.strictObject({
  scope: scopeSchema,
  /** The overrides that were there before it was approved. A scope is covered by at most 16. */
  overridesSeen: z.array(idSchema).max(16),
  recordedAt: z.int().optional(),
})

const pendingSchema = z.strictObject({ ...requested, status: z.literal('pending') })
const approvedSchema = z.strictObject({
  ...requested,
  status: z.literal('approved'),
  resolvedAt: z.int(),
  resolvedBy: principalSchema,
  /** What to record beside the approval; half done while it has no `recordedAt`. */
  standing: standingSchema.optional(),
})
const deniedSchema = z.strictObject({
  ...requested,
  status: z.literal('denied'),
  resolvedAt: z.int(),
  resolvedBy: principalSchema,
})
const expiredSchema = z.strictObject({ ...requested, status: z.literal('expired'), resolvedAt: z.int() })
/** Reserves an id for good and tells nothing of what was requested. */
const tombstoneSchema = z.strictObject({ id: idSchema, status: z.literal('discarded'), discardedAt: z.int() })

const storedSchema = z.discriminatedUnion('status', [
  pendingSchema,
  approvedSchema,
  deniedSchema,
  expiredSchema,
  tombstoneSchema,
])

export type PendingApproval = z.infer<typeof pendingSchema>
export type ApprovedApproval = z.infer<typeof approvedSchema>
export type ApprovalTombstone = z.infer<typeof tombstoneSchema>
/** What is stored under the id of a request. */
export type StoredApproval = z.infer<typeof storedSchema>
/** A request as readers see it; they never see a tombstone. Times are milliseconds since the epoch. */
export type Approval = Exclude<StoredApproval, ApprovalTombstone>
export type ApprovalStatus = StoredApproval['status']

export const ApprovalRecord = defineRecord<StoredApproval>({
  kind: 'approval',
  schema: storedSchema,
  indexes: {
    byScope: (approval) =>
      approval.status === 'discarded' ? undefined : [scopeKey(approval.scope), approval.createdAt, approval.id],
    // In the order in which they expire, so that a range leaves out what is overdue.
    pending: (approval) =>
      approval.status === 'pending' ? [scopeKey(approval.scope), approval.expiresAt, approval.id] : undefined,
    // What an invocation waits for, or may have a lease of.
    byInvocation: (approval) =>
      (approval.status === 'pending' || approval.status === 'approved') && approval.invocationId !== undefined
        ? [scopeKey(approval.scope), approval.invocationId, approval.id]
        : undefined,
    overdue: (approval) => (approval.status === 'pending' ? [approval.expiresAt] : undefined),
    resolved: (approval) => ('resolvedAt' in approval ? [approval.resolvedAt] : undefined),
    unrecorded: (approval) =>
      approval.status === 'approved' && approval.standing && approval.standing.recordedAt === undefined
        ? [approval.resolvedAt]
        : undefined,
  },
})

/** The same record, in the write that turns it into a tombstone: no body from before is retained. */
export const ApprovalTombstoneRecord = defineRecord<StoredApproval>({
  kind: 'approval',
  schema: storedSchema,
  keepVersions: 0,
})

export function approvalPath(scope: Scope, id: string): string {
  return scopedPath(APPROVALS_ROOT, scope, id)
}
