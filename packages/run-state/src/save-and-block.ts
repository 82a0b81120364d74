import type { Filesystem, StoreAct, TupleRange } from '@latchless/filesystem'
import { absent, FilesystemError, forceWrite, noop, write } from '@latchless/filesystem'
import type { Approval, PendingApproval } from './approvals/approval-record.ts'
import { approvalPath, ApprovalRecord, APPROVALS_ROOT } from './approvals/approval-record.ts'
import type { ApprovalRequest } from './approvals/approval-request.ts'
import { checkEnd, newApproval, requestIdOf } from './approvals/approval-request.ts'
import { approvalAt, statusAt } from './approvals/approval-transitions.ts'
import { createApproval, replayOf } from './approvals/create-approval.ts'
import type { SlotKeeper } from './approvals/pending-slots.ts'
import { closeDoor, SAVE_GRACE_MS } from './approvals/pending-slots.ts'
import { endApproval } from './approvals/settle-approval.ts'
import { refusal, RunStateError } from './errors.ts'
import type { Invocation } from './invocations/invocation-record.ts'
import { invocationPath, InvocationRecord, INVOCATIONS_ROOT } from './invocations/invocation-record.ts'
import { nextInvocation } from './invocations/invocation-transitions.ts'
import { putBeside } from './put-beside.ts'
import type { RunStateOptions, RunStateRecords } from './run-state-records.ts'
import { checkArgument, openRecords } from './run-state-records.ts'
import type { Scope } from './scope.ts'
import { idSchema, scopeSchema } from './scope.ts'
import { Sweeping, sweepLimit, type Swept } from './sweeping.ts'

export interface SavedAndBlocked {
  readonly approval: Approval
  readonly invocation: Invocation
}

type Act = StoreAct & { readonly id: string }
type WaitedFor = PendingApproval & { readonly invocationId: string }

/**
 * Saves a request and blocks the invocation that waits for it, as one step.
 *
 * With `transact` both records change in one write. Without it the invocation is blocked first, marked as waiting for a request
 * that is not saved yet: while the request is not there nobody can decide it, and whoever decides it finds the invocation blocked.
 * The other order could resume an invocation that blocks a moment later, for good. The mark goes when the request is saved; where
 * it stays, a repeat of the call or the sweep finishes the step or undoes it.
 */
export class BlockSaver {
  readonly #filesystem: Filesystem
  readonly #options: RunStateOptions
  readonly #records: RunStateRecords
  readonly #slots: SlotKeeper

  constructor(filesystem: Filesystem, records: RunStateRecords, slots: SlotKeeper, options: RunStateOptions) {
    this.#filesystem = filesystem
    this.#options = options
    this.#records = records
    this.#slots = slots
  }

  async saveAndBlock(scope: Scope, invocationId: string, request: ApprovalRequest): Promise<SavedAndBlocked> {
    const operation = 'save request and block invocation'
    checkArgument({ operation }, 'scope', scopeSchema, scope)
    checkArgument({ operation }, 'invocationId', idSchema, invocationId)
    const found = await this.#records.read({ operation }, invocationPath(scope, invocationId), InvocationRecord)
    const id = requestIdOf(operation, request, () => unsavedIdOf(found) ?? this.#records.newId())
    const act = { operation, id }
    const now = this.#records.now()
    const requested = { ...newApproval(act, scope, { ...request, id, invocationId }, now), invocationId }
    const replayed = await this.#replay(act, requested, found)
    if (replayed) return replayed
    checkEnd(act, requested)
    // Before a place is taken, which would stay taken for a while when this is refused.
    blockedOn(found, requested, now, act, true)
    await this.#slots.take(act, scope, id)
    const { transact } = this.#filesystem.capabilities(APPROVALS_ROOT)
    const together =
      transact && this.#filesystem.capabilities(INVOCATIONS_ROOT).transact
        ? await this.#inOneWrite(act, requested, now)
        : undefined
    return together ?? this.#inOrder(act, requested, now)
  }

  /** Finishes or undoes what was left half done at least {@link SAVE_GRACE_MS} ago. */
  async repair({ now, limit }: { readonly now: number; readonly limit?: number | undefined }): Promise<Swept> {
    const act = { operation: 'sweep invocations' }
    const sweeping = new Sweeping(this.#records, act, { limit: sweepLimit(act, limit), update: this.#options.update })
    const each = async (range: TupleRange) =>
      sweeping.each(INVOCATIONS_ROOT, InvocationRecord, 'unsaved', range, async (invocation) => {
        if (invocation.status !== 'blocked-approval') return false
        const { id, scope, approvalRequestId } = invocation
        return this.#settle({ ...act, id }, scope, id, approvalRequestId)
      })
    const old = await each({ to: [now - SAVE_GRACE_MS + 1] })
    // A mark from the future is of a clock that was wrong.
    const future = await each({ from: [now + SAVE_GRACE_MS] })
    return sweeping.finish({ done: old.done + future.done, more: old.more || future.more })
  }

  /** What the same call saved before, and the step finished if that was not. `undefined` when the id is free. */
  async #replay(act: Act, requested: WaitedFor, found: Invocation | undefined): Promise<SavedAndBlocked | undefined> {
    const approval = await replayOf(this.#records, act, requested)
    if (!approval) return undefined
    // It was saved by itself before, or the invocation was resumed although nobody had decided.
    const isPending = statusAt(approval, requested.createdAt) === 'pending'
    if (isPending && !isBlockedOn(found, requested)) return this.#inOrder(act, requested, requested.createdAt)
    return this.#finish(act, requested, approval)
  }

  async #replayAgain(act: Act, requested: WaitedFor): Promise<SavedAndBlocked | undefined> {
    const path = invocationPath(requested.scope, requested.invocationId)
    return this.#replay(act, requested, await this.#records.read(act, path, InvocationRecord))
  }

  /** `undefined` where the two records turn out to be of different mounts. */
  async #inOneWrite(act: Act, requested: WaitedFor, now: number): Promise<SavedAndBlocked | undefined> {
    const { id, scope } = requested
    const beside = {
      type: 'put',
      path: approvalPath(scope, id),
      entry: ApprovalRecord.encode(requested),
      expect: absent,
    } as const
    let isTaken = false
    const filesystem = putBeside(this.#filesystem, beside, () => {
      isTaken = true
      return refusal(act, 'request-exists')
    })
    const records = openRecords(filesystem, 'approvals', [APPROVALS_ROOT, INVOCATIONS_ROOT], this.#options)
    const path = invocationPath(scope, requested.invocationId)
    try {
      // Alone: another update of the invocation, folded in, would bring the request along when this one was refused.
      const { outcome } = await records.update(
        act,
        path,
        InvocationRecord,
        (current) => {
          const next = blockedOn(current, requested, now, act, false)
          return forceWrite(next, next)
        },
        { combine: false },
      )
      return { approval: requested, invocation: outcome }
    } catch (error) {
      // Perhaps by the same call, made twice at once.
      const replayed = isTaken ? await this.#replayAgain(act, requested) : undefined
      if (replayed) return replayed
      if (isUnsupported(error)) return undefined
      throw error
    }
  }

