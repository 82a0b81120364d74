import { cellsOf, cut } from '../../../../terminal/cells.ts'

/** A text that was escaped before, over as many lines as it takes. A word that is wider than a line is cut. */
export function foldedWords(text: string, columns: number, ellipsis: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && cellsOf(longer) > columns) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].map((one) => cut(one, columns, ellipsis))
}
