import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { OutputFile } from '../output/output-file.ts'
import { chromeTrace } from '../trace/chrome-trace.ts'
import { Makers } from '../trace/makers.ts'
import { readTrace } from '../trace/read-trace.ts'
import { reportProblems } from './trace-problems.ts'

const PIECE_UNITS = 256 * 1024

/** Writes traces in the form that Chrome's trace viewer and Perfetto open. */
export async function exportChromeTrace(
  context: Context,
  files: readonly string[],
  output: string | undefined,
): Promise<ExitCode> {
  const trace = await readTrace(files)
  await using file = await OutputFile.open(context, output)
  let piece = ''
  for (const text of chromeTrace(trace, new Makers(trace))) {
    piece += text
    if (piece.length < PIECE_UNITS) continue
    await file.write(piece)
    piece = ''
  }
  await file.write(piece)
  await file.finish()
  await reportProblems(context, trace)
  return trace.isDamaged ? EXIT.integrity : EXIT.ok
}
