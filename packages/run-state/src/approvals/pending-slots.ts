import type { StoreAct } from '@latchless/filesystem'
import { defineRecord, noop, remove, write } from '@latchless/filesystem'
import { z } from 'zod'
import { refusal, RunStateError } from '../errors.ts'
import type { RunStateRecords } from '../run-state-records.ts'
import { idSchema, scopeKey, scopeSchema, type Scope } from '../scope.ts'
import { approvalPath, ApprovalRecord, ApprovalTombstoneRecord } from './approval-record.ts'
import { statusAt, tombstone } from './approval-transitions.ts'
import { expireApproval } from './settle-approval.ts'

export const SLOTS_ROOT = '/approval-slots'

/** Pending requests of one scope when the options do not say. */
export const PENDING_MAX_DEFAULT = 256
/** The most that `pendingMax` may be; it bounds the record that counts. */
export const PENDING_MAX_LIMIT = 1024

/** @throws {RangeError} when it is not a whole number from 1 to {@link PENDING_MAX_LIMIT}. */
export function checkPendingMax(max: number): number {
  if (Number.isInteger(max) && max >= 1 && max <= PENDING_MAX_LIMIT) return max
  throw new RangeError(`Cannot open approvals: pendingMax must be a whole number from 1 to ${PENDING_MAX_LIMIT}`)
}

/**
 * How long a place is kept for a request that is not there yet, one minute in milliseconds: longer than the update that saves
 * it may take by default. Whoever is slower finds the id taken, so the number is a matter of courtesy, not of correctness.
 */
export const SAVE_GRACE_MS = 60_000

const slotsSchema = z.strictObject({
  scope: scopeSchema,
  slots: z.array(z.strictObject({ id: idSchema, takenAt: z.int() })).max(PENDING_MAX_LIMIT),
  updatedAt: z.int(),
})

/** The places of a scope: every pending request has one. Places of decided requests are freed when they are needed. */
export type PendingSlots = z.infer<typeof slotsSchema>

export const PendingSlotsRecord = defineRecord<PendingSlots>({
  kind: 'approval_slots',
  schema: slotsSchema,
  indexes: { idle: ({ updatedAt }) => [updatedAt] },
  // A list of ids that only its newest form is of any use.
  keepVersions: 0,
})

/**
 * Holds the number of pending requests of a scope to a limit, exactly: a place is taken before the request is saved, and given
 * up only when the request can no longer be, or become, pending.
 */
export class SlotKeeper {
  readonly #records: RunStateRecords
  readonly #max: number

  constructor(records: RunStateRecords, max: number) {
    this.#records = records
    this.#max = max
  }

  /** @throws {RunStateError} `too-many-pending`. */
  async take(act: StoreAct, scope: Scope, id: string): Promise<void> {
    const now = this.#records.now()
    const full = await this.#take(act, scope, id, new Set(), now)
    if (!full) return
    const free = await this.#settled(act, full, now)
    if (free.size === 0 || (await this.#take(act, scope, id, free, now))) throw refusal(act, 'too-many-pending')
  }

  /** Frees what it can in a scope where nothing was saved for long, and forgets the scope when nothing is left. */
  async tidy(act: StoreAct, slots: PendingSlots, idleBefore: number, now: number): Promise<boolean> {
    const free = await this.#settled(act, slots, now)
    const { changed } = await this.#records.update(act, slotsPath(slots.scope), PendingSlotsRecord, (current) => {
      if (!current || current.updatedAt >= idleBefore) return noop()
      const left = current.slots.filter(({ id }) => !free.has(id))
      return left.length === 0 ? remove() : write({ ...current, slots: left, updatedAt: now })
    })
    return changed
  }

  /** Takes a place. When there is none it changes nothing and resolves with the places that are taken. */
  async #take(
    act: StoreAct,
    scope: Scope,
    id: string,
    free: ReadonlySet<string>,
    now: number,
  ): Promise<PendingSlots | undefined> {
    const { outcome } = await this.#records.update(act, slotsPath(scope), PendingSlotsRecord, (current) => {
      const left = (current?.slots ?? []).filter((slot) => !free.has(slot.id))
      const slot = { id, takenAt: now }
      // Taken anew by a repeat, so that its grace begins again: nobody closes the door on somebody who is about to come.
      const renewed = left.map((other) => (other.id === id ? slot : other))
      if (current && renewed.includes(slot)) return write({ ...current, slots: renewed, updatedAt: now }, undefined)
      if (current && left.length >= this.#max) return noop(current)
      return write({ scope, slots: [...left, slot], updatedAt: now }, undefined)
    })
    return outcome
  }

  /** The ids among the places whose request is not pending and never will be. */
  async #settled(act: StoreAct, { scope, slots }: PendingSlots, now: number): Promise<Set<string>> {
    const settled = await Promise.all(
      slots.map(async ({ id, takenAt }) => {
        const stored = await this.#records.read(act, approvalPath(scope, id), ApprovalRecord).catch(orDamaged)
        if (stored === 'damaged') return false
        if (stored && statusAt(stored, now) === 'pending') return false
        // Written down before its place is given up, or it would be pending again for whoever has a slower clock.
        if (stored?.status === 'pending') return !(await expireApproval(this.#records, act, stored, now)).isPending
        if (stored) return true
        // Whoever took the place and never saved may yet wake up: a tombstone in its way makes sure that it saves nothing. A
        // place from the future is of a clock that was wrong.
        return Math.abs(now - takenAt) >= SAVE_GRACE_MS && (await closeDoor(this.#records, act, scope, id, now))
      }),
    )
    return new Set(slots.filter((_, at) => settled[at]).map(({ id }) => id))
  }
}

// Nobody can tell whether it is pending, so it keeps its place. What fails for another reason may be readable in a moment.
function orDamaged(error: unknown): 'damaged' {
  if (error instanceof RunStateError && (error.code === 'corrupt' || error.code === 'schema-too-new')) return 'damaged'
  throw error
}

/** Takes an id out of use unless a request was saved under it. Resolves with whether nothing can be pending under it. */
export async function closeDoor(
  records: RunStateRecords,
  act: StoreAct,
  scope: Scope,
  id: string,
  now: number,
): Promise<boolean> {
  const { outcome } = await records.update(act, approvalPath(scope, id), ApprovalTombstoneRecord, (current) => {
    if (current) return noop(current.status !== 'pending')
    return write(tombstone(id, now), true)
  })
  return outcome
}

function slotsPath(scope: Scope): string {
  return `${SLOTS_ROOT}/${scopeKey(scope)}`
}
