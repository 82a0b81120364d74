import type { Filesystem, StoreAct, StoreOptions, StorePage } from '@latchless/filesystem'
import { fingerprint, noop, write } from '@latchless/filesystem'
import { z } from 'zod'
import type { BudgetScope } from '../accounts.ts'
import { ACCOUNT_KEY_LENGTH_MAX, checkBy, checkId, checkScope, checkWithin, isWithin } from '../accounts.ts'
import { pendingEvents } from '../budget/events.ts'
import { BudgetTreeRecord } from '../budget/tree.ts'
import type { BudgetTree } from '../budget/tree-record.ts'
import type { Finding } from '../decision.ts'
import { findingSchema } from '../decision.ts'
import { refuse } from '../errors.ts'
import { checkLimits } from '../limits.ts'
import { checkTtl } from '../ttl.ts'
import type { BudgetGate, GateStatus, LimitsChange } from './gate-record.ts'
import { Gate, GATE_TTL_MS_DEFAULT, GATE_TTL_MS_MAX, gatePath, GATES } from './gate-record.ts'
import type { ResolveRequest } from './gate-transitions.ts'
import { gateAt, resolveGate } from './gate-transitions.ts'

export interface OpenGateOptions {
  /** Names the gate: opened again, it is the first one. Drawn when absent. */
  readonly id?: string | undefined
  /** How long it can be approved. Default {@link GATE_TTL_MS_DEFAULT}, at most {@link GATE_TTL_MS_MAX}. */
  readonly ttlMs?: number | undefined
}

export interface ResolveGateOptions {
  /** Who decides. */
  readonly by: string
  /** On whose behalf: a gate outside of this scope is unknown. */
  readonly within?: BudgetScope | undefined
}

export interface ApproveGateOptions extends ResolveGateOptions {
  /** Limits that come into force with the approval, in the same write. */
  readonly changes?: readonly LimitsChange[] | undefined
}

export interface ListGatesOptions {
  /** A gate that is overdue is not pending; it is listed among those that have expired once a sweep has written it. Default `pending`. */
  readonly status?: GateStatus | undefined
  /** Gates outside of this scope are left out, so that a page may be short. */
  readonly within?: BudgetScope | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** Findings of one gate, and their characters as JSON: more than any reservation has. */
const FINDINGS_MAX = 64
const FINDINGS_LENGTH_MAX = 256 * 1024
/** Accounts whose limits one approval changes. */
const CHANGES_MAX = 16

/** Questions to people about reservations that need an approval. */
export class BudgetGateStore {
  readonly #tree: BudgetTreeRecord

  /** @throws {BudgetError} `cas-unsupported` for a mount that cannot compare-and-swap; nothing is read or written. */
  constructor(filesystem: Filesystem, options: StoreOptions = {}) {
    this.#tree = new BudgetTreeRecord(filesystem, options)
  }

