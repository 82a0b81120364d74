import type { CasUpdateOptions, Filesystem, TupleRange } from '@latchless/filesystem'
import { noop, remove, write } from '@latchless/filesystem'
import { APPROVALS_ROOT } from '../approvals/approval-record.ts'
import { refusal } from '../errors.ts'
import { LEASES_ROOT } from '../leases/lease-record.ts'
import type { RunStateOptions, RunStateRecords, SweepOptions } from '../run-state-records.ts'
import { checkArgument, openRecords, retentionOf } from '../run-state-records.ts'
import type { Scope } from '../scope.ts'
import { derivedId, idSchema, isSameScope, scopeKey, scopeSchema } from '../scope.ts'
import { Sweeping, sweepLimit } from '../sweeping.ts'
import type { Invocation } from './invocation-record.ts'
import {
  EndedInvocationRecord,
  errorKindSchema,
  invocationPath,
  InvocationRecord,
  INVOCATIONS_ROOT,
} from './invocation-record.ts'
import type { InvocationCommand } from './invocation-transitions.ts'
import { nextInvocation } from './invocation-transitions.ts'
import { settleInvocation } from './settle-invocation.ts'

export interface InvocationStart {
  /** Default: derived from the idempotency key, else drawn. */
  readonly id?: string | undefined
  readonly capabilityId: string
  /** A repeat with the same id, key and capability resolves with the invocation as it is now. */
  readonly idempotencyKey?: string | undefined
}

export interface InvocationSweep {
  /** Ended invocations for which what waited is discarded now. */
  readonly settled: number
  /** Invocations that ended longer ago than they are kept. */
  readonly removed: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}

/** Which invocations run, wait or have ended. */
export class InvocationStore {
  readonly #records: RunStateRecords
  readonly #retentionMs: number
  readonly #update: CasUpdateOptions | undefined

  /** @throws {RunStateError} `cas-unsupported` for a mount that cannot compare-and-swap. */
  constructor(filesystem: Filesystem, options: RunStateOptions = {}) {
    this.#records = openRecords(filesystem, 'invocations', [INVOCATIONS_ROOT, APPROVALS_ROOT, LEASES_ROOT], options)
    this.#retentionMs = retentionOf(options)
    this.#update = options.update
  }

