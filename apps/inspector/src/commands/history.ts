import type { Context } from '../context.ts'
import { displayText } from '../display-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { historyRows } from '../model/history-rows.ts'
import { walkVersions } from '../model/walk-versions.ts'
import { jsonLine } from '../output/json-text.ts'
import type { GapRow, VersionRow } from '../output/rows.ts'
import { shownTime, shownVersionText, shownWriter } from '../output/shown.ts'
import { Table } from '../output/table.ts'

export interface HistoryOptions {
  readonly limit?: number
}

/** Lists the retained versions of a record, newest first. */
export async function history(context: Context, path: string, options: HistoryOptions): Promise<ExitCode> {
  return context.withStore(async (fs) => {
    const table = new Table(['VERSION', '       ', 'SIZE', 'TIME', 'WRITER', 'OPS'])
    let shown = 0
    let damaged = 0
    const versions = walkVersions(fs, path, async (error) => {
      damaged++
      await context.report(error)
    })
    for await (const row of historyRows(path, versions, options.limit ?? Number.POSITIVE_INFINITY)) {
      shown++
      await context.print(context.json ? jsonLine(row) : textLine(context, table, row))
    }
    if (damaged > 0) return EXIT.partial
    if (shown > 0) return EXIT.ok
    throw new InspectorError(
      'not-found',
      `Cannot list the history of ${JSON.stringify(path)}: it was never written`,
      '`inspector ls` lists what is there',
      { path },
    )
  })
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
