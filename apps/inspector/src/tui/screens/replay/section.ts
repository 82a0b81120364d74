import { cellsOf, cut } from '../../../terminal/cells.ts'
import type { Frame } from '../../frame.ts'

/** A rule with the title of what stands below it. */
export function section({ columns, glyphs, paint }: Frame, title: string): string {
  const label = cut(`${glyphs.horizontal} ${title} `, columns, glyphs.ellipsis)
  return paint('muted', label + glyphs.horizontal.repeat(Math.max(0, columns - cellsOf(label))))
}

/** A text over several lines, parted at its spaces. It has gone through `displayText`. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`
    if (line !== '' && cellsOf(next) > columns) {
      lines.push(line)
      line = `  ${word}`
    } else line = next
  }
  return [...lines, line]
}
