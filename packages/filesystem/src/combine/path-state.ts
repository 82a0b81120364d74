import type { Wait } from '../backoff.ts'
import type { Filesystem } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import type { PendingUpdate } from './pending-update.ts'
import { BATCH_MAX, busyWait, isUrgent, lossWait, stallLimitMs, winnerYield, YIELDING_WINS } from './policy.ts'
import type { Snapshot } from './snapshot.ts'
import { UpdateQueue } from './update-queue.ts'

/** A run of attempts. One that stalls is left to itself, and who waits behind it is served by another. */
export interface Run {
  readonly stalled: boolean
  /** Since when it waits for the store or a codec; undefined while it waits on purpose. */
  waitingSinceMs: number | undefined
  /** Makes it a stalled one. */
  leave(): void
  /** Called when it becomes one. A slot and no promise: what waits for that would pile up on a run that goes on for days. */
  onLeft: (() => void) | undefined
}

/** How much a new measurement counts against those before it. */
const SMOOTHING = 0.2

/** What one process knows about one path: what waits, what is there, how long attempts take, who else writes. */
export class PathState {
  readonly filesystem: Filesystem
  readonly path: string
  readonly runtime: Runtime
  readonly queue: UpdateQueue = new UpdateQueue()
  /** The record as it was last seen. Advice: a write over it is conditional. */
  snapshot: Snapshot | undefined
  /** Moving average of the duration of an attempt in milliseconds; 0 before the first. */
  serviceMs = 0
  #batchMax: number = BATCH_MAX
  #losses = 0
  #busy = 0
  #yieldingWins = 0

  constructor(filesystem: Filesystem, path: string, runtime: Runtime) {
    this.filesystem = filesystem
    this.path = path
    this.runtime = runtime
  }

  /** Updates that the next batch may fold. */
  get batchMax(): number {
    return Math.min(this.#batchMax, this.wholeBatchMax)
  }

  /** Updates that a batch may fold when none is looked for that is at fault. */
  get wholeBatchMax(): number {
    return Math.min(BATCH_MAX, this.filesystem.capabilities(this.path).limits.updatesMax)
  }

  /** A batch could not be written as a whole: the next is half of it, until the update at fault is alone. */
  halve(batch: number): void {
    this.#batchMax = Math.max(1, Math.floor(batch / 2))
  }

  wholeAgain(): void {
    this.#batchMax = BATCH_MAX
  }

  /**
   * Takes what was found instead of `before`. A stalled run may come back with what has long been superseded; but over the
   * snapshot that it replaces even an older version is the truth, as after a purge or in a store that was restored.
   */
  learn(before: Snapshot | undefined, found: Snapshot): void {
    if (this.snapshot === before || !this.snapshot || !found.isOlderThan(this.snapshot)) this.snapshot = found
  }

  forget(snapshot: Snapshot): void {
    if (this.snapshot === snapshot) this.snapshot = undefined
  }

  /** The store answered. One slow answer must not make stalls look normal, so what counts of it is limited. */
  measured(startedMs: number): void {
    this.#busy = 0
    const ms = Math.min(this.runtime.monotonicMs() - startedMs, stallLimitMs(this.serviceMs, 0))
    this.serviceMs = this.serviceMs === 0 ? ms : this.serviceMs + SMOOTHING * (ms - this.serviceMs)
  }

  /** The wait of a loser, who has met somebody else's write. */
  lost(oldest: PendingUpdate | undefined): Wait {
    this.#losses++
    this.#yieldingWins = YIELDING_WINS
    const wait = lossWait(this.#losses, this.serviceMs, this.runtime.random())
    return this.#isUrgent(oldest) ? { ...wait, planMs: 0 } : wait
  }

  /** The wait of a winner: none, unless others were met lately. */
  won(oldest: PendingUpdate | undefined): Wait | undefined {
    this.#losses = 0
    if (this.#yieldingWins === 0) return undefined
    this.#yieldingWins--
    return this.#isUrgent(oldest) ? undefined : winnerYield(this.serviceMs, this.runtime.random())
  }

  /** The wait of who was told to come later. */
  busy(): Wait {
    return busyWait(++this.#busy, this.serviceMs, this.runtime.random())
  }

  get isContended(): boolean {
    return this.#yieldingWins > 0
  }

  #isUrgent(update: PendingUpdate | undefined): boolean {
    return update !== undefined && isUrgent(this.runtime.monotonicMs() - update.progress.startedMs)
  }
}

/** Waits on purpose. Timers are no finer than a millisecond, so a shorter wait is a turn of the event loop. */
export async function pause(runtime: Runtime, ms: number): Promise<void> {
  if (ms >= 1) await runtime.sleep(ms)
  else if (ms > 0) await runtime.turn()
}

/** Runs what may stall, and notes since when. */
export async function outside<Result>(run: Run, runtime: Runtime, call: () => Promise<Result>): Promise<Result> {
  run.waitingSinceMs = runtime.monotonicMs()
  try {
    return await call()
  } finally {
    run.waitingSinceMs = undefined
  }
}
