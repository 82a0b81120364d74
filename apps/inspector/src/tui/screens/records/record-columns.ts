import { displayText } from '../../../display-text.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import { ageText, sizeText } from '../../../model/measures.ts'
import { cellsOf, fit, sliceCells } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'

export const SORT_KEYS = ['path', 'ver', 'age', 'size', 'writer', 'kind'] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** The columns beside the path, in the order in which they stand. */
export const COLUMN_NAMES = ['ver', 'kind', 'size', 'writer', 'age', 'summary'] as const
export type ColumnName = (typeof COLUMN_NAMES)[number]

export interface Column {
  readonly name: ColumnName
  readonly cells: number
  readonly align: 'left' | 'right'
  readonly text: (row: ListedRow, nowMs: number, look: RowLook) => string
}

/** Those that every record has something in. */
const COLUMNS: readonly Column[] = [
  { name: 'ver', cells: 6, align: 'right', text: ({ version }) => (version === null ? '-' : String(version)) },
  { name: 'kind', cells: 11, align: 'left', text: ({ kind }) => displayText(kind ?? '-', { codePointsMax: 40 }) },
  { name: 'size', cells: 6, align: 'right', text: ({ state, size }) => (state === 'live' ? sizeText(size) : '-') },
  {
    name: 'writer',
    cells: 10,
    align: 'left',
    text: ({ writer }) => displayText(writer.slice(0, writer.lastIndexOf('@')), { codePointsMax: 40 }),
  },
  { name: 'age', cells: 4, align: 'right', text: ({ timeMs }, nowMs) => ageText(timeMs, nowMs) },
]
/** What keeps its place longest when there is little room. */
const PRIORITY: readonly ColumnName[] = ['ver', 'age', 'size', 'writer', 'kind']
/** The path always has this much. */
const PATH_CELLS_MIN = 22
/** And this much where there is a summary, which takes what is left between these bounds. */
const PATH_BESIDE_SUMMARY_CELLS_MIN = 28
const SUMMARY_CELLS_MIN = 18
const SUMMARY_CELLS_MAX = 36
/** Two for the marks before the path, four for the state behind it. */
const AROUND_PATH = 6

/** The wanted columns that fit beside the path, in the order in which they stand. */
export function columnsFor(cells: number, wanted: readonly ColumnName[]): readonly Column[] {
  let left = cells - AROUND_PATH - PATH_CELLS_MIN
  const names = new Set<string>()
  const others = PRIORITY.filter((name) => wanted.includes(name))
  for (const name of others) {
    const column = COLUMNS.find((one) => one.name === name)
    if (!column || column.cells + 1 > left) break
    left -= column.cells + 1
    names.add(name)
  }
  const columns = COLUMNS.filter(({ name }) => names.has(name))
  if (!wanted.includes('summary') || names.size < others.length) return columns
  const room = left + PATH_CELLS_MIN - PATH_BESIDE_SUMMARY_CELLS_MIN - 1
  return room < SUMMARY_CELLS_MIN ? columns : [...columns, summaryColumn(Math.min(room, SUMMARY_CELLS_MAX))]
}

function summaryColumn(cells: number): Column {
  return { name: 'summary', cells, align: 'left', text: (_row, _nowMs, { summary }) => summary }
}

export function headingLine({ columns: cells, paint }: Frame, columns: readonly Column[]): string {
  const headings = columns.map(({ name, cells, align }) => ` ${fit(name.toUpperCase(), cells, align)}`).join('')
  return paint('heading', `  ${fit('PATH', pathCells(cells, columns))}    ${headings}`)
}

/** How a row stands in the list. */
export interface RowLook {
  /** The path, or what of it is not said elsewhere. */
  readonly name: string
  readonly isSelected: boolean
  readonly isFocused: boolean
  readonly isMarked: boolean
  /** What the record is about, as far as it is known. */
  readonly summary: string
}

/** Exactly as wide as the frame. */
export function rowLine(frame: Frame, columns: readonly Column[], row: ListedRow, look: RowLook): string {
  const { glyphs, paint } = frame
  const mark = `${look.isSelected ? glyphs.selected : ' '}${look.isMarked ? glyphs.marked : ' '}`
  const name = tailed(displayText(look.name), pathCells(frame.columns, columns), glyphs.ellipsis)
  const words = STATE_WORDS[row.state]
  const cells = columns.map(
    ({ cells, align, text }) => ` ${fit(text(row, frame.nowMs, look), cells, align, glyphs.ellipsis)}`,
  )
  const told = words === undefined ? cells.join('') : ` ${row.directory ? '' : words}`
  const line = fit(`${mark}${name} ${STATE_MARKS[row.state]}${told}`, frame.columns, 'left', glyphs.ellipsis)
  if (look.isSelected && look.isFocused) return paint('selected', line)
  if (row.state === 'damaged') return paint('error', line)
  return row.state === 'deleted' ? paint('removed', line) : line
}

const STATE_MARKS: Record<ListedRow['state'], string> = {
  live: '   ',
  deleted: 'DEL',
  damaged: 'BAD',
  none: 'DIR',
  unwritten: '   ',
  pruned: '   ',
  unread: '   ',
}

const STATE_WORDS: Partial<Record<ListedRow['state'], string>> = {
  none: 'directory',
  unwritten: 'not written yet at that time',
  pruned: 'what it was is not retained',
  unread: 'being read',
}

/** A row as it is read aloud. Its summary is told apart, for it comes later and would have all of this told again. */
export function rowWords({ glyphs, nowMs }: Frame, columns: readonly Column[], row: ListedRow, look: RowLook): string {
  const first = `${look.isSelected ? `${glyphs.selected} ` : ''}${look.isMarked ? `${glyphs.marked}, ` : ''}${displayText(look.name)}`
  const state = STATE_WORDS[row.state]
  if (state !== undefined) return `${first}, ${state}`
  if (row.state === 'damaged') return `${first}, cannot be read: ${displayText(row.problem ?? '')}`
  const told = columns.filter(({ name }) => name !== 'summary' && (row.state === 'live' || name !== 'size'))
  const words = told.map(({ name, text }) => `${SPOKEN[name] ?? name} ${text(row, nowMs, look)}`)
  return [first, ...(row.state === 'deleted' ? ['deleted'] : []), ...words].join(', ')
}

const SPOKEN: Partial<Record<Column['name'], string>> = { ver: 'version' }

function pathCells(cells: number, columns: readonly Column[]): number {
  return cells - AROUND_PATH - columns.reduce((sum, column) => sum + column.cells + 1, 0)
}

// Paths differ at their ends, so what does not fit is left out before those.
function tailed(text: string, cells: number, ellipsis: string): string {
  const width = cellsOf(text)
  if (width <= cells) return fit(text, cells)
  const head = Math.floor((cells - 1) / 3)
  const start = width - (cells - 1 - head)
  return fit(`${sliceCells(text, 0, head)}${ellipsis}${sliceCells(text, start, width)}`, cells)
}
