import type { StoreAct, StoreErrorDetails, StoreFailureCode } from '@latchless/filesystem'
import { actPhrase, StoreError } from '@latchless/filesystem'
import { idSchema } from './scope.ts'

/**
 * What run-state refuses, and what the caller does now. What belongs to another scope is `unknown`, as if it were not there.
 * - `unknown-invocation`: start it, or correct the id or the scope; a request for one that is not there has no lease.
 * - `invocation-exists`: choose another id; an id is free again only when the sweep removed the invocation that had it.
 * - `invocation-blocked`: resume it first.
 * - `invocation-not-blocked`: it runs; there is nothing to resume.
 * - `invocation-ended`: it completed or failed; start another one.
 * - `unknown-request`: correct the id or the scope.
 * - `request-exists`: choose another id; an id is used once, also after a discard.
 * - `idempotency-conflict`: the key was used for something else; draw a new key for each thing to do.
 * - `too-many-pending`: have some requests of the scope decided or discarded first.
 * - `not-pending`: somebody decided first, or it expired; `status` says which.
 * - `not-resolved`: it is still pending, so its content is needed.
 * - `not-overdue`: its time is not over.
 * - `approval-pending`: wait until somebody decides.
 * - `approval-denied`: stale; do not ask again for the same.
 * - `approval-expired`: stale; make a new request.
 * - `approval-discarded`: stale; make a new request if it is still wanted.
 * - `fingerprint-mismatch`: the approval is for another action or input; make a request for this one.
 * - `standing-overridden`: an override asks where the request was made; make a new request if it is to stand.
 * - `standing-not-allowed`: choose a standing scope between the scope of the request and its `reusableScope`.
 * - `unknown-lease`: issue it, or correct the id or the scope.
 * - `lease-taken`: somebody else claimed it or dispatches under it, or this is not the id of the claim.
 * - `lease-not-claimed`: claim it first.
 * - `lease-not-dispatching`: this dispatch is over, or another one is under way.
 * - `lease-consumed`: every use is spent.
 * - `lease-revoked`: it was taken back.
 * - `lease-expired`: its time is over.
 * - `lease-exhausted`: it was issued for no invocation at all.
 */
export type RunStateErrorCode =
  | 'unknown-invocation'
  | 'invocation-exists'
  | 'invocation-blocked'
  | 'invocation-not-blocked'
  | 'invocation-ended'
  | 'unknown-request'
  | 'request-exists'
  | 'idempotency-conflict'
  | 'too-many-pending'
  | 'not-pending'
  | 'not-resolved'
  | 'not-overdue'
  | 'approval-pending'
  | 'approval-denied'
  | 'approval-expired'
  | 'approval-discarded'
  | 'fingerprint-mismatch'
  | 'standing-not-allowed'
  | 'standing-overridden'
  | 'unknown-lease'
  | 'lease-taken'
  | 'lease-not-claimed'
  | 'lease-not-dispatching'
  | 'lease-consumed'
  | 'lease-revoked'
  | 'lease-expired'
  | 'lease-exhausted'

export interface RunStateErrorDetails extends StoreErrorDetails {
  /** The status that was found, where a status is the reason. */
  readonly status?: string | undefined
}

export class RunStateError extends StoreError<RunStateErrorCode> {
  static {
    this.prototype.name = 'RunStateError'
  }
  readonly status: string | undefined

  constructor(
    code: RunStateErrorCode | StoreFailureCode,
    message: string,
    { status, ...details }: RunStateErrorDetails,
  ) {
    super(code, message, details)
    this.status = status
  }
}

const problems: Readonly<Record<RunStateErrorCode, string>> = {
  'unknown-invocation': 'there is no such invocation in this scope',
  'invocation-exists': 'the id is taken, expected one that no invocation has',
  'invocation-blocked': 'it is blocked, expected one that runs',
  'invocation-not-blocked': 'it runs, expected one that is blocked',
  'invocation-ended': 'it has ended',
  'unknown-request': 'there is no such request in this scope',
  'request-exists': 'the id is taken, expected one that was never used',
  'idempotency-conflict': 'its idempotency key was used for something else',
  'too-many-pending': 'as many requests of this scope are pending as may be',
  'not-pending': 'it is not pending',
  'not-resolved': 'it is still pending',
  'not-overdue': 'its time is not over',
  'approval-pending': 'nobody has decided yet',
  'approval-denied': 'it was denied',
  'approval-expired': 'it has expired',
  'approval-discarded': 'it was discarded',
  'fingerprint-mismatch': 'the approval is for another action or input',
  'standing-not-allowed': 'the standing scope must lie between the scope of the request and its reusable scope',
  'standing-overridden': 'an override still asks where the request was made',
  'unknown-lease': 'there is no such lease in this scope',
  'lease-taken': 'somebody else has it',
  'lease-not-claimed': 'it must be claimed first',
  'lease-not-dispatching': 'no such dispatch is under way',
  'lease-consumed': 'every use of it is spent',
  'lease-revoked': 'it was revoked',
  'lease-expired': 'it has expired',
  'lease-exhausted': 'it permits no invocation',
}

/** The error for a command that the domain refuses. `status` is the one that was found. */
export function refusal(act: StoreAct, code: RunStateErrorCode, status?: string): RunStateError {
  const found = status === undefined ? '' : `, current status is ${status}`
  return new RunStateError(code, `Cannot ${actPhrase(act)}: ${problems[code]}${found}`, { ...act, status })
}

/** The error for an argument of the wrong form. Values stay out of it, and so does an id that is none. */
export function wrongArgument({ operation, id }: StoreAct, problem: string): RunStateError {
  const act = { operation, id: idSchema.safeParse(id).data }
  return new RunStateError('invalid-argument', `Cannot ${actPhrase(act)}: ${problem}`, act)
}
