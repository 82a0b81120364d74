import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { jsonLine } from '../output/json-text.ts'
import type { TraceEventRow, TraceFindingRow, TraceStatsRow } from '../output/rows.ts'
import { type CheckedTrace, checkTrace } from '../trace/check-trace.ts'
import { Makers } from '../trace/makers.ts'
import { eventRow } from '../trace/trace-event-row.ts'
import { type Grouping, type StatsWindow, traceStats } from '../trace/trace-stats.ts'
import type { Trace } from '../trace/trace.ts'
import type { Policy } from '../whatif/policy.ts'
import { readPart, windowOfPart } from './trace-part.ts'
import { reportProblems } from './trace-problems.ts'
import { EventLines, groupLines, totalLines } from './replay-text.ts'

export interface ReplayOptions {
  readonly stats?: true
  readonly events?: true
  readonly from?: string
  readonly to?: string
  readonly key?: string
  readonly by?: Grouping
  /** Policies that a model of the recording is run under. */
  readonly whatIf?: readonly Policy[]
}

/** A page of lines goes out at once. */
const PAGE = 500

/** Tells what is in traces: figures, or event by event, and whether any of it should not be. */
export async function replay(context: Context, files: readonly string[], options: ReplayOptions): Promise<ExitCode> {
  const trace = await readPart(context, 'replay', files, options)
  const makers = new Makers(trace)
  const window = windowOfPart(trace, makers, 'replay', options)
  if (options.whatIf) {
    const { printWhatIf } = await import('./what-if.ts')
    await printWhatIf(context, trace, window, options.whatIf)
  } else if (options.events) await printEvents(context, trace, makers, window)
  else await printStats(context, trace, makers, window, options.by)
  const checked = checkTrace(trace, makers)
  if (!options.events || !context.json) await printFindings(context, trace, checked)
  await reportProblems(context, trace)
  return trace.isDamaged || checked.errors > 0 ? EXIT.integrity : EXIT.ok
}

async function printStats(
  context: Context,
  trace: Trace,
  makers: Makers,
  window: StatsWindow,
  by: Grouping | undefined,
): Promise<void> {
  const { total, groups, moreGroups } = traceStats(trace, makers, window, by)
  const span = { fromUs: window.fromUs - trace.startUs, toUs: window.toUs - trace.startUs }
  if (!context.json) {
    await context.print(totalLines(context, trace, span, total).join(''))
    if (by !== undefined) await context.print(groupLines(context, trace, by, groups).join(''))
    if (moreGroups > 0) await context.remark(`and ${moreGroups} more, which lost no more than these`)
    return
  }
  const row = (group: TraceStatsRow['by'], name: string | null, figures: typeof total): string => {
    const stats: TraceStatsRow = {
      type: 'traceStats',
      v: 1,
      by: group,
      name,
      ...span,
      ...figures,
      attemptsToWin: [...figures.attemptsToWin],
    }
    return jsonLine(stats)
  }
  await context.print(row('all', null, total))
  for (const { name, figures } of groups) await context.print(row(by ?? 'all', trace.names.text(name), figures))
}

async function printEvents(context: Context, trace: Trace, makers: Makers, window: StatsWindow): Promise<void> {
  const { columns } = trace
  const lines = new EventLines(context, trace, makers)
  let page = ''
  let count = 0
  for (const event of trace.byStart) {
    const isInTime = (columns.endUs[event] ?? 0) >= window.fromUs && (columns.startUs[event] ?? 0) <= window.toUs
    if (!isInTime || (window.key !== undefined && columns.key[event] !== window.key)) continue
    page += context.json ? jsonLine(eventJson(trace, event)) : lines.line(event)
    if (++count % PAGE !== 0) continue
    await context.print(page)
    page = ''
  }
  await context.print(page)
}

function eventJson(trace: Trace, event: number): TraceEventRow {
  const row = eventRow(trace, event)
  const fields = Object.entries(row).map(([name, value]: [string, unknown]) => [name, value ?? null])
  return { type: 'traceEvent', v: 1, ...(Object.fromEntries(fields) as Omit<TraceEventRow, 'type' | 'v'>) }
}

async function printFindings(
  context: Context,
  { count }: Trace,
  { findings, errors, warnings }: CheckedTrace,
): Promise<void> {
  for (const { kind, severity, key, version, atUs, message } of findings) {
    if (context.json) {
      const row: TraceFindingRow = { type: 'traceFinding', v: 1, kind, severity, key, version, atUs, message }
      await context.print(jsonLine(row))
      continue
    }
    const role = severity === 'error' ? 'error' : 'warning'
    const told = displayText(`${severity}: ${kind} at ${(atUs / 1e6).toFixed(3)} s in ${key}: ${message}`)
    await context.print(`${context.paint(role, told)}\n`)
  }
  const more = errors + warnings - findings.length
  if (more > 0) await context.remark(`and ${more} more: ${errors} errors and ${warnings} warnings in all`)
  if (context.json || findings.length > 0) return
  const none = count === 0 ? 'there are no events to check' : 'nothing is lost, nothing contradicts'
  await context.print(`check        ${none}\n`)
}
