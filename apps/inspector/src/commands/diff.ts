import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { readBody } from '../model/body.ts'
import { diffBodies, type DiffFormat, diffLines, isEqual } from '../model/body-diff.ts'
import type { LineEdit } from '../model/line-diff.ts'
import { loadSides, type Side } from '../model/load-sides.ts'
import { sameBytes, SPELLING } from '../model/same-bytes.ts'
import { shownBodies } from '../model/shown-bodies.ts'
import { withoutPointers } from '../model/without-pointers.ts'
import { diffRow, diffText, nameOf } from '../output/diff-text.ts'
import { remarkHidden } from '../output/remark-hidden.ts'
import { jsonLine } from '../output/json-text.ts'

export interface DiffOptions {
  readonly format?: DiffFormat | 'side'
  /** JSON Pointers. */
  readonly ignore?: readonly string[]
  readonly exitCode?: true
  readonly reveal?: true
}

/** Compares two versions; by default the previous retained one with the head. */
export async function diff(
  context: Context,
  fromArgument: string,
  toArgument: string | undefined,
  options: DiffOptions,
): Promise<ExitCode> {
  const side = options.format === 'side'
  if (side && context.json) {
    throw new InspectorError('usage', 'Cannot print two columns as JSON: leave out --json, or choose another --format')
  }
  return context.withStore(async (fs) => {
    const { from, to } = await loadSides(fs, context.io.stdin, fromArgument, toArgument)
    const shown = await shownBodies(from, to, options.reveal)
    const [before, after] = [shown.before, shown.after].map((body) =>
      withoutPointers(body && readBody(body), options.ignore ?? []),
    )
    const result = diffBodies(before, after, options.format === 'side' ? 'unified' : options.format)
    const equal = isEqual(result) && from.state === to.state
    const same = sameBytes(from.body, to.body)
    if (equal && !same) await context.remark(SPELLING)
    const row = diffRow(from, to, result, equal, options.reveal)
    await remarkHidden(context, row.hidden)
    if (context.json) await context.print(jsonLine(row))
    else if (side && !equal) await context.print(await columns(context, [from, to], diffLines(before, after)))
    else await context.print(diffText(context.paint, from, to, result, equal))
    return options.exitCode && !equal ? EXIT.negative : EXIT.ok
  })
}

async function columns(context: Context, sides: readonly Side[], edits: readonly LineEdit[]): Promise<string> {
  const { twoColumns } = await import('../output/two-columns.ts')
  const heading = context.paint('heading', sides.map(nameOf).join('  |  '))
  const lines = twoColumns(edits, context.io.stdout.columns ?? COLUMNS_PIPED, context.paint)
  return [heading, ...lines].map((line) => `${line}\n`).join('')
}

/** How wide two columns are where there is no terminal. */
const COLUMNS_PIPED = 160