  /**
   * Opens a gate over the findings of a reservation. For as long as a gate is kept its id is not opened anew, however it ended: the same
   * question gets the gate as it is, another one is refused.
   *
   * @throws {BudgetError} `gate-conflict`, `invalid-argument`.
   */
  async open(
    scope: BudgetScope,
    findings: readonly Finding[],
    { id, ttlMs }: OpenGateOptions = {},
  ): Promise<BudgetGate> {
    const { now, newId } = this.#tree.records
    const act = { operation: 'open gate', id: id ?? newId() }
    const createdAt = now()
    const gate: BudgetGate = {
      id: checkId(act, act.id),
      status: 'pending',
      scope: checkScope(act, scope),
      findings: checkFindings(act, findings),
      createdAt,
      expiresAt: createdAt + checkTtl(act, ttlMs ?? GATE_TTL_MS_DEFAULT, GATE_TTL_MS_MAX),
    }
    const { outcome } = await this.#tree.records.update(act, gatePath(gate.id), Gate, (current) => {
      if (!current) return write(gate, gate)
      const same = fingerprint([current.scope, current.findings]) === fingerprint([gate.scope, gate.findings])
      if (!same) throw refuse('gate-conflict', act, 'its id was used for another gate')
      return noop(current)
    })
    return outcome === gate ? gate : ((await this.get(gate.id)) ?? outcome)
  }

  /**
   * Approves a gate that is pending and not overdue. The limits in `changes` come into force in the same write.
   *
   * @throws {BudgetError} `unknown-gate`, `gate-resolved`, `gate-overdue`, `invalid-argument` for an account that the
   * scope of the gate is not charged to, `invalid-limits`, `invalid-amount`, `too-many-accounts`, `ledger-behind`.
   */
  async approve(id: string, { by, changes, within }: ApproveGateOptions): Promise<BudgetGate> {
    const act = { operation: 'approve gate', id }
    return this.#resolve(act, { command: 'approve', by, within, changes: checkChanges(act, changes ?? []) })
  }

  /** @throws {BudgetError} `unknown-gate`, `gate-resolved`, `gate-overdue`, `ledger-behind`. */
  async cancel(id: string, { by, within }: ResolveGateOptions): Promise<BudgetGate> {
    return this.#resolve({ operation: 'cancel gate', id }, { command: 'cancel', by, within })
  }

  async get(
    id: string,
    { within }: { readonly within?: BudgetScope | undefined } = {},
  ): Promise<BudgetGate | undefined> {
    const act = { operation: 'read gate', id }
    const scope = checkWithin(act, within)
    const now = this.#tree.records.now()
    // The tree first: an end that it has handed on by then is in the gate by now.
    const tree = await this.#tree.read(act)
    const gate = await this.#tree.records.read(act, gatePath(checkId(act, id)), Gate)
    return gate && isWithin(gate.scope, scope) ? gateAt(act, gate, tree, now) : undefined
  }

  /** One page of the gates with a status, oldest first. Behind the last come those whose end has not reached their record yet. */
  async list({ status = 'pending', within, limit, cursor }: ListGatesOptions = {}): Promise<StorePage<BudgetGate>> {
    const act = { operation: 'list gates' }
    const scope = checkWithin(act, within)
    const now = this.#tree.records.now()
    const tree = await this.#tree.read(act)
    // Before the page, so that one whose record is told meanwhile is in the page.
    const ending = await this.#ending(act, tree, status)
    const range = { prefix: [status] }
    const page = await this.#tree.records.page(act, GATES, Gate, 'byStatus', { limit, cursor, range })
    const listed = new Set(page.items.map(({ id }) => id))
    const last = page.next === undefined ? ending.filter(({ id }) => !listed.has(id)) : []
    const items = [...page.items, ...last]
      .map((gate) => gateAt(act, gate, tree, now))
      .filter((gate) => gate.status === status && isWithin(gate.scope, scope))
    return { ...page, items }
  }

  /** The gates whose end with this status waits in the tree, and whose records still say that they are pending. */
  async #ending(act: StoreAct, tree: BudgetTree | undefined, status: GateStatus): Promise<readonly BudgetGate[]> {
    const ids = tree
      ? pendingEvents(act, tree).flatMap((event) =>
          event.type === 'gate-resolved' && event.resolution.status === status ? [event.gate] : [],
        )
      : []
    const gates = await Promise.all(ids.map(async (id) => this.#tree.records.read(act, gatePath(id), Gate)))
    return gates.filter((gate) => gate?.status === 'pending') as readonly BudgetGate[]
  }

  async #resolve(act: StoreAct & { readonly id: string }, given: ResolveRequest): Promise<BudgetGate> {
    checkId(act, act.id)
    // Somebody must decide: a name that is missing is no name.
    const request = { ...given, by: checkBy(act, given.by ?? ''), within: checkWithin(act, given.within) }
    return resolveInTree(this.#tree, act, request, this.#tree.records.now())
  }
}

/** Ends a gate and tells its record. */
export async function resolveInTree(
  tree: BudgetTreeRecord,
  act: StoreAct & { readonly id: string },
  request: ResolveRequest,
  now: number,
): Promise<BudgetGate> {
  const gate = await tree.changeBeside(
    act,
    () => tree.records.read(act, gatePath(act.id), Gate),
    (current, stored) => resolveGate(act, current, stored, request, now, tree.bytesMax),
  )
  // A crash here, or a ledger that fails, leaves the end in the tree, where every reader of the gate finds it.
  await tree.drain(act).catch(() => undefined)
  return gate
}

function checkFindings(act: StoreAct, findings: readonly Finding[]): readonly Finding[] {
  const parsed = z.array(findingSchema).max(FINDINGS_MAX).safeParse(findings)
  const isSound =
    parsed.success &&
    parsed.data.every(({ account }) => account.length <= ACCOUNT_KEY_LENGTH_MAX && account.isWellFormed()) &&
    JSON.stringify(parsed.data).length <= FINDINGS_LENGTH_MAX
  if (isSound) return parsed.data
  throw refuse('invalid-argument', act, `its findings must be at most ${FINDINGS_MAX} of a reservation`)
}

function checkChanges(act: StoreAct, changes: readonly LimitsChange[]): readonly LimitsChange[] {
  if (!Array.isArray(changes) || changes.length > CHANGES_MAX)
    throw refuse('invalid-argument', act, `its changes must be at most ${CHANGES_MAX}`)
  return changes.map(({ account, limits }) => ({ account: checkScope(act, account), limits: checkLimits(act, limits) }))
}
