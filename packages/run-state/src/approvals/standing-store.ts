import type { StoreAct } from '@latchless/filesystem'
import { write } from '@latchless/filesystem'
import type { RunStateRecords } from '../run-state-records.ts'
import { checkArgument } from '../run-state-records.ts'
import { coveringScopes, scopeSchema, type Scope } from '../scope.ts'
import type { Action, ApprovedApproval } from './approval-record.ts'
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
    const paths = coveringScopes(scope).map((outer) => standingPath(outer, action))
    const found = await Promise.all(paths.map(async (path) => this.#records.read(act, path, StandingApprovalRecord)))
    return prevailing(found.filter((record) => record !== undefined))
  }

  /** Overrides: from now on it is asked again in this scope, unless something is allowed for a part of it. */
  async ask(scope: Scope, action: Action): Promise<StandingApproval> {
    const act = { operation: 'override standing approval', id: action.capabilityId }
    checkArgument(act, 'scope', scopeSchema, scope)
    checkArgument(act, 'action', actionSchema, action)
    return this.#decide(act, scope, action, { type: 'ask', decidedAt: this.#records.now() })
  }

  /** Records what was approved, once or again. Resolves with what is recorded now, which may be a newer override. */
  async record(
    act: StoreAct,
    scope: Scope,
    { id, action, resolvedBy, resolvedAt }: ApprovedApproval,
  ): Promise<StandingApproval> {
    return this.#decide(act, scope, action, { type: 'allow', approvalId: id, by: resolvedBy, decidedAt: resolvedAt })
  }

  async #decide(act: StoreAct, scope: Scope, action: Action, command: StandingCommand): Promise<StandingApproval> {
    const { outcome } = await this.#records.update(
      act,
      standingPath(scope, action),
      StandingApprovalRecord,
      (current) => {
        const next = nextStanding(current, scope, action, command)
        return write(next, next)
      },
    )
    return outcome
  }
}
