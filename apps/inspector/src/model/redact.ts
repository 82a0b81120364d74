import { Buffer } from 'node:buffer'
import { bodyText } from './body.ts'
import { stepsOf } from './json-pointer.ts'
import { redactJson } from './redact-json.ts'
import { redactText } from './redact-text.ts'
import { SecretMarks } from './secret-marks.ts'
import { secretSpans } from './secret-spans.ts'

/** A body as it may be shown. */
export interface Redacted {
  readonly body: Uint8Array
  /** How much of it is not shown. */
  readonly hidden: number
}

/**
 * The body without its secrets: what the JSON Pointers of its kind name (a `*` step means every member or element), and what a
 * pattern says, by the name of a member or the form of a text. Nothing else of it changes. Where parts cannot be told apart,
 * all of it is hidden. Bodies that are to be compared share their `marks`.
 */
export function redact(
  body: Uint8Array,
  pointers: readonly string[],
  marks: SecretMarks = new SecretMarks(),
): Redacted {
  const before = marks.count
  const shown = shownText(body, pointers, marks)
  const hidden = marks.count - before
  return hidden === 0 ? { body, hidden } : { body: Buffer.from(shown), hidden }
}

function shownText(bytes: Uint8Array, pointers: readonly string[], marks: SecretMarks): string {
  const text = bodyText(bytes)
  if (text === undefined) {
    // Each byte as one character: enough to find what is written in ASCII, and nobody can read a part of it.
    const binary = Buffer.from(bytes).toString('latin1')
    const isOpen = pointers.length === 0 && secretSpans(binary).length === 0
    return isOpen ? binary : marks.hide(binary)
  }
  if (isJson(text)) return redactJson(text, pointers.map(stepsOf), marks)
  return pointers.length === 0 ? redactText(text, marks) : marks.hide(text)
}

// What no parsing keeps, such as a number of twenty digits, still has names.
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
