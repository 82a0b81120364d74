import { InterceptedFilesystem } from '../decorators/intercepted.ts'
import type { Filesystem } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'

export interface SimulationOptions {
  /**
   * Time normally passes only when nothing else can happen, so a sleeper never overtakes a call. With a value above 0, one
   * choice in eight first lets the next sleeper due within so many milliseconds wake: calls then take time. Default 0.
   */
  readonly stallMsMax?: number | undefined
  /** Choices after which a run fails, to end one that never would. Default 100,000. */
  readonly stepsMax?: number | undefined
}

/** Runs tasks under virtual time, choosing at every scheduling point who goes on. The same seed makes the same choices. */
export interface Simulation {
  readonly seed: number
  /** Virtual clock and seeded randomness. Its `sleep` registers in virtual time. */
  readonly runtime: Runtime
  /** The choices so far, one line each. */
  readonly trace: readonly string[]
  /** A scheduling point: resolves when the scheduler picks it. */
  point(label: string): Promise<void>
  /**
   * A filesystem whose calls start and whose replies arrive when the scheduler picks them. `name` leads its trace lines.
   * The inner filesystem must answer by promises alone (memory, or a simulated disk): real input and output is not waited for.
   */
  interleave(filesystem: Filesystem, name?: string): Filesystem
  /**
   * Drives the tasks until all have settled and resolves with their results in order.
   *
   * @throws {Error} when they wait for something that is neither a scheduling point nor a sleep, or do not end.
   */
  run<Result>(tasks: readonly (() => Promise<Result>)[]): Promise<PromiseSettledResult<Result>[]>
}

/** A deterministic scheduler for interleavings, with the runtime that the code under test is given. */
export function createSimulation(seed: number, options: SimulationOptions = {}): Simulation {
  return new Scheduler(seed, options)
}

interface Waiter {
  readonly label: string
  readonly resolve: () => void
}

interface Sleeper extends Waiter {
  readonly dueMs: number
}

/** What the wall clock shows when virtual time begins: 2024-01-01T00:00:00Z. */
const WALL_START_MS = 1_704_067_200_000
const STEPS_MAX_DEFAULT = 100_000
const STALL_ONE_IN = 8

class Scheduler implements Simulation {
  readonly seed: number
  readonly runtime: Runtime
  readonly #choices: SeededRandom
  readonly #stallMsMax: number
  readonly #stepsMax: number
  readonly #trace: string[] = []
  readonly #ready: Waiter[] = []
  readonly #sleepers = new Set<Sleeper>()
  #nowMs = 0

  constructor(seed: number, options: SimulationOptions) {
    this.seed = seed
    this.#choices = seededRandom(seed, 1)
    this.#stallMsMax = options.stallMsMax ?? 0
    this.#stepsMax = options.stepsMax ?? STEPS_MAX_DEFAULT
    this.runtime = this.#createRuntime(seededRandom(seed, 2))
  }

  get trace(): readonly string[] {
    return this.#trace
  }

  point(label: string): Promise<void> {
    return new Promise((resolve) => this.#ready.push({ label, resolve }))
  }

  interleave(filesystem: Filesystem, name = 'call'): Filesystem {
    return new InterceptedFilesystem(filesystem, async (call, proceed) => {
      const label = `${name} ${call.operation} ${call.path}`
      await this.point(`${label} starts`)
      try {
        return await proceed()
      } finally {
        await this.point(`${label} ends`)
      }
    })
  }

  async run<Result>(tasks: readonly (() => Promise<Result>)[]): Promise<PromiseSettledResult<Result>[]> {
    const unsettled = new Set(tasks.keys())
    const results = Promise.allSettled(
      tasks.map(async (task, at) => {
        try {
          return await task()
        } finally {
          unsettled.delete(at)
        }
      }),
    )
    // One turn of the event loop per run, so that many runs in a row do not starve timers, input and output.
    await new Promise((resolve) => setImmediate(resolve))
    for (let steps = 0; ; steps++) {
      await promisesSettled()
      if (unsettled.size === 0) return results
      if (steps >= this.#stepsMax) throw this.#stuck(`${unsettled.size} tasks have not ended after ${steps} choices`)
      this.#step(unsettled.size)
    }
  }

  #step(unsettled: number): void {
    if (this.#ready.length === 0) {
      if (!this.#wakeNext(Number.POSITIVE_INFINITY)) {
        throw this.#stuck(`${unsettled} tasks wait for something that is not scheduled`)
      }
    } else if (this.#stallMsMax > 0 && this.#choices.below(STALL_ONE_IN) === 0) {
      this.#wakeNext(this.#nowMs + this.#stallMsMax)
    }
    const [chosen] = this.#ready.splice(this.#choices.below(this.#ready.length), 1)
    if (!chosen) return
    this.#trace.push(chosen.label)
    chosen.resolve()
  }

  /** Moves virtual time to the next sleepers due, if not behind `latestMs`, and makes them ready. */
  #wakeNext(latestMs: number): boolean {
    let dueMs = Number.POSITIVE_INFINITY
    for (const sleeper of this.#sleepers) dueMs = Math.min(dueMs, sleeper.dueMs)
    if (dueMs === Number.POSITIVE_INFINITY || dueMs > latestMs) return false
    this.#nowMs = Math.max(this.#nowMs, dueMs)
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs > this.#nowMs) continue
      this.#sleepers.delete(sleeper)
      this.#ready.push(sleeper)
    }
    return true
  }

  #createRuntime(random: SeededRandom): Runtime {
    return {
      monotonicMs: () => this.#nowMs,
      wallMs: () => WALL_START_MS + Math.floor(this.#nowMs),
      random: () => random.fraction(),
      randomHex: (bytes) => Array.from({ length: bytes }, () => hexByte(random.below(256))).join(''),
      sleep: (ms, signal) => this.#sleep(ms, signal),
      turn: () => this.point('turn'),
    }
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (signal?.aborted) {
      reject(signal.reason)
      return promise
    }
    const sleeper = {
      label: `sleep of ${ms.toFixed(3)} ms ends`,
      dueMs: this.#nowMs + Math.max(0, ms),
      resolve: () => {},
    }
    const abort = () => {
      this.#forget(sleeper)
      reject(signal?.reason)
    }
    sleeper.resolve = () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.#sleepers.add(sleeper)
    return promise
  }

  #forget(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper)
    const at = this.#ready.indexOf(sleeper)
    if (at >= 0) this.#ready.splice(at, 1)
  }

  #stuck(problem: string): Error {
    const last = this.#trace.slice(-10).join('; ')
    return new Error(`Cannot finish simulation of seed ${this.seed}: ${problem}; the last choices were: ${last}`)
  }
}

// A tick that is asked for inside a microtask runs when the microtask queue is empty, so that every promise that can settle
// without the scheduler has done so. It is far cheaper than a turn of the event loop.
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
