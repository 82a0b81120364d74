import { isDeepStrictEqual } from 'node:util'
import type { Codec } from '../codec.ts'
import type { Decision } from '../decision.ts'
import { deepFreeze } from '../freeze.ts'
import { decide } from '../pure-apply.ts'
import { versionOfOp } from '../record-state.ts'
import type { Runtime } from '../runtime.ts'
import type { Answer, PendingUpdate } from './pending-update.ts'
import { SLICE_MS } from './policy.ts'
import type { Snapshot } from './snapshot.ts'

/** Updates folded over one snapshot, in the order of their arrival. */
export interface Fold {
  readonly folded: readonly { readonly update: PendingUpdate; readonly answer: Answer }[]
  /** Those whose `apply` is async: each goes on alone. */
  readonly alone: readonly PendingUpdate[]
  /** How many updates from the start were looked at. The rest waits for the next fold. */
  readonly taken: number
  readonly live: boolean
  readonly value: unknown
  /** Those that changed something. */
  readonly changed: readonly PendingUpdate[]
}

/** How often the clock is looked at. */
const UPDATES_PER_LOOK = 16

/**
 * Lets updates decide one after the other, each over what the one before it left. Nothing is written; a throwing `apply`
 * leaves the state as it was.
 */
export function fold(snapshot: Snapshot, value: unknown, updates: readonly PendingUpdate[], runtime: Runtime): Fold {
  const untilMs = runtime.monotonicMs() + SLICE_MS
  const folding = new Folding(snapshot, value, runtime)
  let taken = 0
  for (const update of updates) {
    if (taken > 0 && taken % UPDATES_PER_LOOK === 0 && runtime.monotonicMs() > untilMs) break
    if (!folding.add(update)) break
    taken++
  }
  return folding.result(taken)
}

class Folding {
  readonly #snapshot: Snapshot
  readonly #runtime: Runtime
  readonly #folded: { update: PendingUpdate; answer: Answer }[] = []
  readonly #alone: PendingUpdate[] = []
  readonly #opIds = new Set<string>()
  readonly #wasLive: boolean
  #live: boolean
  #value: unknown
  readonly #changed: PendingUpdate[] = []

  constructor(snapshot: Snapshot, value: unknown, runtime: Runtime) {
    this.#runtime = runtime
    this.#snapshot = snapshot
    this.#wasLive = snapshot.head.state === 'live'
    this.#live = this.#wasLive
    this.#value = value
  }

  /** False when this update must wait for the next version. */
  add(update: PendingUpdate): boolean {
    const { opId } = update.options
    if (opId !== undefined) {
      const version = versionOfOp(this.#snapshot.head, opId)
      if (version !== undefined || this.#opIds.has(opId)) {
        this.#folded.push({ update, answer: { type: 'replayed', version } })
        return true
      }
    }
    let decision: Decision<unknown, unknown> | Promise<Decision<unknown, unknown>>
    try {
      decision = decide(update.apply, this.#value, this.#runtime)
      if (isPromise(decision)) {
        // It ran over a state that may never be; it runs again, alone.
        Promise.resolve(decision).catch(() => {})
        this.#alone.push(update)
        return true
      }
      return this.#take(update, decision)
    } catch (error) {
      this.#folded.push({ update, answer: { type: 'failed', error } })
      return true
    }
  }

  result(taken: number): Fold {
    return {
      folded: this.#folded,
      alone: this.#alone,
      taken,
      live: this.#live,
      value: this.#value,
      changed: this.#changed,
    }
  }

  #take(update: PendingUpdate, decision: Decision<unknown, unknown>): boolean {
    const changed = this.#isChange(update, decision)
    if (changed && decision.type === 'remove') {
      // A record that this batch itself made has no version yet that a delete could expect.
      if (!this.#wasLive) return false
      this.#live = false
      this.#value = undefined
    } else if (changed && 'next' in decision) {
      update.codec.check?.(decision.next)
      this.#value = deepFreeze(decision.next)
      this.#live = true
    }
    if (changed) {
      this.#changed.push(update)
      if (update.options.opId !== undefined) this.#opIds.add(update.options.opId)
    }
    const answer = { type: 'decided', outcome: decision.outcome, value: this.#value, changed } as const
    this.#folded.push({ update, answer })
    return true
  }

  #isChange(update: PendingUpdate, decision: Decision<unknown, unknown>): boolean {
    switch (decision.type) {
      case 'noop':
        return false
      case 'remove':
        return this.#live
      case 'forceWrite':
        return true
      case 'write':
        return !this.#live || !this.#isSame(update.codec, decision.next)
    }
  }

  #isSame(codec: Codec<unknown>, next: unknown): boolean {
    const { head } = this.#snapshot
    const stored = this.#changed.length === 0 && head.state === 'live' ? head.entry : undefined
    // What is the same may still be stored in an older shape, or with other index rows.
    if (codec.isSame)
      return codec.isSame(this.#value, next) && (!stored || codec.isUnchanged(stored, this.#value, next))
    return stored ? codec.isUnchanged(stored, this.#value, next) : isDeepStrictEqual(this.#value, next)
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}
