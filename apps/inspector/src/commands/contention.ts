import type { Filesystem } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { adviceOf } from '../contention/advice.ts'
import { Contention } from '../contention/contention.ts'
import { contentionReport } from '../contention/contention-report.ts'
import { contentionRow } from '../contention/contention-row.ts'
import { followContention } from '../contention/follow-contention.ts'
import { summarize } from '../contention/summary.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { holdInterrupts } from '../interrupts.ts'
import { parsePrefix } from '../model/path-argument.ts'
import { jsonLine } from '../output/json-text.ts'
import { tui, type TuiSettings } from './tui.ts'

export interface ContentionCommandOptions {
  readonly trace?: readonly string[]
  /** Milliseconds. */
  readonly for?: number
}

const WINDOW_SECONDS = 600

/**
 * Tells of contention: on a terminal by its screen, otherwise by a summary at the end. Without `--for` that is the end of the
 * traces, or ctrl-c where there are none.
 */
export async function contention(
  context: Context,
  prefixArgument: string | undefined,
  options: ContentionCommandOptions & { readonly settings: TuiSettings },
): Promise<ExitCode> {
  const { trace: traces = [], for: forMs } = options
  const prefix = parsePrefix(prefixArgument)
  if (context.io.stdout.isTTY && !context.json && forMs === undefined) {
    const path = prefix === '/' ? {} : { path: prefix }
    return await tui(context, options.settings, { to: 'contention', traces, ...path })
  }
  // Traces tell of everything that the store could; without them the store is asked.
  if (traces.length > 0) return await summarizeOf(context, prefix, undefined, options)
  return await context.withStore((store) => summarizeOf(context, prefix, store, options))
}

async function summarizeOf(
  context: Context,
  prefix: string,
  store: Filesystem | undefined,
  { trace: traces = [], for: forMs }: ContentionCommandOptions,
): Promise<ExitCode> {
  using interrupts = holdInterrupts()
  const seen = new Contention()
  const over = forMs === undefined ? [] : [AbortSignal.timeout(forMs)]
  let damaged = 0
  await followContention(
    { store, prefix, traces },
    {
      signal: AbortSignal.any([interrupts.signal, ...over]),
      nowMs: () => Date.now(),
      follow: store !== undefined || forMs !== undefined,
      onActivity: (activity) => seen.add(activity),
      onDamage: (lines) => (damaged += lines),
    },
  )
  // What was recorded earlier is seen as it was when it ended.
  const nowMs = seen.lastMs ?? Date.now()
  const summary = summarize(seen, {
    nowMs,
    windowSeconds: WINDOW_SECONDS,
    order: { column: 'lost', isReversed: false },
  })
  const advice = adviceOf(summary)
  await context.print(
    context.json
      ? jsonLine(contentionRow(prefix, summary, advice, damaged))
      : contentionReport(summary, advice, damaged),
  )
  return interrupts.exitCode ?? (damaged > 0 ? EXIT.integrity : EXIT.ok)
}
