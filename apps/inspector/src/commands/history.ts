import type { Filesystem } from '@latchless/filesystem'
import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { type HistoryRange, withinRange } from '../model/history-range.ts'
import { historyRows } from '../model/history-rows.ts'
import { walkVersions } from '../model/walk-versions.ts'
import { jsonLine } from '../output/json-text.ts'
import type { GapRow, VersionRow } from '../output/rows.ts'
import { shownTime, shownVersionText, shownWriter } from '../output/shown.ts'
import { Table } from '../output/table.ts'

export interface HistoryOptions extends HistoryRange {
  readonly limit?: number
  readonly since?: string
}

/** Lists the retained versions of a record, newest first. */
export async function history(context: Context, path: string, options: HistoryOptions): Promise<ExitCode> {
  const { from = 0, to = Number.POSITIVE_INFINITY } = options
  if (from > to)
    throw new InspectorError('usage', `Cannot list versions from ${from} to ${to}: the end is before the start`)
  const range = { ...options, sinceMs: await instantOf(options.since) }
  return context.withStore(async (fs) => {
    const table = new Table(['VERSION', '       ', 'SIZE', 'TIME', 'WRITER', 'OPS'])
    let shown = 0
    let damaged = 0
    const report = async (error: unknown) => {
      damaged++
      await context.report(error)
    }
    for await (const row of rowsInRange(fs, path, range, report)) {
      if (shown === options.limit) break
      if (row.type === 'version') shown++
      await context.print(context.json ? jsonLine(row) : textLine(context, table, row))
    }
    if (damaged > 0) return EXIT.partial
    if (shown === 0) await requireWritten(fs, path)
    return EXIT.ok
  })
}

async function* rowsInRange(
  fs: Filesystem,
  path: string,
  range: HistoryRange,
  report: (error: unknown) => Promise<void>,
): AsyncGenerator<VersionRow | GapRow> {
  const start = range.to === undefined ? undefined : range.to + 1
  for await (const row of historyRows(path, walkVersions(fs, path, report, start), Number.POSITIVE_INFINITY)) {
    const clipped = withinRange(row, range)
    if (clipped) yield clipped
    if (row.type === 'version' && row.version !== null && row.version <= (range.from ?? 0)) return
  }
}

async function requireWritten(fs: Filesystem, path: string): Promise<void> {
  if ((await fs.get(path)).state !== 'unwritten') return
  throw new InspectorError(
    'not-found',
    `Cannot list the history of ${JSON.stringify(path)}: it was never written`,
    '`inspector ls` lists what is there',
    { path },
  )
}

async function instantOf(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined
  const { parseInstant } = await import('../model/instant.ts')
  try {
    return parseInstant(text, Date.now())
  } catch (error) {
    throw error instanceof RangeError ? new InspectorError('usage', error.message) : error
  }
}

function textLine(context: Context, table: Table, row: VersionRow | GapRow): string {
  if (row.type === 'gap') {
    const range = row.from === row.to ? `v${row.from}` : `v${row.from} to v${row.to}`
    return `${context.paint('muted', `··· ${range} not retained`)}\n`
  }
  const [line = ''] = table.lines([
    [
      shownVersionText(row.version),
      row.state === 'deleted' ? 'deleted' : '',
      row.state === 'deleted' ? '-' : String(row.size),
      shownTime(row.time),
      shownWriter(row.writer),
      opsText(row),
    ],
  ])
  return `${line.trimEnd()}\n`
}

// One update without an id is the ordinary case and not worth a column.
function opsText({ updates }: VersionRow): string {
  const ids = updates.flatMap(({ opId }) => (opId === null ? [] : [displayText(opId)]))
  const folded = updates.length > 1 ? [`${updates.length} updates`] : []
  return [...folded, ...ids].join(' ')
}
