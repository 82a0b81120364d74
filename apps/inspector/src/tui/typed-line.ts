import { displayText } from '../display-text.ts'
import { cellsOf, sliceCells } from '../terminal/cells.ts'
import type { TextBox } from './text-box.ts'

/** The part of a text box that there is room for, and the cell in it where the cursor stands. */
export interface TypedLine {
  readonly text: string
  readonly cursorAt: number
}

/** Shows a text box in so many cells: always the part with the cursor. */
export function typedLine(box: TextBox, cells: number): TypedLine {
  const [before, after] = box.sides.map((side) => displayText(side)) as [string, string]
  const at = cellsOf(before)
  // The cursor needs a cell of its own behind the text.
  const start = Math.max(0, at - cells + 1)
  return { text: sliceCells(before + after, start, start + cells), cursorAt: at - start }
}
