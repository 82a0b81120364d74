import type { StoreAct } from '@latchless/filesystem'
import { refusal, type RunStateErrorCode } from '../errors.ts'
import type { Step } from '../step.ts'
import { isSameScope, type Scope } from '../scope.ts'
import type { Invocation, InvocationStatus } from './invocation-record.ts'

export type InvocationCommand =
  | { readonly type: 'blockApproval'; readonly approvalRequestId: string; readonly unsaved?: boolean }
  | { readonly type: 'blockAuth'; readonly errorKind: string }
  | { readonly type: 'resume' }
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly errorKind: string }

type Row = Readonly<Record<InvocationCommand['type'], Step<InvocationStatus, RunStateErrorCode>>>

const blocked: Row = {
  blockApproval: { refuse: 'invocation-blocked' },
  blockAuth: { refuse: 'invocation-blocked' },
  resume: { to: 'running' },
  complete: { refuse: 'invocation-blocked' },
  fail: { to: 'failed' },
}

const ended: Row = {
  blockApproval: { refuse: 'invocation-ended' },
  blockAuth: { refuse: 'invocation-ended' },
  resume: { refuse: 'invocation-ended' },
  complete: { refuse: 'invocation-ended' },
  fail: { refuse: 'invocation-ended' },
}

/** What each command does to an invocation of each status. */
export const invocationTransitions: Readonly<Record<InvocationStatus, Row>> = {
  running: {
    blockApproval: { to: 'blocked-approval' },
    blockAuth: { to: 'blocked-auth' },
    resume: { refuse: 'invocation-not-blocked' },
    complete: { to: 'completed' },
    fail: { to: 'failed' },
  },
  'blocked-approval': blocked,
  'blocked-auth': blocked,
  completed: ended,
  failed: ended,
}

/** @throws {RunStateError} when the invocation is not there, belongs to another scope or does not permit the command. */
export function nextInvocation(
  current: Invocation | undefined,
  scope: Scope,
  command: InvocationCommand,
  now: number,
  act: StoreAct,
): Invocation {
  if (!current || !isSameScope(current.scope, scope)) throw refusal(act, 'unknown-invocation')
  const step = invocationTransitions[current.status][command.type]
  if (step.refuse !== undefined) throw refusal(act, step.refuse, current.status)
  const { id, capabilityId, idempotencyKey, createdAt } = current
  // Field by field: what belongs to the status that is left does not follow into the next.
  const kept = {
    id,
    scope: current.scope,
    capabilityId,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    createdAt,
    updatedAt: now,
  }
  switch (command.type) {
    case 'blockApproval': {
      const { approvalRequestId, unsaved } = command
      return {
        ...kept,
        status: 'blocked-approval',
        approvalRequestId,
        ...(unsaved ? { approvalUnsaved: true } : {}),
      }
    }
    case 'blockAuth':
      return { ...kept, status: 'blocked-auth', errorKind: command.errorKind }
    case 'resume':
      return { ...kept, status: 'running' }
    case 'complete':
      return { ...kept, status: 'completed', endedAt: now, unsettled: true }
    case 'fail':
      return { ...kept, status: 'failed', errorKind: command.errorKind, endedAt: now, unsettled: true }
  }
}

/** An ended invocation without the mark that something follows from its end; `undefined` where there is no such mark. */
export function settledInvocation(current: Invocation | undefined): Invocation | undefined {
  if (!current || !('unsettled' in current)) return undefined
  const { unsettled: _, ...settled } = current
  return settled
}
