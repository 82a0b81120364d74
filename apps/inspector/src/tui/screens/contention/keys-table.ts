import { msText, rateText, shareText, spanText } from '../../../contention/figures.ts'
import type { KeyOrder } from '../../../contention/key-order.ts'
import type { KeySummary } from '../../../contention/key-summary.ts'
import type { ContentionSummary } from '../../../contention/summary.ts'
import { attemptsOf, lossRateOf, writesOf } from '../../../contention/tally.ts'
import { displayText } from '../../../display-text.ts'
import { countText } from '../../../model/measures.ts'
import { fit } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'
import { rule } from '../../rule.ts'
import type { Place } from '../../scroll.ts'
import { sparkline } from './pane.ts'
import { shortWriter } from './short-writer.ts'

const SORTED_BY = {
  lost: 'lost attempts',
  rate: 'rate',
  loss: 'share lost',
  writers: 'writers',
  longest: 'longest attempt',
  wasted: 'time wasted',
  key: 'path',
} as const

interface Column {
  readonly heading: string
  readonly columns: number
  readonly isLeft?: boolean
  text(key: KeySummary, summary: ContentionSummary, frame: Frame): string
}

/** In the order in which they are given up where there is less room, the last first. */
const COLUMNS: readonly Column[] = [
  {
    heading: 'PER S',
    columns: 8,
    text: ({ tally, error }, { rateSeconds }) => `${rateText(writesOf(tally) / rateSeconds)}${error > 0 ? '+' : ' '}`,
  },
  { heading: 'LOST%', columns: 7, text: ({ tally }) => shareText(lossRateOf(tally)) },
  { heading: 'WRITERS', columns: 8, text: ({ writers }) => String(writers) },
  {
    heading: 'TREND',
    columns: 13,
    isLeft: true,
    text: ({ trend }, _summary, frame) => ` ${sparkline(frame, trend, 12)}`,
  },
  { heading: 'WASTED', columns: 8, text: ({ tally }) => (attemptsOf(tally) > 0 ? spanText(tally.wastedMs) : '-') },
  {
    heading: 'RETRIES',
    columns: 8,
    text: ({ tally }) => (tally.won === 0 ? '-' : (tally.lost / tally.won).toFixed(2)),
  },
  { heading: 'MAX MS', columns: 8, text: ({ tally }) => msText(attemptsOf(tally) > 0 ? tally.longestMs : undefined) },
  { heading: 'LAST WINNER', columns: 16, isLeft: true, text: ({ winner }) => ` ${shortWriter(winner ?? '-', 15)}` },
]

const KEY_COLUMNS_MIN = 22
/** The title and the headings. */
export const ROWS_ABOVE_KEYS = 2

/** The records that are written most, or lost most, one a line. */
export function keysTable(
  frame: Frame,
  summary: ContentionSummary,
  order: KeyOrder,
  { at, top }: Place,
  filter: string,
): string[] {
  const { glyphs, paint, rows, columns } = frame
  const { keys, keyCount } = summary
  const shown = columnsIn(columns)
  const keyColumns = columns - 2 - shown.reduce((sum, column) => sum + column.columns, 0)
  // Without traces all that a column of attempts can tell is the same everywhere, and the rate decides.
  const isOfCommits = order.column === 'key' || order.column === 'writers'
  const sortedBy = SORTED_BY[summary.isTraced || isOfCommits ? order.column : 'rate']
  const reversed = order.isReversed ? ', reversed' : ''
  const filtered = filter === '' ? '' : `, with ${displayText(filter)}`
  const title = rule(
    frame,
    `${countText(keyCount)} hot record${keyCount === 1 ? '' : 's'} by ${sortedBy}${reversed}, ${summary.windowSeconds} s${filtered}`,
  )
  const heading = `  ${'RECORD'.padEnd(keyColumns)}${shown.map((column) => aligned(column, column.heading)).join('')}`
  const lines = keys.slice(top, top + Math.max(0, rows - ROWS_ABOVE_KEYS)).map((key, row) => {
    const cells = shown.map((column) =>
      aligned(
        column,
        fit(column.text(key, summary, frame), column.columns, column.isLeft ? 'left' : 'right', glyphs.ellipsis),
      ),
    )
    const isAt = top + row === at
    const line = `${isAt ? glyphs.selected : ' '} ${fit(displayText(key.key), keyColumns, 'left', glyphs.ellipsis)}${cells.join('')}`
    return isAt ? paint('selected', line) : line
  })
  const none = filter === '' ? 'nothing was written in this time' : 'no path that was written has that in it'
  return [title, paint('heading', heading), ...(keyCount === 0 ? [paint('muted', fit(`  ${none}`, columns))] : lines)]
}

/** The rows that {@link keysTable} has for records. */
export function keyRowsIn(rows: number): number {
  return Math.max(1, rows - ROWS_ABOVE_KEYS)
}

function columnsIn(columns: number): Column[] {
  const shown: Column[] = []
  let room = columns - 2 - KEY_COLUMNS_MIN
  for (const column of COLUMNS) {
    if (column.columns > room) break
    room -= column.columns
    shown.push(column)
  }
  return shown
}

function aligned({ columns, isLeft }: Column, text: string): string {
  return isLeft ? fit(text.startsWith(' ') ? text : ` ${text}`, columns) : fit(text, columns, 'right')
}
