import { displayText } from '../../../../display-text.ts'
import { textWindow, type TextWindow } from '../../../../model/text-window.ts'
import { type LineSource, linesFrom } from './line-source.ts'

/** A window of the bytes as text, its long lines folded. */
export function textLines(
  bytes: Uint8Array,
  offset: number,
  columns: number,
): LineSource & { readonly window: TextWindow } {
  const window = textWindow(bytes, offset)
  const lines = displayText(window.text, { multiline: true })
    .replaceAll('\t', '    ')
    .split('\n')
    .flatMap((line) => folded(line, Math.max(2, columns)))
  return { ...linesFrom(lines), window }
}

// Takes every character beyond the narrow scripts for a wide one: nothing is measured, and no line comes out too wide.
function folded(line: string, columns: number): string[] {
  const lines: string[] = []
  let from = 0
  let cells = 0
  let at = 0
  for (const character of line) {
    const wide = (character.codePointAt(0) ?? 0) >= FIRST_WIDE ? 2 : 1
    if (cells + wide > columns) {
      lines.push(line.slice(from, at))
      from = at
      cells = 0
    }
    cells += wide
    at += character.length
  }
  return [...lines, line.slice(from)]
}

/** Hangul Jamo: the first block with characters two cells wide. */
const FIRST_WIDE = 0x1100
