import type { Context } from '../context.ts'
import { InspectorError } from '../inspector-error.ts'
import type { Makers } from '../trace/makers.ts'
import { namedWindow, refuseInverted, type WindowNames } from '../trace/named-window.ts'
import { NONE } from '../trace/names.ts'
import { readTrace } from '../trace/read-trace.ts'
import { parseDurationUs } from '../trace/time-text.ts'
import { STDIN } from '../trace/trace-files.ts'
import type { StatsWindow } from '../trace/trace-stats.ts'
import type { Trace } from '../trace/trace.ts'

/** A part of a trace as options name it. */
export interface TracePart extends WindowNames {
  readonly key?: string | undefined
}

/** What is done with it, for messages. */
export type TraceAct = 'replay' | 'export'

/** Reads all of some traces; of what does not fit into memory only the part that is asked for. */
export async function readPart(
  { io: { stdin } }: Context,
  act: TraceAct,
  files: readonly string[],
  { from, to }: TracePart,
): Promise<Trace> {
  refuseInverted({ from, to })
  if (files.includes(STDIN) && stdin.isTTY) {
    throw new InspectorError('usage', `Cannot ${act} "-": the standard input is a terminal`, 'pipe a trace into it')
  }
  const [fromUs, toUs] = [from, to].map((text) => (text === undefined ? undefined : parseDurationUs(text)))
  try {
    return await readTrace(files, { stdin })
  } catch (error) {
    const isTooLong = error instanceof InspectorError && error.code === 'refused'
    // What was piped in cannot be read again.
    if (!isTooLong || files.includes(STDIN) || (fromUs === undefined && toUs === undefined)) throw error
    return await readTrace(files, { fromUs, toUs, stdin })
  }
}

/** @throws {InspectorError} `not-found` for a record that no event is about, `usage` for what is no place in the trace. */
export function windowOfPart(trace: Trace, makers: Makers, act: TraceAct, { from, to, key }: TracePart): StatsWindow {
  const number = key === undefined ? undefined : trace.names.find(key)
  if (number === NONE) {
    throw new InspectorError('not-found', `Cannot ${act} ${JSON.stringify(key)}: no event of the trace is about it`)
  }
  try {
    return namedWindow(trace, makers, { from, to }, number)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new InspectorError('usage', cause.message, undefined, { cause })
  }
}
