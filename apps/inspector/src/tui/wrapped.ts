import { cellsOf, sliceCells } from '../terminal/cells.ts'

/**
 * A text over several lines of at most so many cells, parted at its spaces, and within a word that is longer than a
 * line. `indent` goes in front of every line but the first. The text has gone through `displayText`.
 */
export function wrapped(text: string, cells: number, indent = ''): string[] {
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
    line = lines.length === 0 ? word : indent + word
    while (cellsOf(line) > cells) {
      const part = sliceCells(line, 0, cells)
      // A character that is wider than the room can never be shown in it.
      if (part === '') return lines
      lines.push(part)
      line = line.slice(part.length)
    }
  }
  return [...lines, line]
}
