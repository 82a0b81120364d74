import { stat } from 'node:fs/promises'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { OutputFile } from '../output/output-file.ts'
import { chromeTrace } from '../trace/chrome-trace.ts'
import { Makers } from '../trace/makers.ts'
import type { Trace } from '../trace/trace.ts'
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
  if (options.output !== undefined) await refuseSource(trace, options.output)
  const makers = new Makers(trace)
  const window = windowOfPart(trace, makers, 'export', options)
  await using file = await OutputFile.open(context, options.output)
  await file.writeAll(TEXTS[options.format](trace, makers, window))
  await file.finish()
  await reportProblems(context, trace)
  return trace.isDamaged ? EXIT.integrity : EXIT.ok
}

/** A part in the place of the whole would be the end of what was recorded. */
async function refuseSource({ sources }: Trace, output: string): Promise<void> {
  const placeOf = async (file: string): Promise<string | undefined> =>
    await stat(file).then(
      ({ dev, ino }) => `${dev}:${ino}`,
      () => undefined,
    )
  const place = await placeOf(output)
  if (place === undefined) return
  for (const { file } of sources) {
    if ((await placeOf(file)) !== place) continue
    throw new InspectorError(
      'refused',
      `Cannot write ${JSON.stringify(output)}: it is the trace itself, expected another file`,
    )
  }
}
