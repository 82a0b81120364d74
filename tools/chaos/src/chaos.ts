import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@latchless/filesystem/testing'
import { BrokenRun } from './broken-run.ts'
import { checkRun } from './check-run.ts'
import { checkSetUp } from './check/set-up.ts'
import { commandFor } from './command-for.ts'
import { disturb, disturbanceKinds } from './faults/disturber.ts'
import { STORE_FAULTS } from './faults/store-faults.ts'
import { nowUs } from './history/journal.ts'
import { keepEvidence } from './keep-evidence.ts'
import type { ChaosOptions } from './options.ts'
import { openStore } from './open-store.ts'
import { HARD, profileOf } from './profile.ts'
import type { ChaosReport, Finding } from './report.ts'
import type { ChaosStore } from './stores.ts'
import { makeStore } from './stores.ts'
import { Watcher } from './watcher.ts'
import { MemoryWorker } from './worker/memory-worker.ts'
import type { Worker } from './worker/messages.ts'
import { ProcessWorker } from './worker/process-worker.ts'
import type { WorkerPlan } from './worker/run-worker.ts'
import { EpochTraces } from './worker/epoch-traces.ts'

const WORKERS = 4
const EPOCH_MS = 5000
/** Starting a process costs far more than abandoning something that only behaves like one. */
const DISTURBED_EVERY_MS = { memory: 80, process: 300 }
/** How long workers may take to start, and to end what they began. */
const START_MS_MAX = 60_000
const FINISH_MS_MAX = 30_000

/** Where a run puts things: histories, traces, and its store where it has no better place. */
export interface RunDirectories {
  readonly root: string
  readonly histories: string
  readonly traces: string
}

