import type { Scope } from '../scope.ts'
import { covers, widthOf } from '../scope.ts'
import type { Action, Principal } from './approval-record.ts'
import type { StandingApproval } from './standing-record.ts'

export type StandingCommand =
  | {
      readonly type: 'allow'
      readonly approvalId: string
      readonly by: Principal
      /** The overrides that were there before it was approved. It clears those and no other. */
      readonly overridesSeen: readonly string[]
    }
  | { readonly type: 'ask'; readonly overrideId: string }

/**
 * What each command makes of a record of each status, or of none. Nothing is refused, but an approval changes nothing over an
 * override that its approver did not see: one whose standing part is repaired late does not undo an override from in between.
 */
export const standingTransitions: Readonly<
  Record<StandingApproval['status'] | 'none', Readonly<Record<StandingCommand['type'], StandingApproval['status']>>>
> = {
  none: { allow: 'allowed', ask: 'ask' },
  allowed: { allow: 'allowed', ask: 'ask' },
  ask: { allow: 'allowed', ask: 'ask' },
}

export function nextStanding(
  current: StandingApproval | undefined,
  scope: Scope,
  action: Action,
  command: StandingCommand,
  now: number,
): StandingApproval {
  const shared = { scope, action, createdAt: current?.createdAt ?? now, updatedAt: now }
  if (command.type === 'ask') return { ...shared, status: 'ask', overrideId: command.overrideId }
  // What is allowed already stays as it was first allowed, so that a repeat changes nothing.
  if (current?.status === 'allowed' || (current && !isSeen(current, command.overridesSeen))) return current
  return { ...shared, status: 'allowed', approvalId: command.approvalId, by: command.by }
}

/** Whether a record is one of these overrides. */
export function isSeen(record: StandingApproval, overrides: readonly string[]): boolean {
  return record.status === 'ask' && overrides.includes(record.overrideId)
}

/**
 * What applies of all that covers a scope. An override gives way only to what was allowed for a part of its own scope: of two
 * scopes that overlap, neither was decided with the other in mind.
 */
export function prevailing(found: readonly StandingApproval[]): StandingApproval | undefined {
  const narrowestFirst = found.toSorted((a, b) => widthOf(a.scope) - widthOf(b.scope))
  const asks = narrowestFirst.filter(({ status }) => status === 'ask')
  const allowed = narrowestFirst.find(
    ({ status, scope }) => status === 'allowed' && asks.every((ask) => covers(ask.scope, scope)),
  )
  return allowed ?? asks[0]
}
