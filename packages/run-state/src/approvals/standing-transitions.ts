import type { Scope } from '../scope.ts'
import { covers, widthOf } from '../scope.ts'
import type { Action, Principal } from './approval-record.ts'
import type { StandingApproval } from './standing-record.ts'

export type StandingCommand =
  | { readonly type: 'allow'; readonly approvalId: string; readonly by: Principal; readonly decidedAt: number }
  | { readonly type: 'ask'; readonly decidedAt: number }

/**
 * What each command makes of a record of each status, or of none. Nothing is refused, but an approval changes nothing when the
 * record is newer: one whose standing part is repaired late does not undo an override from in between.
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
): StandingApproval {
  const newest = current?.updatedAt ?? 0
  const isLate = newest > command.decidedAt || (newest === command.decidedAt && current?.status === 'ask')
  if (current && command.type === 'allow' && isLate) return current
  const updatedAt = Math.max(newest, command.decidedAt)
  const shared = { scope, action, createdAt: current?.createdAt ?? command.decidedAt, updatedAt }
  const status = standingTransitions[current?.status ?? 'none'][command.type]
  if (status === 'allowed' && command.type === 'allow') {
    return { ...shared, status, approvalId: command.approvalId, by: command.by }
  }
  return { ...shared, status: 'ask' }
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
