import { cellsOf, sliceCells } from '../../../terminal/cells.ts'

/** A text over several lines of at most so many cells, broken between words where it can be. */
export function wrapped(text: string, cells: number): string[] {
  if (cells <= 0) return []
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (cellsOf(longer) <= cells) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (cellsOf(line) > cells) {
      const part = sliceCells(line, 0, cells)
      // A character that is wider than the pane can never be shown in it.
      if (part === '') return lines
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  return [...lines, line]
}
