import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import { idSchema, nameSchema, scopedPath, scopeKey, scopeSchema, type Scope } from '../scope.ts'

export const INVOCATIONS_ROOT = '/invocations'

const shared = {
  id: idSchema,
  scope: scopeSchema,
  capabilityId: idSchema,
  idempotencyKey: idSchema.optional(),
  createdAt: z.int(),
  updatedAt: z.int(),
}

const errorKindSchema = nameSchema

/** Set from the end until what waited for the invocation is discarded. The sweep finishes that, and removes it only then. */
const ended = { endedAt: z.int(), unsettled: z.literal(true).optional() }

const invocationSchema = z.discriminatedUnion('status', [
  z.strictObject({ ...shared, status: z.literal('running') }),
  z.strictObject({
    ...shared,
    status: z.literal('blocked-approval'),
    approvalRequestId: idSchema,
    // Set while the request is not known to be saved; the sweep looks after those, and after no other.
    approvalUnsaved: z.literal(true).optional(),
  }),
  z.strictObject({ ...shared, status: z.literal('blocked-auth'), errorKind: errorKindSchema }),
  z.strictObject({ ...shared, status: z.literal('completed'), ...ended }),
  z.strictObject({ ...shared, status: z.literal('failed'), errorKind: errorKindSchema, ...ended }),
])

/** One call of a capability, from its start to its end. Times are milliseconds since the epoch. */
export type Invocation = z.infer<typeof invocationSchema>
export type InvocationStatus = Invocation['status']

export const InvocationRecord = defineRecord<Invocation>({
  kind: 'invocation',
  schema: invocationSchema,
  indexes: {
    open: (invocation) => ('endedAt' in invocation ? undefined : [scopeKey(invocation.scope), invocation.id]),
    unsettled: (invocation) => ('endedAt' in invocation && invocation.unsettled ? [invocation.endedAt] : undefined),
    settled: (invocation) => ('endedAt' in invocation && !invocation.unsettled ? [invocation.endedAt] : undefined),
    unsaved: (invocation) =>
      'approvalUnsaved' in invocation && invocation.approvalUnsaved ? [invocation.updatedAt] : undefined,
  },
})

/** The same record, in a write after which no older body is retained. */
export const EndedInvocationRecord = defineRecord<Invocation>({
  kind: 'invocation',
  schema: invocationSchema,
  keepVersions: 0,
})

export { errorKindSchema }

export function invocationPath(scope: Scope, id: string): string {
  return scopedPath(INVOCATIONS_ROOT, scope, id)
}
