import type { Glyphs } from '../terminal/glyphs.ts'
import type { Paint } from '../terminal/theme.ts'

/** How things look in this terminal. */
export interface Look {
  readonly paint: Paint
  readonly glyphs: Glyphs
  /** It is read aloud: lines of words, without rules, bars and columns that only eyes can use. */
  readonly spoken: boolean
}

/** The room that a view may fill: at most `rows` lines of at most `columns` cells. */
export interface Frame extends Look {
  readonly columns: number
  readonly rows: number
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: number
}

/** The least room in which the screens are whole. */
export const COLUMNS_MIN = 60
export const ROWS_MIN = 16
/** From so many columns on, two panes stand beside each other. */
export const TWO_PANES_COLUMNS = 90

/** Part of the room, for a pane. */
export function partOf(frame: Frame, columns: number, rows: number): Frame {
  return { ...frame, columns: Math.max(0, columns), rows: Math.max(0, rows) }
}
