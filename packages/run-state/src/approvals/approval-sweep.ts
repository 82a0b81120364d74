import type { StoreAct, TupleRange } from '@latchless/filesystem'
import { noop, write } from '@latchless/filesystem'
import type { RunStateRecords, SweepOptions } from '../run-state-records.ts'
import { SWEEP_LIMIT_DEFAULT } from '../run-state-records.ts'
import {
  type Approval,
  approvalPath,
  ApprovalRecord,
  APPROVALS_ROOT,
  ApprovalTombstoneRecord,
} from './approval-record.ts'
import { approvalTransitions, nextApproval, statusAt } from './approval-transitions.ts'
import { PendingSlotsRecord, type SlotKeeper, SLOTS_ROOT } from './pending-slots.ts'
import { recordStanding } from './record-standing.ts'
import type { StandingApprovals } from './standing-store.ts'

export interface ApprovalSweep {
  /** Overdue requests that are expired now. */
  readonly expired: number
  /** Requests decided longer ago than they are kept: tombstones now. */
  readonly redacted: number
  /** Standing approvals that were half done. */
  readonly repaired: number
  /** Scopes without a new request for as long as what is decided is kept, whose places were freed. */
  readonly tidied: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}

interface Swept {
  readonly done: number
  readonly more: boolean
}

/** The housekeeping of requests. Every step looks at the record again, so that a live writer wins over the sweep. */
export class ApprovalSweeper {
  readonly #records: RunStateRecords
  readonly #slots: SlotKeeper
  readonly #standing: StandingApprovals
  readonly #retentionMs: number

  constructor(records: RunStateRecords, slots: SlotKeeper, standing: StandingApprovals, retentionMs: number) {
    this.#records = records
    this.#slots = slots
    this.#standing = standing
    this.#retentionMs = retentionMs
  }

  async sweep({ now = this.#records.now(), limit = SWEEP_LIMIT_DEFAULT }: SweepOptions): Promise<ApprovalSweep> {
    const act = { operation: 'sweep requests' }
    const idleBefore = now - this.#retentionMs + 1
    // A standing approval takes what it needs from the request, so it is recorded before anything is redacted.
    const repaired = await this.#each(act, 'unrecorded', {}, limit, async (approval) =>
      this.#repair(act, approval, now),
    )
    const expired = await this.#each(act, 'overdue', { to: [now + 1] }, limit, async (approval) =>
      this.#expire(act, approval, now),
    )
    const redacted = await this.#each(act, 'resolved', { to: [idleBefore] }, limit, async (approval) =>
      this.#redact(act, approval, idleBefore, now),
    )
    const idle = await this.#records.page(act, SLOTS_ROOT, PendingSlotsRecord, 'idle', {
      limit,
      range: { to: [idleBefore] },
    })
    let tidied = 0
    for (const slots of idle.items) if (await this.#slots.tidy(act, slots, idleBefore, now)) tidied++
    return {
      expired: expired.done,
      redacted: redacted.done,
      repaired: repaired.done,
      tidied,
      more: repaired.more || expired.more || redacted.more || (idle.next !== undefined && tidied > 0),
    }
  }

  /** Leaves a tombstone of a request: of a pending one, and with `decided` of every other too. */
  async forget(act: StoreAct, { scope, id }: Approval, decided: boolean): Promise<boolean> {
    const now = this.#records.now()
    const { changed } = await this.#records.update(act, approvalPath(scope, id), ApprovalTombstoneRecord, (current) => {
      if (!current) return noop()
      const command = statusAt(current, now) === 'pending' ? 'discard' : 'redact'
      const isRefused = approvalTransitions[statusAt(current, now)][command].refuse !== undefined
      if (isRefused || (command === 'redact' && !decided)) return noop()
      return write(nextApproval(current, scope, { type: command }, now, act))
    })
    return changed
  }

  async #each(
    act: StoreAct,
    index: string,
    range: TupleRange,
    limit: number,
    handle: (approval: Approval) => Promise<boolean>,
  ): Promise<Swept> {
    const page = await this.#records.page(act, APPROVALS_ROOT, ApprovalRecord, index, { limit, range })
    let done = 0
    for (const approval of page.items) if (approval.status !== 'discarded' && (await handle(approval))) done++
    return { done, more: page.next !== undefined && done > 0 }
  }

  async #repair(act: StoreAct, approval: Approval, now: number): Promise<boolean> {
    if (approval.status !== 'approved') return false
    // Past its time it is redacted, repaired or not: nobody waits for it any more.
    if (approval.resolvedAt <= now - this.#retentionMs) return false
    await recordStanding(this.#records, this.#standing, { ...act, id: approval.id }, approval)
    return true
  }

  async #expire(act: StoreAct, { scope, id }: Approval, now: number): Promise<boolean> {
    const { changed } = await this.#records.update(
      { ...act, id },
      approvalPath(scope, id),
      ApprovalRecord,
      (current) => {
        if (current?.status !== 'pending' || statusAt(current, now) === 'pending') return noop()
        return write(nextApproval(current, scope, { type: 'expire' }, now, act))
      },
    )
    return changed
  }

  async #redact(act: StoreAct, { scope, id }: Approval, before: number, now: number): Promise<boolean> {
    const { changed } = await this.#records.update(
      { ...act, id },
      approvalPath(scope, id),
      ApprovalTombstoneRecord,
      (current) => {
        if (!current || !('resolvedAt' in current) || current.resolvedAt >= before) return noop()
        return write(nextApproval(current, scope, { type: 'redact' }, now, act))
      },
    )
    return changed
  }
}
