import { displayText } from '../../../../display-text.ts'
import type { Frame } from '../../../frame.ts'
import { foldedWords } from './folded-words.ts'

/** Why there is no value, in as many lines as that takes. */
export function noteLines(note: string, { columns, paint, glyphs }: Frame): string[] {
  if (note === '') return []
  const text = displayText(note, { codePointsMax: 500 })
  return foldedWords(text, columns - 1, glyphs.ellipsis).map((line) => ` ${paint('muted', line)}`)
}
