import { cellsOf, cut } from '../terminal/cells.ts'
import type { Frame } from './frame.ts'

/** A line across the frame, with the title of what stands below it. The title has gone through `displayText`. */
export function rule({ columns, glyphs, paint }: Frame, title = ''): string {
  const label = title === '' ? '' : cut(`${glyphs.horizontal} ${title} `, columns, glyphs.ellipsis)
  return paint('muted', label + glyphs.horizontal.repeat(Math.max(0, columns - cellsOf(label))))
}
