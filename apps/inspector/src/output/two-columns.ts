import { displayText } from '../display-text.ts'
import type { LineEdit } from '../model/line-diff.ts'
import { sideBySide } from '../model/side-by-side.ts'
import { fit } from '../terminal/cells.ts'
import type { Paint } from '../terminal/theme.ts'

/** Both texts beside each other, with a mark between lines that differ, and what is equal for long left out. */
export function twoColumns(edits: readonly LineEdit[], columns: number, paint: Paint): string[] {
  const width = Math.max(10, Math.floor((columns - 3) / 2))
  const cell = (text: string | undefined) => fit(displayText(text ?? ''), width)
  return sideBySide(edits).flatMap((line) => {
    if (line.type === 'hunk') return [paint('muted', `··· ${line.text}`)]
    if (line.type !== 'pair') return []
    const { op, left, right } = line
    if (op === 'same') return [`${cell(left)}   ${cell(right)}`.trimEnd()]
    const mark = left === undefined ? '>' : right === undefined ? '<' : '|'
    return [`${paint('removed', cell(left))} ${mark} ${paint('added', cell(right))}`.trimEnd()]
  })
}
