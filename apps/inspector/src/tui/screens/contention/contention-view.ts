import type { KeyOrder } from '../../../contention/key-order.ts'
import type { ContentionSummary } from '../../../contention/summary.ts'
import { cut } from '../../../terminal/cells.ts'
import { type Frame, partOf, TWO_PANES_COLUMNS } from '../../frame.ts'
import type { Place } from '../../scroll.ts'
import { advicePane } from './advice-pane.ts'
import { attemptsPane } from './attempts-pane.ts'
import { keyRowsIn, keysTable, ROWS_ABOVE_KEYS } from './keys-table.ts'
import { latencyPane } from './latency-pane.ts'
import { beside } from './pane.ts'
import { ratesPane } from './rates-pane.ts'
import { writersPane } from './writers-pane.ts'

/** What fills the screen where there is no room for everything. */
export const PANELS = ['records', 'rates', 'latency', 'writers', 'attempts', 'advice'] as const
export type Panel = (typeof PANELS)[number]

export interface ContentionContent {
  readonly summary: ContentionSummary
  readonly order: KeyOrder
  readonly filter: string
  readonly panel: Panel
}

const ROWS_OF_ALL_MIN = 18
const RATES_ROWS = 7
const ADVICE_ROWS = 3

/** How the room is shared; all panels at once where there is enough of it. */
interface Layout {
  readonly isWhole: boolean
  readonly keysRows: number
  readonly writersRows: number
  readonly adviceRows: number
}

function layoutOf({ columns, rows }: Frame, { isTraced }: ContentionSummary): Layout {
  if (columns < TWO_PANES_COLUMNS || rows < ROWS_OF_ALL_MIN) {
    return { isWhole: false, keysRows: rows, writersRows: 0, adviceRows: 0 }
  }
  const rest = rows - RATES_ROWS
  // Nothing can be said of attempts that nobody has traced.
  if (!isTraced) return { isWhole: true, keysRows: rest, writersRows: 0, adviceRows: 0 }
  const adviceRows = Math.min(6, ADVICE_ROWS + Math.max(0, Math.floor((rest - 17) / 6)))
  const writersRows = Math.min(12, Math.max(4, Math.floor((rest - adviceRows) * 0.42)))
  return { isWhole: true, keysRows: rest - adviceRows - writersRows, writersRows, adviceRows }
}

/** Rows that records have in a frame, for scrolling. */
export function keyRows(frame: Frame, summary: ContentionSummary): number {
  return keyRowsIn(layoutOf(frame, summary).keysRows)
}

/** The record in the table that stands in a line of a frame. */
export function keyInLine(
  frame: Frame,
  { summary, panel }: ContentionContent,
  { top }: Place,
  line: number,
): number | undefined {
  const { isWhole, keysRows } = layoutOf(frame, summary)
  if (!isWhole && panel !== 'records') return undefined
  const row = line - (isWhole ? RATES_ROWS : 0) - ROWS_ABOVE_KEYS
  return row >= 0 && row < keyRowsIn(keysRows) && summary.keys[top + row] ? top + row : undefined
}

export function contentionView(frame: Frame, content: ContentionContent, place: Place): string[] {
  const { columns, rows, glyphs } = frame
  const lines = drawn(frame, content, place)
  return lines.slice(0, rows).map((line) => cut(line, columns, glyphs.ellipsis))
}

function drawn(frame: Frame, content: ContentionContent, place: Place): string[] {
  const { columns } = frame
  const { summary, order, filter, panel } = content
  const { isWhole, keysRows, writersRows, adviceRows } = layoutOf(frame, summary)
  const keys = (room: Frame) => keysTable(room, summary, order, place, filter)
  if (!isWhole) {
    const panels: Record<Panel, (room: Frame) => readonly string[]> = {
      records: keys,
      rates: (room) => ratesPane(room, summary),
      latency: (room) => latencyPane(room, summary),
      writers: (room) => writersPane(room, summary),
      attempts: (room) => attemptsPane(room, summary),
      advice: (room) => advicePane(room, summary),
    }
    return [...panels[panel](frame)]
  }
  const part = (partRows: number) => partOf(frame, columns, partRows)
  const table = keys(part(keysRows))
  const filler = Array.from({ length: Math.max(0, keysRows - table.length) }, () => '')
  const rates = (room: Frame) => ratesPane(room, summary)
  const writers = (room: Frame) => writersPane(room, summary)
  if (!summary.isTraced) return [...beside(part(RATES_ROWS), rates, writers), ...table]
  return [
    ...beside(part(RATES_ROWS), rates, (room) => latencyPane(room, summary)),
    ...table,
    ...filler,
    ...beside(part(writersRows), writers, (room) => attemptsPane(room, summary)),
    ...advicePane(part(adviceRows), summary),
  ]
}
