import { countText } from '../../../model/measures.ts'
import type { RecordList } from './record-list.ts'
import type { RowLeap } from './row-leap.ts'
import { scanText } from './records-view.ts'

export interface LiveFacts {
  readonly newCount: number
  readonly hasMissed: boolean
}

/** How many records there are, as far as they were counted. */
export interface Counted {
  readonly count: number
  readonly isWhole: boolean
}

/** Whether it is searched, counted or read to a row far off. */
export function isUnderWay({ scan, leap }: RecordList, counted: Counted | undefined): boolean {
  return scan?.state === 'scanning' || leap !== undefined || counted?.isWhole === false
}

/** What there is to know about the list as a whole. */
export function listFacts(
  list: RecordList,
  markedCount: number,
  live: LiveFacts | undefined,
  counted: Counted | undefined,
  isPast: boolean,
): string {
  const { isTree, withDeleted } = list.listing
  return [
    ...(list.leap ? [leapText(list.leap)] : []),
    ...(list.scan ? [scanText(list.scan, isPast)] : []),
    ...(counted
      ? [counted.isWhole ? `${countText(counted.count)} records` : `counting ${countText(counted.count)}`]
      : []),
    ...(isTree ? ['tree'] : []),
    ...sortFacts(list, isPast),
    ...(withDeleted ? ['deleted too'] : []),
    ...(markedCount === 0 ? [] : [`${countText(markedCount)} marked`]),
    ...(live ? [liveText(live)] : []),
  ].join(', ')
}

function leapText({ row, readCount }: RowLeap): string {
  return `to row ${countText(row)}: read ${countText(readCount)}`
}

function sortFacts({ listing: { sort, isReversed }, scan, rows }: RecordList, isPast: boolean): string[] {
  if (sort === 'path') return isReversed ? ['last path first'] : []
  const which = scan ? 'matches' : `these ${countText(rows.length)}`
  return [`${which} by ${sort}${isPast ? ' as stored now' : ''}${isReversed ? ', reversed' : ''}`]
}

function liveText({ newCount, hasMissed }: LiveFacts): string {
  const added = newCount > 0 ? ` +${countText(newCount)}` : ''
  return `live${added}${hasMissed ? ', some missed' : ''}${newCount > 0 || hasMissed ? ' (r reads)' : ''}`
}

/** Where one stands. The total is said only where it is known. */
export function rowStatus(list: RecordList, counted: number | undefined): string {
  const { at } = list.place
  const { scan, window, rows, listing } = list
  if (rows.length === 0) return ''
  if (scan || listing.sort !== 'path') return `row ${countText(at + 1)}/${countText(rows.length)}`
  const total = window.total ?? counted
  if (window.before !== undefined)
    return `row ${countText(window.before + at + 1)}${total === undefined ? '' : `/${countText(total)}`}`
  if (window.behind !== undefined) {
    const left = window.behind + rows.length - 1 - at
    return left === 0 ? 'last row' : `${countText(left)} before the last`
  }
  return ''
}
