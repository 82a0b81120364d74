import { displayText } from '../../../display-text.ts'
import { isKnownKind } from '../../../kinds/registry.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import { countText } from '../../../model/measures.ts'
import type { MatchScan } from '../../../model/match-scan.ts'
import { cut } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'
import type { AsOf } from './as-of.ts'
import { type ColumnName, columnsFor, headingLine, rowLine, rowWords } from './record-columns.ts'
import type { RecordList } from './record-list.ts'
import type { RowSummaries } from './row-summaries.ts'
import { filled } from './two-panes.ts'

/** What the pane of the list shows. */
export interface ListPane {
  readonly list: RecordList
  readonly asOf: AsOf | undefined
  readonly marked: ReadonlySet<string>
  readonly isFocused: boolean
  readonly wanted: readonly ColumnName[]
  readonly summaries: RowSummaries
}

/** The list: what holds for all of it on top, then the rows in sight. */
export function listLines(frame: Frame, pane: ListPane): string[] {
  const above = filterLines(frame, pane)
  const columns = columnsFor(frame.spoken ? Number.POSITIVE_INFINITY : frame.columns, wantedColumns(pane))
  if (!frame.spoken) above.push(headingLine(frame, columns))
  const rows = pane.list.visible(Math.max(1, frame.rows - above.length))
  const { at, top } = pane.list.place
  const shownRows = rows.map((stored) => pane.asOf?.row(stored) ?? stored)
  const hasSummaries = columns.some(({ name }) => name === 'summary')
  const summarized = frame.spoken ? shownRows.slice(at - top, at - top + 1) : shownRows
  // What is in sight is known only here, and of nothing else a body is read.
  pane.summaries.want(hasSummaries ? summarized : [])
  const lines = rows.map((stored, row) => {
    const shown = shownRows[row] ?? stored
    const look = {
      name: nameOf(stored.path, pane.list.prefix, stored.directory),
      isSelected: top + row === at,
      isFocused: pane.isFocused,
      isMarked: pane.marked.has(stored.path),
      summary: pane.summaries.of(shown, frame.nowMs),
    }
    return frame.spoken ? rowWords(frame, columns, shown, look) : rowLine(frame, columns, shown, look)
  })
  const below = frame.spoken && hasSummaries ? summarized.flatMap((row) => summaryWords(frame, pane, row)) : []
  return [...above, ...(lines.length > 0 ? lines : emptyLines(frame, pane.list)), ...below]
}

// Where nothing has a summary, its column would only take room from the paths.
function wantedColumns({ wanted, list }: ListPane): readonly ColumnName[] {
  return list.rows.some(({ kind }) => isKnownKind(kind)) ? wanted : wanted.filter((name) => name !== 'summary')
}

// The summary of a row comes later than the row, and would have all of it read aloud again. So only that of the selected one
// is told, in a line of its own.
function summaryWords({ nowMs }: Frame, { summaries }: ListPane, row: ListedRow): string[] {
  const summary = summaries.of(row, nowMs)
  return summary === '' ? [] : [`summary of ${displayText(row.path)}: ${summary}`]
}

/** The row of the list that stands in a line of the pane. */
export function rowInLine({ scan, place, rows }: RecordList, line: number): number | undefined {
  // The filter, where there is one, and the heading stand above.
  const at = place.top + line - (scan ? 2 : 1)
  return at >= place.top && rows[at] ? at : undefined
}

// What is said by the prefix, which stands above, is not said again.
function nameOf(path: string, prefix: string, isDirectory: boolean): string {
  const name = prefix === '/' ? path : path.slice(prefix.length + 1)
  return isDirectory ? `${name}/` : name
}

function filterLines(frame: Frame, { list, asOf }: ListPane): string[] {
  if (!list.scan) return []
  const isCounting = frame.spoken && list.scan.state === 'scanning'
  const told = isCounting ? 'searching' : scanText(list.scan, asOf !== undefined)
  const text = ` ${frame.paint('key', '/')} ${displayText(list.listing.filter)}  ${frame.paint('muted', told)}`
  return [filled(text, frame)]
}

/** A filter sees what is stored now, also while one looks at the past. */
export function scanText({ rows, scanned, state }: MatchScan, isPast: boolean): string {
  const found = `${countText(rows.length)} of ${countText(scanned)} match${isPast ? ' as stored now' : ''}`
  switch (state) {
    case 'scanning':
      return `${found}, scanning`
    case 'cut':
      return `${found}; stopped there, narrow it down`
    case 'failed':
      return `${found}; an error stopped it, r begins again`
    case 'whole':
      return found
  }
}

function emptyText({ scan, isRead, hasFailed, prefix }: RecordList): string {
  if (hasFailed || scan?.state === 'failed') return 'could not be read: r reads again'
  if (scan ? scan.state === 'scanning' : !isRead) return 'reading'
  return scan ? 'nothing matches' : `nothing is stored below ${displayText(prefix)}`
}

function emptyLines(frame: Frame, list: RecordList): string[] {
  return [frame.paint('muted', cut(filled(`  ${emptyText(list)}`, frame), frame.columns))]
}
