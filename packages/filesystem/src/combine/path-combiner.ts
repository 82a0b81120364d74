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
  #aloneCalls = 0
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

  /** How many calls run by themselves. */
  get alone(): number {
    return this.#aloneCalls
  }

  /** How many updates are not at their end: they wait, are written or run by themselves. */
  get unsettled(): number {
    return this.#unsettled.size + this.#aloneCalls
  }

  /** Counts a call that runs by itself until it has ended. */
  async counted<Result>(call: Promise<Result>): Promise<Result> {
    this.#aloneCalls++
    try {
      return await call
    } finally {
      this.#aloneCalls--
    }
  }

  /** The place of the next update among those of this path. */
  nextArrival(): number {
    return ++this.#arrivals
  }

  add(update: PendingUpdate): void {
    this.#unsettled.add(update)
    this.state.queue.push(update)
    this.#begin()
    this.#watchUntil(Math.min(update.deadlineMs, this.state.runtime.monotonicMs() + this.#stallLimitMs))
  }

  settled(update: PendingUpdate): void {
    this.#unsettled.delete(update)
    this.state.queue.drop(update)
    // The watch goes on until it looks and finds nobody, which costs less than to end and begin it for every update.
    if (this.isIdle) this.#onIdle()
  }

  get #serving(): Run | undefined {
    for (const run of this.#runs) if (!run.stalled) return run
    return undefined
  }

  #begin(): void {
    if (this.#serving || this.state.queue.isEmpty) return
    const run = new OwnRun(() => this.#begin())
    this.#runs.add(run)
    void this.#go(run)
  }

  async #go(run: Run): Promise<void> {
    const { queue, runtime } = this.state
    let turnMs = runtime.monotonicMs()
    while (!run.stalled && !queue.isEmpty) {
      await this.#attempt(run)
      if (runtime.monotonicMs() - turnMs < SLICE_MS) continue
      // A store that answers without input or output would otherwise keep the event loop to itself.
      await runtime.turn()
      turnMs = runtime.monotonicMs()
    }
    this.#runs.delete(run)
    this.#begin()
  }

  async #attempt(run: Run): Promise<void> {
    try {
      await attempt(this.state, run, this.#alone, () => this.#arrivals)
    } catch (error) {
      // Not of the store or of an update, but of code around them, which would do it again and again.
      for (const update of this.state.queue.takeArrived(this.#arrivals)) update.fail(error)
    }
  }

  #isStalled({ waitingSinceMs }: Run, nowMs: number): boolean {
    return waitingSinceMs !== undefined && nowMs >= waitingSinceMs + this.#stallLimitMs
  }

  get #stallLimitMs(): number {
    const stalledAlready = [...this.#runs].filter(({ stalled }) => stalled).length
    return stallLimitMs(this.state.serviceMs, stalledAlready)
  }

  #watchUntil(untilMs: number): void {
    if (this.#watch && this.#watch.untilMs <= untilMs) return
    this.#watch?.wake.abort()
    const watch = { untilMs, wake: new AbortController() }
    this.#watch = watch
    const { runtime } = this.state
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
    if (serving && this.#isStalled(serving, nowMs)) serving.leave()
    if (!this.isIdle) this.#watchUntil(Math.min(nextMs, nowMs + this.#stallLimitMs))
  }
}

class OwnRun implements Run {
  stalled = false
  waitingSinceMs: number | undefined
  onLeft: (() => void) | undefined
  readonly #takeOver: () => void

  constructor(takeOver: () => void) {
    this.#takeOver = takeOver
  }

  leave(): void {
    this.stalled = true
    this.onLeft?.()
    this.#takeOver()
  }
}
