import type { StoreAct } from '@latchless/filesystem'
import { fingerprint } from '@latchless/filesystem'
import { z } from 'zod'
import { refusal, wrongArgument } from '../errors.ts'
import { checkArgument } from '../run-state-records.ts'
import { derivedId, idSchema, scopeSchema, textSchema, type Scope } from '../scope.ts'
import type { Action, Approval, PendingApproval, Principal, StoredApproval } from './approval-record.ts'
import { actionSchema, principalSchema, REASON_LENGTH_MAX } from './approval-record.ts'

export interface ApprovalRequest {
  /** Used once, also after a discard. Default: derived from the idempotency key, else drawn. */
  readonly id?: string | undefined
  /** The invocation that waits for it, if one does. It is in the same scope. */
  readonly invocationId?: string | undefined
  readonly correlationId: string
  readonly requestedBy: Principal
  readonly action: Action
  /** JSON, with {@link action} at most 64 levels deep. Only its fingerprint is stored. */
  readonly input: unknown
  /** For the person who decides. */
  readonly reason: string
  /** How far a standing approval may reach; without it there can be none. */
  readonly reusableScope?: Scope | undefined
  /** Milliseconds since the epoch. From then on it cannot be approved. */
  readonly expiresAt: number
  /**
   * A repeat of the same request with the same key resolves with the request as it is now, also past its end. The key counts for
   * one id: with two explicit ids it makes two requests.
   */
  readonly idempotencyKey?: string | undefined
}

const argumentSchema = z.strictObject({
  id: idSchema,
  invocationId: idSchema.optional(),
  correlationId: idSchema,
  requestedBy: principalSchema,
  action: actionSchema,
  input: z.unknown(),
  reason: textSchema(REASON_LENGTH_MAX),
  reusableScope: scopeSchema.optional(),
  expiresAt: z.int(),
  idempotencyKey: idSchema.optional(),
})

/**
 * `sha256:` over the canonical JSON of an action and its input: what was approved for one input is not approved for another.
 *
 * @throws {FilesystemError} `invalid-argument` when the input is not JSON or, within its action, deeper than 64 levels.
 */
export function actionFingerprint(action: Action, input: unknown): string {
  return fingerprint({ action, input })
}

/** {@link actionFingerprint} with what is wrong told as an error of the store. */
export function checkedFingerprint(act: StoreAct, action: Action, input: unknown): string {
  checkArgument(act, 'action', actionSchema, action)
  try {
    return actionFingerprint(action, input)
  } catch {
    throw wrongArgument(act, 'the input must be JSON of at most 64 levels, its action included')
  }
}

/** The id under which a request is saved. @throws {RunStateError} `invalid-argument`. */
export function requestIdOf(operation: string, { id, idempotencyKey }: ApprovalRequest, newId: () => string): string {
  // Before it is hashed, which not every text can be.
  if (idempotencyKey !== undefined) checkArgument({ operation }, 'request.idempotencyKey', idSchema, idempotencyKey)
  return id ?? (idempotencyKey === undefined ? newId() : derivedId('request', idempotencyKey))
}

/**
 * The record of a request as of now. Whether its time is not over is for {@link checkEnd}, because a repeat may come later.
 *
 * @throws {RunStateError} `invalid-argument`.
 */
export function newApproval(
  act: StoreAct,
  scope: Scope,
  request: ApprovalRequest & { readonly id: string },
  now: number,
): PendingApproval {
  const owner = checkArgument(act, 'scope', scopeSchema, scope)
  const { input, ...checked } = checkArgument(act, 'request', argumentSchema, request)
  return {
    ...given(checked),
    scope: owner,
    fingerprint: checkedFingerprint(act, checked.action, input),
    status: 'pending',
    createdAt: now,
    updatedAt: now,
  }
}

/** @throws {RunStateError} `invalid-argument` when a new request would be expired at once. */
export function checkEnd(act: StoreAct, { expiresAt, createdAt }: PendingApproval): void {
  if (expiresAt <= createdAt) throw wrongArgument(act, 'expiresAt must be in the future')
}

/**
 * What stands under the id of a request, when that came from the same call.
 *
 * @throws {RunStateError} `request-exists` or `idempotency-conflict`.
 */
export function repeatedAs(act: StoreAct, stored: StoredApproval, requested: PendingApproval): Approval {
  const { idempotencyKey } = requested
  if (stored.status === 'discarded' || idempotencyKey === undefined || stored.idempotencyKey !== idempotencyKey) {
    throw refusal(act, 'request-exists')
  }
  if (contentOf(stored) !== contentOf(requested)) throw refusal(act, 'idempotency-conflict')
  return stored
}

function contentOf(approval: Approval): string {
  const { invocationId, correlationId, requestedBy, reason, reusableScope, expiresAt } = approval
  const { fingerprint: what } = approval
  return fingerprint({ what, invocationId, correlationId, requestedBy, reason, reusableScope, expiresAt })
}

// What a caller gave as undefined is left out, as it is in what is stored.
function given<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T
}
