import type { Cell } from '../terminal/mouse.ts'
import type { Frame } from './frame.ts'
import type { Tab } from './screen.ts'
import type { TabPlace } from './tab-line.ts'

/** The row of the frame that the tabs stand in, where it has any. */
const TABS_ROW = 1

/** Where things stand in a frame, for who points at them. */
export interface Layout {
  readonly tabs: readonly TabPlace[]
  /** The first row of the screen, and the room that it was given. */
  readonly top: number
  readonly room: Frame
}

export function tabAt({ tabs }: Layout, { column, row }: Cell): Tab | undefined {
  return row === TABS_ROW ? tabs.find(({ from, to }) => column >= from && column < to)?.tab : undefined
}

/** The cell as the screen counts it; undefined for one around it. */
export function cellInRoom({ top, room }: Layout, { column, row }: Cell): Cell | undefined {
  const isWithin = row >= top && row < top + room.rows && column >= 0 && column < room.columns
  return isWithin ? { column, row: row - top } : undefined
}
