import type { StoreAct } from '@latchless/filesystem'
import type { BudgetScope } from '../accounts.ts'
import { isCharged, isWithin } from '../accounts.ts'
import { knownResolution, tell } from '../budget/events.ts'
import type { BudgetTree } from '../budget/tree-record.ts'
import { changeLimits } from '../budget/tree-transitions.ts'
import type { BudgetErrorCode } from '../errors.ts'
import { refuse } from '../errors.ts'
import type { BudgetGate, GateStatus, LimitsChange } from './gate-record.ts'
import { GATE_STATUSES } from './gate-record.ts'

export type GateCommand = 'approve' | 'cancel' | 'expire'
/** What a gate is at a moment: a pending one is overdue from its `expiresAt` on. */
export type GateState = GateStatus | 'overdue'

const resolved = { approve: 'gate-resolved', cancel: 'gate-resolved', expire: 'gate-resolved' } as const

/** (state, command) → the next status, or the code of the refusal. */
export const GATE_TRANSITIONS: {
  readonly [S in GateState]: { readonly [C in GateCommand]: GateStatus | BudgetErrorCode }
} = {
  // Nobody's clock but the one that asks says when it is over, so that one must not be early.
  pending: { approve: 'approved', cancel: 'cancelled', expire: 'pending' },
  overdue: { approve: 'gate-overdue', cancel: 'gate-overdue', expire: 'expired' },
  approved: resolved,
  cancelled: resolved,
  expired: resolved,
}

function gateState({ status, expiresAt }: BudgetGate, now: number): GateState {
  return status === 'pending' && now >= expiresAt ? 'overdue' : status
}

/** A gate with its end, where the tree holds one that its record has not been told yet. */
function withResolution(act: StoreAct, gate: BudgetGate, tree: BudgetTree | undefined): BudgetGate {
  const resolution = tree && gate.status === 'pending' ? knownResolution(act, tree, gate.id) : undefined
  return resolution ? { ...gate, status: resolution.status, resolution } : gate
}

/** A gate as it is at a moment: one that is overdue has expired, whether or not a sweep has run. */
export function gateAt(act: StoreAct, stored: BudgetGate, tree: BudgetTree | undefined, now: number): BudgetGate {
  const gate = withResolution(act, stored, tree)
  return gateState(gate, now) === 'overdue' ? { ...gate, status: 'expired' } : gate
}

export interface ResolveRequest {
  readonly command: GateCommand
  readonly by?: string | undefined
  readonly changes?: readonly LimitsChange[] | undefined
  readonly within?: BudgetScope | undefined
}

/**
 * Ends a gate in the tree, so that the limits of an approval come into force with it or not at all.
 *
 * @throws {BudgetError} `unknown-gate`, `gate-resolved`, `gate-overdue`, `invalid-argument`, `too-many-accounts`,
 * `ledger-behind`.
 */
export function resolveGate(
  act: StoreAct,
  tree: BudgetTree,
  stored: BudgetGate | undefined,
  { command, by, changes = [], within }: ResolveRequest,
  now: number,
  bytesMax: number,
): { readonly tree: BudgetTree; readonly outcome: BudgetGate } {
  if (!stored || !isWithin(stored.scope, within)) throw refuse('unknown-gate', act, 'there is none')
  const gate = withResolution(act, stored, tree)
  const state = gateState(gate, now)
  const status = GATE_TRANSITIONS[state][command]
  if (!isStatus(status)) throw refuse(status, act, `it is ${state} already`, { status: state })
  if (status === 'pending') return { tree, outcome: gate }
  if (!changes.every(({ account }) => isCharged(gate.scope, account))) {
    throw refuse('invalid-argument', act, 'its changes must be of accounts that its scope is charged to')
  }
  const resolution = {
    status,
    at: now,
    ...(by === undefined ? {} : { by }),
    ...(changes.length === 0 ? {} : { changes }),
  }
  const changed = changes.reduce(
    (next, { account, limits }) => changeLimits(act, next, { account, limits, by, gate: gate.id }, now, bytesMax),
    tree,
  )
  const told = tell(act, changed, now, { type: 'gate-resolved', gate: gate.id, resolution })
  return { tree: told, outcome: { ...gate, status, resolution } }
}

function isStatus(next: GateStatus | BudgetErrorCode): next is GateStatus {
  return (GATE_STATUSES as readonly string[]).includes(next)
}
