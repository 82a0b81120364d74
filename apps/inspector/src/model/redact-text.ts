import type { SecretMarks } from './secret-marks.ts'
import { secretSpans } from './secret-spans.ts'

/** A text with marks for what has the form of a secret, and for members of JSON in it whose names say so. */
export function redactText(text: string, marks: SecretMarks): string {
  const pieces: string[] = []
  let shown = 0
  for (const { from, to } of secretSpans(text)) {
    pieces.push(text.slice(shown, from), marks.hide(text.slice(from, to)))
    shown = to
  }
  return shown === 0 ? text : pieces.join('') + text.slice(shown)
}
