import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordTrace } from '@latchless/filesystem'
import { storeReference } from '../config/store-reference.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { holdInterrupts } from '../interrupts.ts'
import { jsonLine } from '../output/json-text.ts'
import type { RerunRow } from '../output/rows.ts'
import { type RecordedUpdates, recordedUpdates } from '../replay/recorded-updates.ts'
import { rerunReport } from '../replay/rerun-report.ts'
import { runAgain } from '../replay/run-again.ts'
import { runFigures } from '../replay/run-figures.ts'
import { openScratchArea } from '../replay/scratch-area.ts'
import { verifyRun } from '../replay/verify-run.ts'
import { readTrace } from '../trace/read-trace.ts'

export interface RerunOptions {
  /** Where to run: the URL of a store or its name in the configuration. */
  readonly run: string
  /** How updates of one process go about it. Default `combine`, as `casUpdate`. */
  readonly mode?: 'combine' | 'plain' | undefined
  /** 2 is twice as fast as recorded. Default 1. */
  readonly speed?: number | undefined
  /** A new file for the trace of this run. */
  readonly output?: string | undefined
}

/**
 * Runs the updates of a trace again in a scratch area of a store and compares: the same ids, writers, records and times of
 * arrival, and at the end every record is read, so that a lost or a repeated update would be found.
 */
export async function rerun(context: Context, files: readonly string[], options: RerunOptions): Promise<ExitCode> {
  const { mode = 'combine', speed = 1, output } = options
  if (!(speed > 0 && speed <= SPEED_MAX)) {
    throw new InspectorError('usage', `Cannot run a trace again: expected a speed above 0 and up to ${SPEED_MAX}`)
  }
  const reference = await storeReference(context.io, options.run)
  if (!reference)
    throw new InspectorError('usage', 'Cannot run a trace again: no store was named', 'give --run memory:')
  using interrupts = holdInterrupts()
  const trace = await readTrace(files, { signal: interrupts.signal })
  const recorded = recordedUpdates(trace)
  if (recorded.updates.length === 0) throw nothingToRun()
  const seconds = ((recorded.updates.at(-1)?.atUs ?? 0) / 1e6 / speed).toFixed(1)
  await context.remark(`running ${recorded.updates.length} updates again, which takes about ${seconds} s`)
  const { writers, processes, keys, leftOut } = recorded
  const own = await mkdtemp(join(tmpdir(), 'inspector-rerun-'))
  try {
    const ownTrace = output ?? join(own, 'rerun.castrace.jsonl')
    await using area = await openScratchArea(reference, processes, context.writable)
    const run = { ...recorded, mode, speed, traceFile: ownTrace, signal: interrupts.signal }
    const { verification, failures, lateMs } = await runIn(area, run)
    const row: RerunRow = {
      type: 'rerun',
      v: 1,
      files: [...files],
      store: reference.name,
      backend: area.backend,
      mode,
      speed,
      records: keys.length,
      writers,
      processes,
      leftOut,
      recorded: { ...runFigures(trace) },
      rerun: { ...runFigures(await readTrace([ownTrace])) },
      lostUpdates: verification.lost,
      repeatedUpdates: verification.repeated,
      resurrectedUpdates: verification.resurrected,
      unknownLanded: verification.unknownLanded,
      failures: Object.fromEntries(failures),
      lateMs,
      damagedTrace: trace.isDamaged,
      trace: output ?? null,
    }
    await context.print(context.json ? jsonLine(row) : rerunReport(row))
    return interrupts.exitCode ?? exitCodeOf(row)
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

const SPEED_MAX = 1000

interface Run extends RecordedUpdates {
  readonly mode: 'combine' | 'plain'
  readonly speed: number
  readonly traceFile: string
  readonly signal: AbortSignal
}

async function runIn(area: Awaited<ReturnType<typeof openScratchArea>>, run: Run) {
  const { keys, updates, mode, speed, signal, traceFile } = run
  const viewOf = (process: number) => area.view(process)
  try {
    const result = await recorded(traceFile, async () => await runAgain(updates, { mode, speed, signal, viewOf }))
    return { ...result, verification: await verifyRun(area.view(0), keys, updates, result.fates) }
  } finally {
    await area.clear(keys)
  }
}

async function recorded<Result>(traceFile: string, run: () => Promise<Result>): Promise<Result> {
  await using _recorder = await recordTrace(traceFile, { title: 're-execution' })
  return await run()
}

function exitCodeOf({ lostUpdates, repeatedUpdates, resurrectedUpdates, damagedTrace }: RerunRow): ExitCode {
  const isSound = lostUpdates + repeatedUpdates + resurrectedUpdates === 0
  return isSound && !damagedTrace ? EXIT.ok : EXIT.integrity
}

function nothingToRun(): InspectorError {
  return new InspectorError(
    'refused',
    'Cannot run the trace again: it holds no updates',
    'a recording of what was committed has none; recordTrace in a service records its updates',
  )
}