  /** @throws {RunStateError} `invocation-exists` or `idempotency-conflict`. */
  async start(scope: Scope, { capabilityId, idempotencyKey, ...given }: InvocationStart): Promise<Invocation> {
    const operation = 'start invocation'
    if (idempotencyKey !== undefined) checkArgument({ operation }, 'idempotencyKey', idSchema, idempotencyKey)
    const drawn = () => (idempotencyKey === undefined ? this.#records.newId() : derivedId('invocation', idempotencyKey))
    const id = given.id ?? drawn()
    const act = { operation, id }
    const now = this.#records.now()
    const started: Invocation = {
      id: checkArgument(act, 'id', idSchema, id),
      scope: checkArgument(act, 'scope', scopeSchema, scope),
      capabilityId: checkArgument(act, 'capabilityId', idSchema, capabilityId),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      status: 'running',
      createdAt: now,
      updatedAt: now,
    }
    const { outcome } = await this.#records.update(act, invocationPath(scope, id), InvocationRecord, (current) => {
      if (!current) return write(started, started)
      if (idempotencyKey === undefined || current.idempotencyKey === undefined) throw refusal(act, 'invocation-exists')
      const repeated = current.idempotencyKey === idempotencyKey && current.capabilityId === capabilityId
      if (!repeated) throw refusal(act, 'idempotency-conflict')
      return noop(current)
    })
    return outcome
  }

  /** @throws {RunStateError} as all commands do: `unknown-invocation`, and the refusals of `invocationTransitions`. */
  async blockApproval(scope: Scope, id: string, approvalRequestId: string): Promise<Invocation> {
    const act = { operation: 'block invocation', id }
    checkArgument(act, 'approvalRequestId', idSchema, approvalRequestId)
    return this.#command(act, scope, { type: 'blockApproval', approvalRequestId })
  }

  async blockAuth(scope: Scope, id: string, errorKind: string): Promise<Invocation> {
    const act = { operation: 'block invocation', id }
    checkArgument(act, 'errorKind', errorKindSchema, errorKind)
    return this.#command(act, scope, { type: 'blockAuth', errorKind })
  }

  async resume(scope: Scope, id: string): Promise<Invocation> {
    return this.#command({ operation: 'resume invocation', id }, scope, { type: 'resume' })
  }

  /** Ends it. What waited for it is discarded by the next sweep, or at once where `RunState.endInvocation` ends it. */
  async complete(scope: Scope, id: string): Promise<Invocation> {
    return this.#command({ operation: 'complete invocation', id }, scope, { type: 'complete' })
  }

  /** Ends it, as {@link complete} does. */
  async fail(scope: Scope, id: string, errorKind: string): Promise<Invocation> {
    const act = { operation: 'fail invocation', id }
    checkArgument(act, 'errorKind', errorKindSchema, errorKind)
    return this.#command(act, scope, { type: 'fail', errorKind })
  }

  /** The invocation, or `undefined` when the scope has none of this id. */
  async get(scope: Scope, id: string): Promise<Invocation | undefined> {
    const act = { operation: 'get invocation', id }
    checkArgument(act, 'id', idSchema, id)
    checkArgument(act, 'scope', scopeSchema, scope)
    const found = await this.#records.read(act, invocationPath(scope, id), InvocationRecord)
    return found && isSameScope(found.scope, scope) ? found : undefined
  }

  /**
   * Fails every invocation of a scope that is over, such as a deleted thread: what waits there would wait for good. Resolves with
   * how many. What waited for them is left to `RunState.discardForScope` or to the sweep.
   */
  async failForScope(scope: Scope, errorKind: string): Promise<number> {
    const act = { operation: 'fail invocations of scope' }
    checkArgument(act, 'scope', scopeSchema, scope)
    checkArgument(act, 'errorKind', errorKindSchema, errorKind)
    const now = this.#records.now()
    const sweeping = new Sweeping(this.#records, act, { update: this.#update })
    const range = { prefix: [scopeKey(scope)] }
    const { done } = await sweeping.each(INVOCATIONS_ROOT, InvocationRecord, 'open', range, async ({ id }) => {
      const path = invocationPath(scope, id)
      const { changed } = await this.#records.update({ ...act, id }, path, InvocationRecord, (current) =>
        current && !('endedAt' in current)
          ? write(nextInvocation(current, scope, { type: 'fail', errorKind }, now, act))
          : noop(),
      )
      return changed
    })
    return sweeping.finish(done)
  }

  /**
   * Discards what waited for invocations that have ended, where whoever ended them did not, and removes what ended longer ago than
   * it is kept, in every retained version.
   */
  async sweep({ now = this.#records.now(), limit }: SweepOptions = {}): Promise<InvocationSweep> {
    const act = { operation: 'sweep invocations' }
    const sweeping = new Sweeping(this.#records, act, { limit: sweepLimit(act, limit), update: this.#update })
    const each = async (index: string, range: TupleRange, handle: (ended: Invocation) => Promise<boolean>) =>
      sweeping.each(INVOCATIONS_ROOT, InvocationRecord, index, range, handle)
    const settled = await each('unsettled', {}, async ({ scope, id }) => {
      const { changed } = await settleInvocation(this.#records, act, scope, id, this.#update)
      return changed
    })
    const before = now - this.#retentionMs + 1
    const removed = await each('settled', { to: [before] }, async ({ scope, id }) => {
      const { changed } = await this.#records.update(
        { ...act, id },
        invocationPath(scope, id),
        EndedInvocationRecord,
        // Looked at again: another sweep may have removed it, and somebody started another one under its id.
        (current) =>
          current && 'endedAt' in current && !current.unsettled && current.endedAt < before ? remove() : noop(),
      )
      return changed
    })
    return sweeping.finish({ settled: settled.done, removed: removed.done, more: settled.more || removed.more })
  }

  async #command(
    act: { operation: string; id: string },
    scope: Scope,
    command: InvocationCommand,
  ): Promise<Invocation> {
    checkArgument(act, 'id', idSchema, act.id)
    checkArgument(act, 'scope', scopeSchema, scope)
    const now = this.#records.now()
    const { outcome } = await this.#records.update(act, invocationPath(scope, act.id), InvocationRecord, (current) => {
      const next = nextInvocation(current, scope, command, now, act)
      return write(next, next)
    })
    return outcome
  }
}
