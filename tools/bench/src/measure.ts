import { nowMs, sleepUntil } from './clock.ts'
import type { Measurement } from './measurement.ts'
import type { WorkerConfig, WorkerResult } from './messages.ts'
import type { Place } from './place.ts'
import type { Plan } from './scenarios/scenario.ts'
import { stopProcess } from './stop-process.ts'
import type { StoreCheck } from './summarize.ts'
import { summarize } from './summarize.ts'
import { WorkerProcess } from './worker-process.ts'

/** Between the command to start and the start, so that it has reached every process. */
const LEAD_MS = 100
/** After the window: calls that still run end by their own deadlines before. */
const DRAIN_MS = 60_000
const FILL_MS_MIN = 600_000
/** Reading one record afterwards, on a slow machine. */
const COUNT_MS = 2
/** A counted measurement has no end that could be told in advance. */
const COUNTED_MS_MAX = 3_600_000

/**
 * Runs one measurement in processes of its own and checks what the records hold afterwards.
 *
 * @throws when the engine cannot do it here. The message says why.
 */
export async function measure(plan: Plan, round: number, place: Place): Promise<Measurement> {
  const workers: WorkerProcess[] = []
  try {
    const first = WorkerProcess.start(configOf(plan, place, 1))
    workers.push(first)
    // The first one creates the store; the others find it.
    await first.ready
    for (let number = 2; number <= plan.processes; number++)
      workers.push(WorkerProcess.start(configOf(plan, place, number)))
    await Promise.all(workers.map((worker) => worker.ready))
    place.isFilled = true
    const undone = await runWindow(plan, workers, place)
    const results = await within(DRAIN_MS + plan.measureMs, Promise.all(workers.map((worker) => worker.result)))
    const check = await compare(first, results, place)
    await Promise.all(workers.map((worker) => worker.end()))
    return summarize(plan, round, results, check, undone)
  } finally {
    for (const worker of workers) worker.kill()
    await Promise.all(workers.map((worker) => worker.end()))
  }
}

function configOf(plan: Plan, place: Place, number: number): WorkerConfig {
  const { engine, subject, disturbance } = plan
  return {
    engine: engine.module ?? engine.id,
    mode: subject.mode,
    durability: subject.durability,
    place: place.url,
    number,
    writers: plan.writers,
    paths: plan.paths,
    pathsMax: plan.pathsMax ?? plan.filled,
    work: plan.work,
    bodyBytes: plan.bodyBytes,
    keepVersions: plan.keepVersions,
    updatesBefore: number === 1 ? (plan.updatesBefore ?? 0) : 0,
    fill: number === 1 && !place.isFilled ? plan.filled : 0,
    fillMs: Math.max(FILL_MS_MIN, 30 * plan.measureMs),
    stalls: disturbance !== undefined,
    stall: number === 1 && (disturbance === 'apply' || disturbance === 'call') ? disturbance : undefined,
    updates: plan.updates,
    operation: plan.operation,
  }
}

/** Starts all at once, and opens the window when everything is as it should be in it. */
async function runWindow(plan: Plan, workers: readonly WorkerProcess[], place: Place): Promise<number> {
  const atMs = nowMs() + LEAD_MS
  await Promise.all(workers.map((worker) => worker.tell({ type: 'go', atMs })))
  const counted = plan.updates !== undefined
  let fromMs = atMs + (counted ? 0 : plan.warmupMs)
  let undone = 0
  const toStop = plan.disturbance === 'stop' ? workers[0] : undefined
  if (toStop) {
    await sleepUntil(fromMs)
    undone = await stopProcess(toStop, plan, place.url)
    fromMs = nowMs() + LEAD_MS
  }
  const window = { type: 'window', fromMs, untilMs: fromMs + (counted ? COUNTED_MS_MAX : plan.measureMs) } as const
  // What is sent to a stopped process waits for it.
  const told = workers.map((worker) => worker.tell(window))
  await Promise.all(toStop ? told.slice(1) : told)
  if (toStop) {
    try {
      await sleepUntil(window.untilMs)
    } finally {
      toStop.signal('SIGCONT')
    }
    await Promise.all(told)
  }
  if (counted) await Promise.all(workers.map((worker) => worker.result))
  return undone
}

/** Asks the store what it holds. Updates of unknown outcome may be in it or not. */
async function compare(first: WorkerProcess, results: readonly WorkerResult[], place: Place): Promise<StoreCheck> {
  const acknowledged = sumByPath(results.flatMap((result) => result.acknowledged))
  const unknown = sumByPath(results.flatMap((result) => result.unknown))
  const paths = [...new Set([...acknowledged.keys(), ...unknown.keys()])].filter((path) => path !== '/')
  if (paths.length === 0) return { acknowledged: null, lost: 0, repeated: 0 }
  await first.tell({ type: 'count', paths })
  const counts = await within(DRAIN_MS + paths.length * COUNT_MS, first.counts)
  let lost = 0
  let repeated = 0
  for (const [index, path] of paths.entries()) {
    const found = counts[index] ?? 0
    const least = (place.counts.get(path) ?? 0) + (acknowledged.get(path) ?? 0)
    lost += Math.max(0, least - found)
    repeated += Math.max(0, found - least - (unknown.get(path) ?? 0))
    place.counts.set(path, found)
  }
  return { acknowledged: [...acknowledged.values()].reduce((sum, count) => sum + count, 0), lost, repeated }
}

function sumByPath(pairs: readonly (readonly [string, number])[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [path, count] of pairs) sums.set(path, (sums.get(path) ?? 0) + count)
  return sums
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Cannot finish: a process still works after ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
