import { displayText } from '../../../display-text.ts'
import { countText, instantText } from '../../../model/measures.ts'
import type { MatchScan } from '../../../model/match-scan.ts'
import { cut } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'
import type { AsOf } from './as-of.ts'
import { columnsFor, headingLine, rowLine, rowWords } from './record-columns.ts'
import type { RecordList } from './record-list.ts'
import { filled } from './two-panes.ts'

/** What the pane of the list shows. */
export interface ListPane {
  readonly list: RecordList
  readonly asOf: AsOf | undefined
  readonly marked: ReadonlySet<string>
  readonly isFocused: boolean
}

/** The list: what holds for all of it on top, then the rows in sight. */
export function listLines(frame: Frame, pane: ListPane): string[] {
  const above = [...asOfLines(frame, pane.asOf), ...filterLines(frame, pane)]
  const columns = columnsFor(frame.columns)
  if (!frame.spoken) above.push(headingLine(frame, columns))
  const rows = pane.list.visible(Math.max(1, frame.rows - above.length))
  const { at, top } = pane.list.place
  const lines = rows.map((stored, row) => {
    const shown = pane.asOf?.row(stored) ?? stored
    const look = {
      name: nameOf(stored.path, pane.list.prefix, stored.directory),
      isSelected: top + row === at,
      isFocused: pane.isFocused,
      isMarked: pane.marked.has(stored.path),
    }
    return frame.spoken ? rowWords(frame, shown, look) : rowLine(frame, columns, shown, look)
  })
  return [...above, ...(lines.length > 0 ? lines : emptyLines(frame, pane.list))]
}

// What is said by the prefix, which stands above, is not said again.
function nameOf(path: string, prefix: string, isDirectory: boolean): string {
  const name = prefix === '/' ? path : path.slice(prefix.length + 1)
  return isDirectory ? `${name}/` : name
}

function asOfLines(frame: Frame, asOf: AsOf | undefined): string[] {
  if (!asOf) return []
  const { paint, glyphs } = frame
  const text = ` ${glyphs.warning} AS OF ${instantText(asOf.timeMs)}, by the writers' clocks. Not what is stored now  (:asof now ends it)`
  return [paint('warning', filled(text, frame))]
}

function filterLines(frame: Frame, { list, asOf }: ListPane): string[] {
  if (!list.scan) return []
  const text = ` ${frame.paint('key', '/')} ${displayText(list.listing.filter)}  ${frame.paint('muted', scanText(list.scan, asOf !== undefined))}`
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
    case 'whole':
      return found
  }
}

function emptyLines(frame: Frame, list: RecordList): string[] {
  const isWorking = list.scan ? list.scan.state === 'scanning' : !list.isRead
  const why = isWorking
    ? 'reading'
    : list.scan
      ? 'nothing matches'
      : `nothing is stored below ${displayText(list.prefix)}`
  return [frame.paint('muted', cut(filled(`  ${why}`, frame), frame.columns))]
}
