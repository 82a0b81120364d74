import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { casUpdate, type Filesystem, LatchlessError, noop, write } from '@latchless/filesystem'
import { appliedUpdatesCodec, NONE_APPLIED, withUpdate } from './applied-updates.ts'
import type { RecordedUpdate } from './recorded-updates.ts'

/** What became of an update. `open`: nobody knows whether it was applied. */
export const FATE = { notRun: 0, applied: 1, refused: 2, open: 3 } as const

export interface RunOptions {
  readonly mode: 'combine' | 'plain'
  /** 2 is twice as fast as recorded. */
  readonly speed: number
  readonly signal: AbortSignal
  /** What a process sees. */
  readonly viewOf: (process: number) => Filesystem
}

export interface RunResult {
  /** The fate of each update, in their order. */
  readonly fates: Uint8Array
  /** Updates that failed, by the code of their error. */
  readonly failures: ReadonlyMap<string, number>
  /** How much later than planned an update began, at worst: this process was too busy, or too many were under way. */
  readonly lateMs: number
}

/** Updates that may be without an answer; more wait until there is room. */
const UNDER_WAY_MAX = 10_000
/** How long updates are begun before others get the event loop. */
const SLICE_MS = 5

/**
 * Runs updates as they were recorded: each begins at its time, whether or not those before it have ended, under its own id and
 * writer, and with those of its own process only it can be combined. Each enters its number into its record.
 */
export async function runAgain(updates: readonly RecordedUpdate[], options: RunOptions): Promise<RunResult> {
  const { speed, signal } = options
  const views = new Map<number, Filesystem>()
  const fates = new Uint8Array(updates.length)
  const failures = new Map<string, number>()
  const underWay = new UnderWay()
  const startMs = performance.now()
  let lateMs = 0
  let sliceMs = startMs
  for (const [at, update] of updates.entries()) {
    const dueMs = startMs + update.atUs / 1000 / speed
    await underWay.room()
    const aheadMs = dueMs - performance.now()
    const isSliceOver = performance.now() - sliceMs > SLICE_MS
    if (aheadMs >= 1) await until(dueMs, signal)
    else if (isSliceOver) await nextTurn()
    if (aheadMs >= 1 || isSliceOver) sliceMs = performance.now()
    if (signal.aborted) break
    lateMs = Math.max(lateMs, performance.now() - dueMs)
    const view = views.get(update.process) ?? options.viewOf(update.process)
    views.set(update.process, view)
    const run = async () => {
      const { fate, code } = await runOne(view, update, options.mode)
      fates[at] = fate
      if (code !== undefined) failures.set(code, (failures.get(code) ?? 0) + 1)
    }
    underWay.add(run())
  }
  await underWay.none()
  return { fates, failures, lateMs }
}

/** A timer for longer is none: it fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

async function until(dueMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = dueMs - performance.now(); leftMs >= 1 && !signal.aborted; leftMs = dueMs - performance.now()) {
    await sleep(Math.min(leftMs, TIMER_MS_MAX), undefined, { signal }).catch(() => {})
  }
}

async function runOne(
  view: Filesystem,
  { key, opId, writer, isNoop, ordinal }: RecordedUpdate,
  mode: RunOptions['mode'],
): Promise<{ fate: number; code?: string }> {
  const options = { opId, writer, combine: mode === 'combine' }
  try {
    await casUpdate(
      view,
      key,
      appliedUpdatesCodec,
      (current) => (isNoop ? noop() : write(withUpdate(current ?? NONE_APPLIED, ordinal))),
      options,
    )
    return { fate: FATE.applied }
  } catch (error) {
    if (!(error instanceof LatchlessError)) throw error
    return { fate: error.retry === 'unknown' ? FATE.open : FATE.refused, code: error.code }
  }
}

/** Calls without an answer. */
class UnderWay {
  count = 0
  #changed: (() => void) | undefined
  #failure: { readonly error: unknown } | undefined

  add(call: Promise<void>): void {
    this.count++
    call
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.count--
        this.#changed?.()
      })
  }

  async room(): Promise<void> {
    if (this.count >= UNDER_WAY_MAX) await this.#until(() => this.count < UNDER_WAY_MAX)
  }

  /** @throws what a call threw that is no failure of an update. */
  async none(): Promise<void> {
    await this.#until(() => this.count === 0)
    if (this.#failure) throw this.#failure.error
  }

  async #until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#changed = resolve
      await promise
    }
  }
}