/**
 * Lets workers use a store while everything breaks that can, and checks what they saw. What a run leaves behind on success
 * is nothing; after violations its histories and a trace, and its histories when it could not go on.
 *
 * @throws {BrokenRun} when the run itself failed.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const root = await mkdtemp(join(tmpdir(), 'latchless-chaos-'))
  const directories = { root, histories: join(root, 'histories'), traces: join(root, 'traces') }
  let keep = false
  try {
    for (const directory of [directories.histories, directories.traces]) await mkdir(directory)
    const report = await runIn(directories, options)
    keep = report.kept !== undefined
    return report
  } catch (error) {
    // Who ended it from outside wants nothing of it.
    if (options.signal.aborted) throw error
    keep = (await readdir(directories.histories).catch(() => [])).length > 0
    throw new BrokenRun(error, commandFor(options), keep ? directories.histories : undefined)
  } finally {
    if (!keep) await rm(root, { recursive: true, force: true })
  }
}

async function runIn(directories: RunDirectories, options: ChaosOptions): Promise<ChaosReport> {
  options.onProgress('making the store')
  await using store = await makeStore(options, directories.root)
  const faults = new Map<string, number>()
  const marks: { label: string; atMs: number }[] = []
  const count = (kind: string) => {
    faults.set(kind, (faults.get(kind) ?? 0) + 1)
    marks.push({ label: kind, atMs: performance.timeOrigin + performance.now() })
  }
  const watched = await runWorkers(directories, options, store, count)
  options.onProgress('checking')
  await using filesystem = await store.open()
  const result = await checkRun(filesystem, directories, options)
  for (const [kind, times] of Object.entries({ ...result.faults, ...store.counts(), ...watched.counts })) {
    faults.set(kind, (faults.get(kind) ?? 0) + times)
  }
  const setUp = checkSetUp({
    ...result,
    seconds: options.seconds,
    disturbances: disturbanceKinds(store.disturbances),
    callFaults: STORE_FAULTS,
    faults: Object.fromEntries(faults),
  })
  const findings = [...watched.findings, ...result.findings, ...setUp]
  const report: ChaosReport = {
    backend: options.backend,
    mode: options.mode,
    seed: options.seed,
    seconds: options.seconds,
    operations: result.operations,
    faults: Object.fromEntries([...faults].toSorted(([a], [b]) => a.localeCompare(b))),
    violations: findings,
    unknownUnresolved: result.unknownUnresolved,
    unknown: result.unknown,
    skipped: store.skipped,
  }
  if (findings.length === 0 && !options.keep) return report
  const kept = await keepEvidence(directories, options, result.guilty, marks)
  await writeFile(
    join(directories.root, 'report.json'),
    `${JSON.stringify({ ...report, kept, marks }, undefined, 2)}\n`,
  )
  return { ...report, kept }
}

async function runWorkers(
  directories: RunDirectories,
  options: ChaosOptions,
  store: ChaosStore,
  onDisturbance: (kind: string) => void,
): Promise<Watched> {
  const workers = await startWorkers(directories, options, store)
  const failure = Promise.withResolvers<never>()
  const end = new AbortController()
  failure.promise.catch(() => {})
  options.signal.addEventListener('abort', () => failure.reject(options.signal.reason), { once: true })
  let disturbing: Promise<void> | undefined
  const inTime = <Result>(work: Promise<Result>, ms: number, what: string) =>
    Promise.race([work, failure.promise, late(ms, what, end.signal)])
  try {
    options.signal.throwIfAborted()
    for (const worker of workers) worker.ended.catch(failure.reject)
    await inTime(Promise.all(workers.map(({ ready }) => ready)), START_MS_MAX, 'start')
    options.onProgress(`${workers.length} workers at work for ${options.seconds} s`)
    await using _traces = await traceHere(directories, options, end.signal)
    await using watching = await watch(store, options)
    const startUs = nowUs()
    await Promise.all(workers.map((worker) => worker.go(startUs)))
    const over = AbortSignal.any([AbortSignal.timeout(options.seconds * 1000), end.signal])
    const random = seededRandom(options.seed, 1)
    const everyMs = DISTURBED_EVERY_MS[store.url === undefined ? 'memory' : 'process']
    disturbing = disturb({
      workers,
      disturbances: store.disturbances,
      random,
      everyMs,
      signal: over,
      onDisturbance,
    })
    await Promise.race([disturbing, failure.promise])
    options.onProgress('finishing')
    await inTime(Promise.all(workers.map((worker) => worker.finish())), FINISH_MS_MAX, 'finish')
    return { findings: await inTime(watching.settle(), FINISH_MS_MAX, 'finish'), counts: watching.counts() }
  } finally {
    end.abort()
    // What it does to a disk or a worker has to be over before these go.
    await Promise.allSettled([disturbing])
    await Promise.allSettled(workers.map((worker) => worker.destroy()))
  }
}

async function startWorkers(
  directories: RunDirectories,
  options: ChaosOptions,
  store: ChaosStore,
): Promise<readonly Worker[]> {
  const { url: storeUrl } = store
  const filesystem = storeUrl === undefined ? await store.open() : undefined
  return Array.from({ length: WORKERS }, (_, at): Worker => {
    const planOf = (incarnation: number): WorkerPlan => ({
      number: at + 1,
      incarnation,
      seed: options.seed,
      ...(options.sabotage ? HARD : profileOf(options.seed)),
      mode: options.mode,
      directory: directories.histories,
      startUs: 0,
      epochMs: EPOCH_MS,
      sabotage: options.sabotage,
    })
    if (filesystem) return new MemoryWorker(filesystem, planOf)
    const url = storeUrl ?? ''
    return new ProcessWorker((incarnation) => ({
      worker: planOf(incarnation),
      storeUrl: url,
      traceDirectory: directories.traces,
    }))
  })
}

/** What a watcher found. */
interface Watched {
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Record<string, number>>
}

interface Watching extends AsyncDisposable {
  settle(): Promise<readonly Finding[]>
  counts(): Readonly<Record<string, number>>
}

async function watch(store: ChaosStore, { backend, seed }: ChaosOptions): Promise<Watching> {
  const filesystem = store.url === undefined ? await store.open() : await openStore(store.url)
  // Local looks for changes everywhere again and again, which would take more and more of the machine.
  const watcher = await Watcher.start(filesystem, backend === 'local' ? '/e0' : '/', seededRandom(seed, 3))
  return {
    settle: () => watcher.settle(),
    counts: () => watcher.counts,
    async [Symbol.asyncDispose]() {
      watcher.stop()
      // Where there is no URL, it is the store itself.
      if (store.url !== undefined) await filesystem.close()
    },
  }
}

/** Workers that are no processes are traced in this one. */
async function traceHere(
  { traces }: RunDirectories,
  { backend }: ChaosOptions,
  end: AbortSignal,
): Promise<AsyncDisposable> {
  if (backend !== 'memory') return { [Symbol.asyncDispose]: async () => {} }
  const recording = new EpochTraces(traces, 'all')
  let epoch = 0
  await recording.enter(epoch)
  const turning = setInterval(() => void recording.enter(++epoch), EPOCH_MS)
  end.addEventListener('abort', () => clearInterval(turning), { once: true })
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(turning)
      await recording[Symbol.asyncDispose]()
    },
  }
}

async function late(ms: number, what: string, end: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal: end }).catch(() => new Promise<never>(() => {}))
  throw new Error(`Cannot ${what}: a worker did not within ${ms} ms`)
}
