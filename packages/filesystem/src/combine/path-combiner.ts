import type { Filesystem } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { attempt } from './attempt.ts'
import type { Run } from './path-state.ts'
import { PathState } from './path-state.ts'
import type { PendingUpdate } from './pending-update.ts'
import { SLICE_MS, stallLimitMs } from './policy.ts'

/**
 * The updates of one path in one process. They are folded into batches, and each batch is one conditional write. It is advice
 * and never a lock: what is right is decided by the store's compare-and-swap alone, so any number of runs of attempts, here
 * or in other processes, are safe side by side.
 */
export class PathCombiner {
  readonly state: PathState
  readonly #alone: (update: PendingUpdate) => void
  readonly #onIdle: () => void
  readonly #unsettled = new Set<PendingUpdate>()
  readonly #runs = new Set<Run>()
  #arrivals = 0
  #watch: { readonly untilMs: number; readonly wake: AbortController } | undefined

  /** `alone` takes over the updates that cannot be folded; `onIdle` is told when none is left. */
  constructor(
    filesystem: Filesystem,
    path: string,
    runtime: Runtime,
    alone: (update: PendingUpdate) => void,
    onIdle: () => void,
  ) {
    this.state = new PathState(filesystem, path, runtime)
    this.#alone = alone
    this.#onIdle = onIdle
  }

  get isIdle(): boolean {
    return this.#unsettled.size === 0
  }

  /** Bytes that it keeps, about. */
  get bytes(): number {
    return this.state.snapshot?.bytes ?? 0
  }

  /** The place of the next update among those of this path. */
  nextArrival(): number {
    return ++this.#arrivals
  }

  add(update: PendingUpdate): void {
    this.#unsettled.add(update)
    this.state.queue.push(update)
    this.#begin()
    this.#watchUntil(Math.min(update.deadlineMs, this.#stallsAtMs()))
  }

  settled(update: PendingUpdate): void {
    this.#unsettled.delete(update)
    if (!this.isIdle) return
    this.#watch?.wake.abort()
    this.#onIdle()
  }

  get #serving(): Run | undefined {
    for (const run of this.#runs) if (!run.stalled) return run
    return undefined
  }

  #begin(): void {
    if (this.#serving || this.state.queue.isEmpty) return
    const run = { stalled: false, waitingSinceMs: undefined, leave: () => this.#leave(run) }
    this.#runs.add(run)
    void this.#go(run)
  }

  #leave(run: { stalled: boolean }): void {
    run.stalled = true
    this.#begin()
  }

  async #go(run: Run): Promise<void> {
    const { queue, runtime } = this.state
    let turnMs = runtime.monotonicMs()
    while (!run.stalled && !queue.isEmpty) {
      await attempt(this.state, run, this.#alone, () => this.#arrivals)
      if (runtime.monotonicMs() - turnMs < SLICE_MS) continue
      // A store that answers without input or output would otherwise keep the event loop to itself.
      await runtime.turn()
      turnMs = runtime.monotonicMs()
    }
    this.#runs.delete(run)
    this.#begin()
  }

  /** When the serving run counts as stalled, if somebody waits behind it. */
  #stallsAtMs(): number {
    const sinceMs = this.#serving?.waitingSinceMs
    if (sinceMs === undefined || this.state.queue.isEmpty) return Number.POSITIVE_INFINITY
    return sinceMs + stallLimitMs(this.state.serviceMs, this.#runs.size - 1)
  }

  #watchUntil(untilMs: number): void {
    if (this.#watch && this.#watch.untilMs <= untilMs) return
    this.#watch?.wake.abort()
    const watch = { untilMs, wake: new AbortController() }
    this.#watch = watch
    const { runtime } = this.state
    // Never shorter than the shortest stall, or a busy path would be looked at all the time.
    runtime.sleep(Math.max(untilMs - runtime.monotonicMs(), 0), watch.wake.signal).then(
      () => this.#look(watch),
      () => {},
    )
  }

  /** Ends the updates whose time is over, and leaves a run that stalls. */
  #look(watch: object): void {
    if (this.#watch === watch) this.#watch = undefined
    const nowMs = this.state.runtime.monotonicMs()
    let nextMs = Number.POSITIVE_INFINITY
    for (const update of this.#unsettled) {
      if (update.deadlineMs <= nowMs) update.fail(update.progress.timedOut(update.timeoutMs))
      else nextMs = Math.min(nextMs, update.deadlineMs)
    }
    const serving = this.#serving
    if (serving && this.#stallsAtMs() <= nowMs) serving.leave()
    if (this.isIdle) return
    // While somebody waits behind a run, it is looked at again before it can have stalled for long.
    const lookMs = this.state.queue.isEmpty ? nextMs : Math.min(nextMs, nowMs + stallLimitMs(this.state.serviceMs, 0))
    this.#watchUntil(lookMs)
  }
}
