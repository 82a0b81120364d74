import { fit } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'

/** The columns of the left one of two panes, of which it has a share. */
export function leftColumns({ columns }: Frame, share: number): number {
  return Math.floor(columns * share)
}

/** Two panes beside each other. Lines of the left one are exactly as wide as it is, or empty. */
export function twoPanes(
  frame: Frame,
  left: readonly string[],
  right: readonly string[],
  leftColumns: number,
): string[] {
  const { paint, glyphs, rows } = frame
  const rule = paint('muted', glyphs.vertical)
  const empty = ' '.repeat(leftColumns)
  return Array.from({ length: rows }, (_, row) => `${left[row] || empty}${rule}${right[row] ?? ''}`)
}

/** A line made as wide as its pane. */
export function filled(line: string, { columns, glyphs }: Frame): string {
  return fit(line, columns, 'left', glyphs.ellipsis)
}
