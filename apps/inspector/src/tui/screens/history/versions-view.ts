import { displayText } from '../../../display-text.ts'
import type { VersionChange } from '../../../model/version-change.ts'
import type { VersionEntry } from '../../../model/version-entries.ts'
import { ageText, sizeText } from '../../../model/measures.ts'
import { cut, fit } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'
import type { ReadableEntry, VersionList } from './version-list.ts'

/** What the pane of the versions shows. */
export interface VersionsPane {
  readonly list: VersionList
  readonly base: number | undefined
  readonly isFocused: boolean
  changeOf(entry: ReadableEntry): VersionChange | undefined
}

interface VersionColumn {
  readonly heading: string
  readonly cells: number
  readonly align: 'left' | 'right'
  readonly text: (entry: ReadableEntry, change: VersionChange | undefined, frame: Frame) => string
}

/** In the order in which they stand; the last ones go first when there is little room. */
const COLUMNS: readonly VersionColumn[] = [
  { heading: 'VER', cells: 7, align: 'left', text: ({ sequence }) => (sequence === 0 ? '-' : `v${sequence}`) },
  { heading: 'AGE', cells: 5, align: 'left', text: ({ head }, _change, { nowMs }) => ageText(head.info.time, nowMs) },
  {
    heading: 'WRITER',
    cells: 10,
    align: 'left',
    text: ({ head }) => displayText(head.info.writer.service, { codePointsMax: 40 }),
  },
  { heading: '±LINES', cells: 9, align: 'left', text: changeText },
  {
    heading: 'SIZE',
    cells: 6,
    align: 'right',
    text: ({ head }) => (head.state === 'deleted' ? '-' : sizeText(head.info.size)),
  },
  {
    heading: 'OPS',
    cells: 4,
    align: 'right',
    text: ({ head }) => (head.info.updates.length > 1 ? `x${head.info.updates.length}` : ''),
  },
  { heading: 'OP', cells: 20, align: 'left', text: opText },
]
const MARK_CELLS = 2

export function versionLines(frame: Frame, pane: VersionsPane): string[] {
  const columns = columnsFor(frame.columns)
  const heading = columns.map(({ heading, cells, align }) => fit(heading, cells, align)).join(' ')
  const above = frame.spoken ? [] : [frame.paint('heading', fit(`  ${headed(heading, frame)}`, frame.columns))]
  const { list } = pane
  const entries = list.visible(Math.max(1, frame.rows - above.length - 1))
  const lines = entries.map((entry, row) => line(frame, columns, entry, pane, list.place.top + row === list.place.at))
  const end = cut(` ${updatesText(list.selected) || endText(list)}`, frame.columns, frame.glyphs.ellipsis)
  return [...above, ...lines, fit(frame.paint('muted', end), frame.columns)]
}

/** The entry of the list that stands in a line of the pane, below the heading. */
export function entryInLine({ shown, place }: VersionList, line: number, linesOfList: number): number | undefined {
  const row = line - 1
  return row >= 0 && row < linesOfList && shown[place.top + row] ? place.top + row : undefined
}

// `±` is not in every set of characters.
function headed(heading: string, { glyphs }: Frame): string {
  return glyphs.ellipsis === '…' ? heading : heading.replace('±', '+')
}

function columnsFor(cells: number): readonly VersionColumn[] {
  let left = cells - MARK_CELLS
  return COLUMNS.filter((column) => {
    left -= column.cells + 1
    return left >= -1
  })
}

function line(
  frame: Frame,
  columns: readonly VersionColumn[],
  entry: VersionEntry,
  pane: VersionsPane,
  isSelected: boolean,
): string {
  const { glyphs, paint } = frame
  const isBase = entry.type !== 'gap' && entry.sequence === pane.base
  const mark = frame.spoken ? '' : isSelected ? glyphs.selected : isBase ? glyphs.won : ' '
  const text = fit(
    `${mark} ${entryText(frame, columns, entry, pane, isSelected)}`,
    frame.columns,
    'left',
    glyphs.ellipsis,
  )
  if (isSelected && pane.isFocused && !frame.spoken) return paint('selected', text)
  if (entry.type === 'gap') return paint('muted', text)
  if (entry.type === 'damaged') return paint('error', text)
  return entry.head.state === 'deleted' ? paint('removed', text) : text
}

function entryText(
  frame: Frame,
  columns: readonly VersionColumn[],
  entry: VersionEntry,
  pane: VersionsPane,
  isSelected: boolean,
): string {
  if (entry.type === 'gap') return `${frame.glyphs.gap.repeat(frame.spoken ? 0 : 3)} ${gapText(entry)}`
  if (entry.type === 'damaged')
    return `v${entry.sequence} cannot be read: ${displayText(entry.problem, { codePointsMax: 200 })}`
  const change = pane.changeOf(entry)
  if (!frame.spoken)
    return columns
      .map(({ cells, align, text }) => fit(text(entry, change, frame), cells, align, frame.glyphs.ellipsis))
      .join(' ')
  const words = COLUMNS.flatMap(({ heading, text }) => {
    const said = text(entry, change, frame)
    return said === '' ? [] : [`${SPOKEN[heading] ?? heading.toLowerCase()} ${said}`]
  })
  return `${isSelected ? `${frame.glyphs.selected} ` : ''}${words.join(', ')}`
}

const SPOKEN: Record<string, string> = { VER: 'version', '±LINES': 'lines', OPS: 'updates' }

function gapText({ from, to }: Extract<VersionEntry, { type: 'gap' }>): string {
  return from === to ? `v${from} not retained` : `v${from}-v${to} not retained`
}

function changeText({ head }: ReadableEntry, change: VersionChange | undefined): string {
  if (head.state === 'deleted') return 'DELETED'
  switch (change?.type) {
    case 'same':
      return '= no-op'
    case 'lines':
      return `+${change.added} -${change.removed}`
    case 'other':
      return '-'
    case undefined:
      return ''
  }
}

/** What was folded into the selected version, where that is more than one update without a name. */
function updatesText(entry: VersionEntry | undefined): string {
  if (entry?.type !== 'version') return ''
  const { updates } = entry.head.info
  const ids = opText(entry)
  if (updates.length === 1) return ids === '' ? '' : `op ${ids}`
  return `${updates.length} updates${ids === '' ? '' : `: ${ids}`}`
}

function opText({ head }: ReadableEntry): string {
  const ids = head.info.updates.flatMap(({ opId }) => (opId === undefined ? [] : [opId]))
  return displayText(ids.join(' '), { codePointsMax: 120 })
}

function endText({ state, isRead, all }: VersionList): string {
  if (!isRead) return 'reading'
  if (state === 'failed') return 'older ones could not be read: r reads again'
  if (all.length === 0) return 'it was never written'
  if (state === 'more') return 'more below'
  return state === 'cut' ? 'older ones are not listed here: :diff takes their numbers' : ''
}
