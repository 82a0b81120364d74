import { setTimeout as sleep } from 'node:timers/promises'
import type { SeededRandom } from '@latchless/filesystem/testing'
import type { Worker } from '../worker/messages.ts'
import type { Disturbance } from './disturbance.ts'

const STOP_MS_MAX = 700
/** One in so many stops is far longer, so that records move on by more versions than they remember. */
const LONG_STOP_ONE_IN = 6
const LONG_STOP_MS_MAX = 3000
/** Clocks jump by up to so much, in either direction: half a year, so that nothing expires that the checks need. */
const JUMP_MS_MAX = 180 * 24 * 3600 * 1000

export interface DisturberOptions {
  readonly workers: readonly Worker[]
  /** Those of the store. */
  readonly disturbances: readonly Disturbance[]
  readonly random: SeededRandom
  /** The average time from the beginning of one disturbance to that of the next. */
  readonly everyMs: number
  readonly signal: AbortSignal
  /** Told as each begins. */
  readonly onDisturbance: (kind: string) => void
}

/** What can be done to any worker. */
const WORKER_KINDS = ['kill', 'stop', 'clock-jump'] as const

/** All that a run is to be disturbed by. */
export function disturbanceKinds(ofStore: readonly Disturbance[]): string[] {
  return [...WORKER_KINDS, ...ofStore.map(({ kind }) => kind)]
}

/** Disturbs at random until the signal fires: each kind once in the beginning, then by weight. Several may overlap. */
export async function disturb(options: DisturberOptions): Promise<void> {
  const { random, signal, everyMs, onDisturbance } = options
  const all = [...workerDisturbances(options), ...options.disturbances]
  const first = all.map((each) => [random.fraction(), each] as const).toSorted(([a], [b]) => a - b)
  const running = new Map<string, Promise<void>>()
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  while (!signal.aborted) {
    await Promise.race([pause(everyMs * (0.5 + random.fraction()), signal), failure.promise])
    const chosen = first.at(-1)?.[1] ?? weighted(all, random)
    // Two of a kind at the same time would undo each other.
    if (signal.aborted || running.has(chosen.kind) || chosen.isPossible?.() === false) continue
    first.pop()
    onDisturbance(chosen.kind)
    const run = chosen.run(random).finally(() => running.delete(chosen.kind))
    run.catch(failure.reject)
    running.set(chosen.kind, run)
  }
  await Promise.all(running.values())
}

function workerDisturbances({
  workers,
  random,
}: DisturberOptions): (Disturbance & { readonly kind: (typeof WORKER_KINDS)[number] })[] {
  const up = () => workers.filter(({ isUp }) => isUp)
  const anyWorker = () => workers[random.below(workers.length)]
  return [
    {
      kind: 'kill',
      weight: 4,
      // Who only starts has nothing to lose, and somebody has to be at work.
      isPossible: () => up().length > 1,
      run: async () => up()[random.below(up().length)]?.kill(),
    },
    {
      kind: 'stop',
      weight: 4,
      async run() {
        const worker = anyWorker()
        if (!worker) return
        const { pid } = worker
        const others = workers.filter((each) => each !== worker)
        await Promise.all(others.map((other) => other.tellSibling('sibling-stopped', pid)))
        worker.stop()
        await sleep(random.fraction() * (random.below(LONG_STOP_ONE_IN) === 0 ? LONG_STOP_MS_MAX : STOP_MS_MAX))
        worker.resume()
        await Promise.all(others.map((other) => other.tellSibling('sibling-resumed', pid)))
      },
    },
    {
      kind: 'clock-jump',
      weight: 2,
      async run() {
        const ms = Math.round((random.fraction() * 2 - 1) * JUMP_MS_MAX)
        await anyWorker()?.jump(ms)
      },
    },
  ]
}

function weighted(all: readonly Disturbance[], random: SeededRandom): Disturbance {
  let left = random.fraction() * all.reduce((sum, { weight }) => sum + weight, 0)
  const found = all.find(({ weight }) => (left -= weight) < 0) ?? all[0]
  if (!found) throw new RangeError('Cannot disturb: there is nothing to do')
  return found
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
