import type { CasUpdateOptions, StoreAct, TupleRange } from '@latchless/filesystem'
import type { RunStateOptions, RunStateRecords, SweepOptions } from '../run-state-records.ts'
import { retentionOf } from '../run-state-records.ts'
import { Sweeping, sweepLimit } from '../sweeping.ts'
import { type Approval, ApprovalRecord, APPROVALS_ROOT } from './approval-record.ts'
import { PendingSlotsRecord, type SlotKeeper, SLOTS_ROOT } from './pending-slots.ts'
import { recordStanding } from './record-standing.ts'
import { expireApproval, forgetApproval } from './settle-approval.ts'

export interface ApprovalSweep {
  /** Overdue requests that are expired now. */
  readonly expired: number
  /** Requests decided longer ago than they are kept: tombstones now. */
  readonly redacted: number
  /** Standing approvals that were half done. */
  readonly repaired: number
  /** Scopes without a new request for as long as what is decided is kept, whose places were looked through. */
  readonly tidied: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}

/** The housekeeping of requests. Every step looks at the record again, so that a live writer wins over the sweep. */
export class ApprovalSweeper {
  readonly #records: RunStateRecords
  readonly #slots: SlotKeeper
  readonly #retentionMs: number
  readonly #update: CasUpdateOptions | undefined

  constructor(records: RunStateRecords, slots: SlotKeeper, options: RunStateOptions) {
    this.#records = records
    this.#slots = slots
    this.#retentionMs = retentionOf(options)
    this.#update = options.update
  }

  async sweep({ now = this.#records.now(), limit }: SweepOptions): Promise<ApprovalSweep> {
    const act = { operation: 'sweep requests' }
    const idleBefore = now - this.#retentionMs + 1
    const sweeping = new Sweeping(this.#records, act, { limit: sweepLimit(act, limit), update: this.#update })
    const each = async (index: string, range: TupleRange, handle: (approval: Approval) => Promise<boolean>) =>
      sweeping.each(APPROVALS_ROOT, ApprovalRecord, index, range, async (approval) =>
        approval.status === 'discarded' ? false : handle(approval),
      )
    // A standing approval takes what it needs from the request, so it is recorded before anything is redacted. Past its time a
    // request is redacted, repaired or not: nobody waits for it any more.
    const repaired = await each('unrecorded', { from: [idleBefore] }, async (approval) => this.#repair(act, approval))
    const expired = await each('overdue', { to: [now + 1] }, async (approval) => {
      const { changed } = await expireApproval(this.#records, act, approval, now)
      return changed
    })
    const redacted = await each('resolved', { to: [idleBefore] }, async (approval) =>
      forgetApproval(this.#records, act, approval, now, (current) =>
        'resolvedAt' in current && current.resolvedAt < idleBefore ? 'redact' : undefined,
      ),
    )
    const idle = { to: [idleBefore] }
    const tidied = await sweeping.each(SLOTS_ROOT, PendingSlotsRecord, 'idle', idle, async (slots) =>
      this.#slots.tidy(act, slots, idleBefore, now),
    )
    return sweeping.finish({
      expired: expired.done,
      redacted: redacted.done,
      repaired: repaired.done,
      tidied: tidied.done,
      more: repaired.more || expired.more || redacted.more || tidied.more,
    })
  }

  async #repair(act: StoreAct, approval: Approval): Promise<boolean> {
    if (approval.status !== 'approved') return false
    return (await recordStanding(this.#records, { ...act, id: approval.id }, approval)).changed
  }
}
