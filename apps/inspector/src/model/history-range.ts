import type { GapRow, VersionRow } from '../output/rows.ts'

export interface HistoryRange {
  /** The oldest version, itself included. */
  readonly from?: number
  /** The newest one, itself included. */
  readonly to?: number
  readonly sinceMs?: number | undefined
}

/**
 * The row as far as it lies in the range, or undefined. Versions are not in the order of their times, which writers' clocks
 * tell, so each is judged by its own; a gap has none and is left out of a range of time.
 */
export function withinRange<Row extends VersionRow | GapRow>(row: Row, range: HistoryRange): Row | undefined {
  const { from = 0, to = Number.POSITIVE_INFINITY, sinceMs } = range
  if (row.type === 'gap') {
    const clipped = { ...row, from: Math.max(row.from, from), to: Math.min(row.to, to) }
    return sinceMs === undefined && clipped.from <= clipped.to ? clipped : undefined
  }
  const { version, time } = row
  if (version !== null && (version < from || version > to)) return undefined
  return sinceMs === undefined || (time !== null && Date.parse(time) >= sinceMs) ? row : undefined
}
