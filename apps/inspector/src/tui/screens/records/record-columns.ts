import { displayText } from '../../../display-text.ts'
import type { ListedRow } from '../../../model/listed-row.ts'
import { ageText, sizeText } from '../../../model/measures.ts'
import { cellsOf, fit, sliceCells } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'

export const SORT_KEYS = ['path', 'ver', 'age', 'size', 'writer', 'kind'] as const
export type SortKey = (typeof SORT_KEYS)[number]

export interface Column {
  readonly name: Exclude<SortKey, 'path'>
  readonly cells: number
  readonly align: 'left' | 'right'
  readonly text: (row: ListedRow, nowMs: number) => string
}

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
const PRIORITY: readonly Column['name'][] = ['ver', 'age', 'size', 'writer', 'kind']
/** The path always has this much. */
const PATH_CELLS_MIN = 22
/** Two for the marks before the path, four for the state behind it. */
const AROUND_PATH = 6

/** The columns that fit beside the path, in the order in which they stand. */
export function columnsFor(cells: number): readonly Column[] {
  let left = cells - AROUND_PATH - PATH_CELLS_MIN
  const names = new Set<string>()
  for (const name of PRIORITY) {
    const column = COLUMNS.find((one) => one.name === name)
    if (!column || column.cells + 1 > left) break
    left -= column.cells + 1
    names.add(name)
  }
  return COLUMNS.filter(({ name }) => names.has(name))
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
}

/** Exactly as wide as the frame. */
export function rowLine(frame: Frame, columns: readonly Column[], row: ListedRow, look: RowLook): string {
  const { glyphs, paint } = frame
  const mark = `${look.isSelected ? glyphs.selected : ' '}${look.isMarked ? glyphs.marked : ' '}`
  const name = tailed(displayText(look.name), pathCells(frame.columns, columns), glyphs.ellipsis)
  const cells = columns
    .map(
      ({ cells, align, text }) =>
        ` ${STATE_WORDS[row.state] ? ' '.repeat(cells) : fit(text(row, frame.nowMs), cells, align, glyphs.ellipsis)}`,
    )
    .join('')
  const line = fit(`${mark}${name} ${STATE_MARKS[row.state]}${cells}`, frame.columns)
  if (look.isSelected && look.isFocused) return paint('selected', line)
  if (row.state === 'damaged') return paint('error', line)
  return row.state === 'deleted' ? paint('removed', line) : line
}

const STATE_MARKS: Record<ListedRow['state'], string> = {
  live: '   ',
  deleted: 'DEL',
  damaged: 'BAD',
  none: 'DIR',
  unwritten: 'not',
  pruned: 'old',
  unread: '   ',
}

const STATE_WORDS: Partial<Record<ListedRow['state'], string>> = {
  none: 'directory',
  unwritten: 'not written yet at that time',
  pruned: 'what it was is not retained',
  unread: 'being read',
}

/** A row as it is read aloud. */
export function rowWords({ glyphs, nowMs }: Frame, row: ListedRow, look: RowLook): string {
  const first = `${look.isSelected ? `${glyphs.selected} ` : ''}${look.isMarked ? `${glyphs.marked}, ` : ''}${displayText(look.name)}`
  const state = STATE_WORDS[row.state]
  if (state !== undefined) return `${first}, ${state}`
  if (row.state === 'damaged') return `${first}, cannot be read: ${displayText(row.problem ?? '')}`
  const columns = COLUMNS.filter(({ name }) => row.state === 'live' || name !== 'size')
  const words = columns.map(({ name, text }) => `${SPOKEN[name] ?? name} ${text(row, nowMs)}`)
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