  async #inOrder(act: Act, requested: WaitedFor, now: number): Promise<SavedAndBlocked> {
    const { id, scope, invocationId } = requested
    await this.#records.update(act, invocationPath(scope, invocationId), InvocationRecord, (current) =>
      write(blockedOn(current, requested, now, act, true)),
    )
    // A crash here leaves an invocation that waits for a request nobody can see; the mark tells the sweep.
    let approval: Approval
    try {
      approval = await createApproval(this.#records, act, requested)
    } catch (error) {
      const isTaken = error instanceof RunStateError && takenCodes.has(error.code)
      if (isTaken) await this.#settle(act, scope, invocationId, id)
      throw error
    }
    const finished = await this.#finish(act, requested, approval)
    if (!('endedAt' in finished.invocation)) return finished
    // Whoever ended it may not have seen the request.
    await endApproval(this.#records, act, requested, this.#records.now())
    throw refusal(act, 'invocation-ended', finished.invocation.status)
  }

  async #finish(act: Act, { scope, id, invocationId }: WaitedFor, approval: Approval): Promise<SavedAndBlocked> {
    const now = this.#records.now()
    const isPending = statusAt(approval, now) === 'pending'
    const { outcome } = await this.#unmark(act, scope, invocationId, id, isPending)
    return { approval: approvalAt(approval, now) ?? approval, invocation: outcome }
  }

  /** Finishes the step when the request is pending. Undoes it otherwise; where none was saved a tombstone makes sure of that. */
  async #settle(act: StoreAct, scope: Scope, invocationId: string, requestId: string): Promise<boolean> {
    const now = this.#records.now()
    await closeDoor(this.#records, act, scope, requestId, now)
    const approval = await this.#records.read(act, approvalPath(scope, requestId), ApprovalRecord)
    const isPending = approval?.status === 'pending' && statusAt(approval, now) === 'pending'
    const isWaitedFor = isPending && approval.invocationId === invocationId
    const { changed } = await this.#unmark(act, scope, invocationId, requestId, isWaitedFor)
    return changed
  }

  /**
   * Takes the mark off, where it still is, and with it the block unless the request is pending: whoever decided it may have
   * resumed the invocation before it was blocked, and does not come again.
   */
  async #unmark(act: StoreAct, scope: Scope, invocationId: string, requestId: string, isPending: boolean) {
    const now = this.#records.now()
    return this.#records.update(act, invocationPath(scope, invocationId), InvocationRecord, (current) => {
      if (!current) throw refusal(act, 'unknown-invocation')
      const isMarked = current.status === 'blocked-approval' && current.approvalUnsaved === true
      if (!isMarked || current.approvalRequestId !== requestId) return noop(current)
      const running = nextInvocation(current, scope, { type: 'resume' }, now, act)
      if (!isPending) return write(running, running)
      const command = { type: 'blockApproval', approvalRequestId: requestId } as const
      const blocked = nextInvocation(running, scope, command, now, act)
      return write(blocked, blocked)
    })
  }
}

const takenCodes: ReadonlySet<string> = new Set(['request-exists', 'idempotency-conflict'])

/** The id of the request that a step which was left half done was to save. Whoever repeats the step without an id means that one. */
function unsavedIdOf(found: Invocation | undefined): string | undefined {
  return found?.status === 'blocked-approval' && found.approvalUnsaved ? found.approvalRequestId : undefined
}

function isBlockedOn(found: Invocation | undefined, { id }: PendingApproval): boolean {
  return found?.status === 'blocked-approval' && found.approvalRequestId === id
}

// A step that was left half done is taken up again: it is blocked on this very request already.
function blockedOn(
  current: Invocation | undefined,
  requested: PendingApproval,
  now: number,
  act: StoreAct,
  unsaved: boolean,
): Invocation {
  const { id, scope } = requested
  const from =
    current && isBlockedOn(current, requested) ? nextInvocation(current, scope, { type: 'resume' }, now, act) : current
  return nextInvocation(from, scope, { type: 'blockApproval', approvalRequestId: id, unsaved }, now, act)
}

function isUnsupported(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error instanceof FilesystemError && error.code === 'unsupported') || isUnsupported(error.cause)
}
