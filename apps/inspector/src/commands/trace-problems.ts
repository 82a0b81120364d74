import type { Context } from '../context.ts'
import { InspectorError } from '../inspector-error.ts'
import type { Trace } from '../trace/trace.ts'

/** Tells stderr what is wrong with the files of a trace. One that was cut short is only remarked on. */
export async function reportProblems(context: Context, trace: Trace): Promise<void> {
  for (const { kind, file, line, message } of trace.problems) {
    const where = line === undefined ? JSON.stringify(file) : `line ${line} of ${JSON.stringify(file)}`
    if (kind === 'truncated') await context.remark(`${where}: ${message}`)
    else await context.report(new InspectorError('damaged', `Cannot read ${where}: ${message}`))
  }
  const more = trace.problemCount - trace.problems.length
  if (more > 0) await context.remark(`and ${more} more`)
  const missing = trace.gaps.reduce((sum, { events }) => sum + events, 0)
  if (missing > 0) await context.remark(`${missing} events were dropped while recording, so figures are too low`)
}
