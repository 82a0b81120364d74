import { cellsOf, fit } from '../../../terminal/cells.ts'
import { type Frame, partOf } from '../../frame.ts'

/** A heading in a rule as wide as the frame. */
export function paneTitle({ columns, glyphs, paint }: Frame, title: string): string {
  const label = `${glyphs.horizontal} ${title} `
  return paint('muted', label + glyphs.horizontal.repeat(Math.max(0, columns - cellsOf(label))))
}

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

/** A bar that takes up a share of some cells, to the eighth of a cell where the terminal has such marks. */
export function bar({ glyphs }: Frame, share: number, cells: number): string {
  const { bars } = glyphs
  const parts = Math.round(Math.min(Math.max(0, share), 1) * cells * bars.length)
  const whole = (bars.at(-1) ?? '').repeat(Math.floor(parts / bars.length))
  return whole + (bars[(parts % bars.length) - 1] ?? '')
}

/** A text in lines of whole words. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || cellsOf(longer) <= columns) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return line === '' ? lines : [...lines, line]
}
