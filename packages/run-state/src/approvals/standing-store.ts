import type { StoreAct } from '@latchless/filesystem'
import { write } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { checkArgument } from '../run-state-records.ts'
import { coveringScopes, covers, scopeSchema, type Scope } from '../scope.ts'
import type { Action } from './approval-record.ts'
import { actionSchema } from './approval-record.ts'
import { standingPath, StandingApprovalRecord, type StandingApproval } from './standing-record.ts'
import { nextStanding, prevailing, type StandingCommand } from './standing-transitions.ts'

/** What need not be asked again. Only an approval adds to it: see `ApprovalStore.approve`. */
export class StandingApprovals {
  readonly #records: RunStateRecords

  constructor(records: RunStateRecords) {
    this.#records = records
  }

  /** What applies to an action in a scope, of all records that cover it; at most 16 reads. `undefined`: none. */
  async get(scope: Scope, action: Action): Promise<StandingApproval | undefined> {
    const act = { operation: 'get standing approval', id: action.capabilityId }
    checkArgument(act, 'scope', scopeSchema, scope)
    checkArgument(act, 'action', actionSchema, action)
    return prevailing(await coveringStanding(this.#records, act, scope, action))
  }

  /** Overrides: from now on it is asked again in this scope, unless something is allowed for a part of it. */
  async ask(scope: Scope, action: Action): Promise<StandingApproval> {
    const act = { operation: 'override standing approval', id: action.capabilityId }
    checkArgument(act, 'scope', scopeSchema, scope)
    checkArgument(act, 'action', actionSchema, action)
    return decideStanding(this.#records, act, scope, action, { type: 'ask', overrideId: this.#records.newId() })
  }
}

/** Every record about an action whose scope covers this one and, where `within` is given, lies within that. */
export async function coveringStanding(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  action: Action,
  within: Scope = {},
): Promise<StandingApproval[]> {
  const outer = coveringScopes(scope).filter((each) => covers(within, each))
  const found = await Promise.all(
    outer.map(async (each) => records.read(act, standingPath(each, action), StandingApprovalRecord)),
  )
  return found.filter((record) => record !== undefined)
}

/** Resolves with what is recorded then. */
export async function decideStanding(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  action: Action,
  command: StandingCommand,
): Promise<StandingApproval> {
  const now = records.now()
  const { outcome } = await records.update(act, standingPath(scope, action), StandingApprovalRecord, (current) => {
    const next = nextStanding(current, scope, action, command, now)
    return write(next, next)
  })
  return outcome
}
