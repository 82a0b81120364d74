import { fit } from '../../../terminal/cells.ts'
import { type Frame, partOf } from '../../frame.ts'

/** Two panes beside each other, as high as the frame. */
export function beside(
  frame: Frame,
  left: (room: Frame) => readonly string[],
  right: (room: Frame) => readonly string[],
): string[] {
  const { columns, rows, glyphs, paint } = frame
  const leftColumns = Math.floor((columns - 1) / 2)
  const leftLines = left(partOf(frame, leftColumns, rows))
  const rightLines = right(partOf(frame, columns - 1 - leftColumns, rows))
  return Array.from({ length: rows }, (_, row) => {
    const border = paint('muted', row === 0 ? glyphs.horizontal : glyphs.vertical)
    return fit(leftLines[row] ?? '', leftColumns, 'left', glyphs.ellipsis) + border + (rightLines[row] ?? '')
  })
}

/** Heights for a row of numbers, the newest at the right; nothing where there was nothing. */
export function sparkline({ glyphs }: Frame, values: readonly number[], columns: number): string {
  const shown = values.slice(-Math.max(0, columns))
  const most = Math.max(...shown, 0)
  const heights = glyphs.heights
  return shown
    .map((value) => (value <= 0 ? ' ' : (heights[Math.ceil((value / most) * heights.length) - 1] ?? '')))
    .join('')
    .padStart(columns)
}
