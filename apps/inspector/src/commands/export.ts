import type { Filesystem } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { readBody } from '../model/body.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { valueRow } from '../model/stored-row.ts'
import { walkItems } from '../model/walk-items.ts'
import { isCorrupt, type ReportDamage } from '../model/walk-page.ts'
import { OutputFile } from '../output/output-file.ts'
import { RECORD_FORMATS, type RecordFormat } from '../output/record-formats.ts'
import type { ValueRow } from '../output/rows.ts'
import type { TraceFormat } from './export-trace.ts'
import type { TracePart } from './trace-part.ts'

export interface ExportOptions extends TracePart {
  readonly format: RecordFormat | TraceFormat
  readonly trace?: readonly string[]
  readonly output?: string
}

/** Writes records out; or traces, as one of their own or in the form of a viewer. */
export async function exportRecords(
  context: Context,
  argument: string | undefined,
  options: ExportOptions,
): Promise<ExitCode> {
  const { format, trace, output } = options
  const isOfTrace = format === 'trace' || format === 'chrome-trace'
  if (trace) {
    if (argument !== undefined || !isOfTrace) throw mismatch('a trace has the format trace or chrome-trace')
    const { exportTrace } = await import('./export-trace.ts')
    return await exportTrace(context, trace, { ...options, format })
  }
  if (isOfTrace) throw mismatch(`${format} is a format of traces, which --trace names`)
  const part = (['from', 'to', 'key'] as const).find((name) => options[name] !== undefined)
  if (part !== undefined) throw mismatch(`--${part} is for traces, which --trace names`)
  const { head, line } = RECORD_FORMATS[format]
  const path = parsePrefix(argument)
  return context.withStore(async (fs) => {
    let damaged = 0
    let found = 0
    const report: ReportDamage = async (error) => {
      damaged++
      await context.report(error)
    }
    await using file = await OutputFile.open(context, output)
    await file.write(head)
    for await (const row of valuesOf(fs, path, report)) {
      found++
      await file.write(line(row))
    }
    if (found === 0 && damaged === 0 && path !== '/') throw nothingFound(path)
    await file.finish()
    return damaged > 0 ? EXIT.partial : EXIT.ok
  })
}

/** The record at the path, then all below it, one body in memory at a time. */
async function* valuesOf(fs: Filesystem, path: string, report: ReportDamage): AsyncGenerator<ValueRow> {
  if (path !== '/') yield* valueAt(fs, path, report)
  for await (const { path: below } of walkItems(fs, path, { depth: 'descendants', deleted: false }, report)) {
    yield* valueAt(fs, below, report)
  }
}

async function* valueAt(fs: Filesystem, path: string, report: ReportDamage): AsyncGenerator<ValueRow> {
  try {
    const head = await fs.get(path)
    if (head.state === 'live') yield valueRow(path, head, readBody(head.entry.body))
  } catch (error) {
    if (!isCorrupt(error)) throw error
    await report(error)
  }
}

function mismatch(why: string): InspectorError {
  return new InspectorError('usage', `Cannot export: ${why}`, '`inspector export --help` shows both forms')
}

function nothingFound(path: string): InspectorError {
  return new InspectorError(
    'not-found',
    `Cannot export ${JSON.stringify(path)}: nothing live is stored there or below it`,
    '`inspector ls` lists what is there',
    { path },
  )
}
