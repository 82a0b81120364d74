import { defineRecord } from '@latchless/filesystem'
import { z } from 'zod'
import { derivedId, idSchema, scopedPath, scopeSchema, type Scope } from '../scope.ts'
import { actionSchema, principalSchema, type Action } from './approval-record.ts'

export const STANDING_ROOT = '/standing-approvals'

const shared = { scope: scopeSchema, action: actionSchema, createdAt: z.int(), updatedAt: z.int() }

const standingSchema = z.discriminatedUnion('status', [
  /** Asked no more: the request that it came from, and who decided. */
  z.strictObject({ ...shared, status: z.literal('allowed'), approvalId: idSchema, by: principalSchema }),
  /** An override: asked every time, also where a wider scope allows. */
  z.strictObject({ ...shared, status: z.literal('ask') }),
])

/**
 * What holds for an action everywhere in a scope until somebody says otherwise. That it is allowed and that it is overridden
 * are two values of one field, so that to allow is to clear the override, in one write.
 */
export type StandingApproval = z.infer<typeof standingSchema>

export const StandingApprovalRecord = defineRecord<StandingApproval>({
  kind: 'standing_approval',
  schema: standingSchema,
})

/** One record per scope and action. */
export function standingPath(scope: Scope, action: Action): string {
  return scopedPath(STANDING_ROOT, scope, derivedId('action', action))
}
