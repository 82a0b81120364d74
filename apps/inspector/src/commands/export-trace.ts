import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { OutputFile } from '../output/output-file.ts'
import { chromeTrace } from '../trace/chrome-trace.ts'
import { Makers } from '../trace/makers.ts'
import { windowTrace } from '../trace/window-trace.ts'
import { readPart, type TracePart, windowOfPart } from './trace-part.ts'
import { reportProblems } from './trace-problems.ts'

const TEXTS = { trace: windowTrace, 'chrome-trace': chromeTrace } as const

export type TraceFormat = keyof typeof TEXTS

export interface TraceExportOptions extends TracePart {
  readonly format: TraceFormat
  readonly output?: string
}

/** Writes a part of traces as a trace of its own, or in the form that Chrome's trace viewer and Perfetto open. */
export async function exportTrace(
  context: Context,
  files: readonly string[],
  options: TraceExportOptions,
): Promise<ExitCode> {
  const trace = await readPart(context, 'export', files, options)
  const makers = new Makers(trace)
  const window = windowOfPart(trace, makers, 'export', options)
  await using file = await OutputFile.open(context, options.output)
  await file.writeAll(TEXTS[options.format](trace, makers, window))
  await file.finish()
  await reportProblems(context, trace)
  return trace.isDamaged ? EXIT.integrity : EXIT.ok
}
