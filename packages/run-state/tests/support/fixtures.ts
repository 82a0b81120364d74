import type { ApprovalRequest, RunStateError, RunStateOptions, Scope } from '@latchless/run-state'
import { RunState } from '@latchless/run-state'
import type { Filesystem } from '@latchless/filesystem'
import { manualClock, type ManualClock } from '@latchless/store-testing'
import { expect } from 'vitest'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS

export const scope: Scope = { agent: 'a1', project: 'p1', thread: 't1' }
export const otherScope: Scope = { agent: 'a1', project: 'p1', thread: 't2' }
export const alice = { kind: 'user', id: 'alice' } as const
export const action = { kind: 'dispatch', capabilityId: 'shell.run' } as const
export const input = { command: ['ls', '-l'] }

export function requestOf(clock: ManualClock, request: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    id: 'r1',
    correlationId: 'c1',
    requestedBy: { kind: 'agent', id: 'a1' },
    action,
    input,
    reason: 'to see what is there',
    expiresAt: clock.now() + 10 * MINUTE_MS,
    ...request,
  }
}

export interface World {
  readonly clock: ManualClock
  readonly state: RunState
}

export function worldOf(filesystem: Filesystem, options: RunStateOptions = {}, clock = manualClock()): World {
  return { clock, state: new RunState(filesystem, { now: clock.now, ...options }) }
}

/** The error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<RunStateError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error as RunStateError,
  )
  expect(outcome, 'the call was to be refused').toBeDefined()
  return outcome as RunStateError
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await failureOf(promise)
  return error.status === undefined ? error.code : `${error.code} (${error.status})`
}
