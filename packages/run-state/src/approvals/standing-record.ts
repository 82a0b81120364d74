import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import { derivedId, idSchema, scopedPath, scopeKey, scopeSchema, type Scope } from '../scope.ts'
import { actionSchema, principalSchema, type Action } from './approval-record.ts'

export const STANDING_ROOT = '/standing-approvals'

const shared = { scope: scopeSchema, action: actionSchema, createdAt: z.int(), updatedAt: z.int() }

const standingSchema = z.discriminatedUnion('status', [
  /** Asked no more: the request that it came from, and who decided. */
  z.strictObject({ ...shared, status: z.literal('allowed'), approvalId: idSchema, by: principalSchema }),
  /** An override: asked every time, also where a wider scope allows. Its id tells it from those before and after it. */
  z.strictObject({ ...shared, status: z.literal('ask'), overrideId: idSchema }),
])

/**
 * What holds for an action everywhere in a scope until somebody says otherwise. That it is allowed and that it is overridden
 * are two values of one field, so that to allow is to clear the override, in one write.
 */
export type StandingApproval = z.infer<typeof standingSchema>

const definition = {
  kind: 'standing_approval',
  schema: standingSchema,
  indexes: { byScope: ({ scope }: StandingApproval) => [scopeKey(scope)] },
}

export const StandingApprovalRecord = defineRecord<StandingApproval>(definition)

/** The same record, in a write after which no older body is retained. */
export const ForgottenStandingRecord = defineRecord<StandingApproval>({ ...definition, keepVersions: 0 })

/** One record per scope and action. */
export function standingPath(scope: Scope, action: Action): string {
  return scopedPath(STANDING_ROOT, scope, derivedId('action', action))
}
