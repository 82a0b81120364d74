import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem } from '@latchless/filesystem'
import type { Disturbance } from './disturb.ts'
import { disturb, marksOf } from './disturb.ts'
import type { JournalLine } from './journal.ts'
import { parseJournal } from './journal.ts'
import { mergeTraceFiles } from './merge-traces.ts'
import type { WorkerConfig } from './messages.ts'
import type { Proof } from './proof.ts'
import { prove } from './proof.ts'
import type { Latency } from './statistics.ts'
import { delayOf, fairnessOf, latencyOf } from './statistics.ts'
import { openSharedStore, readCounters } from './store.ts'
import { WorkerProcess } from './worker-process.ts'

const PROCESSES = 4
const WRITERS = 4
const SPREAD_RECORDS = 12
const PROGRESS_INTERVAL_MS = 250
/** `casUpdate` gives up after 15 seconds by itself; a process that needs longer than this hangs. */
const FINISH_TIMEOUT_MS = 30_000

export interface StormOptions {
  /** An absolute store URL; a new local store in the storm's own directory when absent. */
  readonly storeUrl?: string | undefined
  readonly seconds: number
  /** Ends the storm early: it rejects with the signal's reason and leaves neither processes nor files of its own. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

/** `phase` is set when a new phase began. */
export interface Progress {
  readonly elapsedSeconds: number
  readonly acknowledged: number
  readonly phase?: string
}

export interface StormResult {
  readonly backend: string
  readonly processes: number
  /** Per process. */
  readonly writers: number
  readonly storeUrl: string
  /** Where in the store the records are. */
  readonly prefix: string
  readonly hotPath: string
  readonly tracePath: string
  readonly proof: Proof
  /** The message of the first rejected call. */
  readonly failureExample: string | undefined
  readonly disturbance: Disturbance
  readonly attempts: number
  readonly conflicts: number
  /** Of the undisturbed processes: a stopped process measures the stop, and a killed one no end. */
  readonly latency: Latency
  readonly fairness: number
  readonly stoppedProcessDelayMs: number | null
}

/**
 * Lets processes update shared records, kills one, stops another, and proves from the store what became of every update.
 *
 * @throws {DemoRefused} when the store cannot be used.
 */
export async function runStorm(options: StormOptions): Promise<StormResult> {
  const directory = await mkdtemp(join(tmpdir(), 'latchless-demo-'))
  try {
    return await runIn(directory, options)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function runIn(directory: string, options: StormOptions): Promise<StormResult> {
  const storeUrl = options.storeUrl ?? `file:${join(directory, 'store')}`
  // A prefix of its own lets storms share a store, one after the other or at the same time.
  const prefix = `/storm-${randomBytes(4).toString('hex')}`
  const configs = Array.from({ length: PROCESSES }, (_, index) => configure(directory, storeUrl, prefix, index + 1))
  const hotPath = hotPathOf(prefix)
  await using filesystem = await openSharedStore(storeUrl, hotPath)
  const disturbance = await runWorkers(configs, options)

  const tracePath = join(directory, 'trace.castrace.jsonl')
  const traces = configs.map(({ traceFile }) => traceFile)
  const { attempts, conflicts } = await mergeTraceFiles(traces, tracePath, marksOf(disturbance))
  const journals = await Promise.all(configs.map(async ({ journalFile: file }) => readJournal(file)))
  const { backend } = filesystem.capabilities(hotPath)
  const facts = { backend, storeUrl, prefix, hotPath, tracePath, disturbance, attempts, conflicts }
  return {
    processes: PROCESSES,
    writers: WRITERS,
    ...facts,
    ...(await evaluate(filesystem, prefix, journals, disturbance)),
  }
}

function configure(directory: string, storeUrl: string, prefix: string, number: number): WorkerConfig {
  return {
    number,
    writers: WRITERS,
    storeUrl,
    hotPath: hotPathOf(prefix),
    spreadPaths: Array.from({ length: SPREAD_RECORDS }, (_, index) => `${prefix}/spread/${index + 1}`),
    journalFile: join(directory, `journal-${number}.jsonl`),
    traceFile: join(directory, `trace-${number}.castrace.jsonl`),
  }
}

function hotPathOf(prefix: string): string {
  return `${prefix}/hot`
}

async function runWorkers(configs: readonly WorkerConfig[], options: StormOptions): Promise<Disturbance> {
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  signal.throwIfAborted()
  const workers: WorkerProcess[] = []
  const aborted = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true })
  try {
    for (const config of configs) workers.push(WorkerProcess.start(config))
    for (const worker of workers) worker.ended.catch((error: unknown) => failure.abort(error))
    return await Promise.race([runPhases(workers, options, signal), aborted.promise])
  } catch (error) {
    // A wait that was cut short rejects too, with less to say than the reason.
    throw signal.aborted ? signal.reason : error
  } finally {
    for (const worker of workers) worker.signal('SIGKILL')
    await Promise.allSettled(workers.map((worker) => worker.ended))
  }
}

async function runPhases(
  workers: readonly WorkerProcess[],
  options: StormOptions,
  signal: AbortSignal,
): Promise<Disturbance> {
  const [killed, stopped] = workers.slice(-2)
  if (!killed || !stopped) throw new RangeError('Cannot run a storm: one process to kill and one to stop are needed')
  await Promise.all(workers.map((worker) => worker.ready))
  const startMs = performance.now()
  const report = (phase?: string) => {
    const acknowledged = workers.reduce((sum, worker) => sum + worker.acknowledged, 0)
    const elapsedSeconds = (performance.now() - startMs) / 1000
    options.onProgress({ elapsedSeconds, acknowledged, ...(phase === undefined ? {} : { phase }) })
  }
  const progress = setInterval(report, PROGRESS_INTERVAL_MS)
  try {
    await Promise.all(workers.map((worker) => worker.tell({ type: 'go' })))
    const disturbance = await disturb(workers, { killed, stopped }, options.seconds, report, signal)
    report('finishing')
    await finish(workers.filter((worker) => worker !== killed))
    return disturbance
  } finally {
    clearInterval(progress)
  }
}

async function finish(survivors: readonly WorkerProcess[]): Promise<void> {
  await Promise.all(survivors.map((worker) => worker.tell({ type: 'finish' })))
  const timer = new AbortController()
  const late = sleep(FINISH_TIMEOUT_MS, 'late' as const, { signal: timer.signal })
  const ends = await Promise.race([Promise.all(survivors.map((worker) => worker.ended)), late])
  if (ends === 'late') throw new Error(`Cannot finish: a process still runs after ${FINISH_TIMEOUT_MS} ms`)
  timer.abort()
  late.catch(() => {})
  const index = ends.findIndex((signal) => signal !== undefined)
  if (index >= 0) throw new Error(`Cannot finish: process ${survivors[index]?.number} was ended by ${ends[index]}`)
}

async function readJournal(file: string): Promise<JournalLine[]> {
  return parseJournal(await readFile(file, 'utf8'), file)
}

async function evaluate(
  filesystem: Filesystem,
  prefix: string,
  journals: readonly JournalLine[][],
  { killed, stopped, before }: Disturbance,
): Promise<Pick<StormResult, 'proof' | 'failureExample' | 'latency' | 'fairness' | 'stoppedProcessDelayMs'>> {
  const undisturbed = journals
    .filter((_, index) => index + 1 !== killed.number && index + 1 !== stopped.number)
    .map((lines) => lines.filter((line) => line.type === 'acknowledged'))
  const acknowledgements = undisturbed.flat()
  return {
    proof: prove(journals.flat(), await readCounters(filesystem, prefix)),
    failureExample: journals.flat().find((line) => line.type === 'failed')?.message,
    latency: latencyOf(acknowledgements),
    fairness: fairnessOf(undisturbed.map(({ length }) => length)),
    stoppedProcessDelayMs: delayOf(acknowledgements, before, stopped.window),
  }
}
