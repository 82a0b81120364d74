import { isUnsafeCodePoint } from '../code-points.ts'

/**
 * JSON in which every control, bidirectional, invisible and surrogate character is written as `\uXXXX`: the same value for a
 * parser, harmless for a terminal.
 */
export function jsonText(value: unknown, indent?: number): string {
  let out = ''
  for (const character of JSON.stringify(value, undefined, indent)) {
    const codePoint = character.codePointAt(0) ?? 0
    const kept = codePoint === NEWLINE || !isUnsafeCodePoint(codePoint)
    out += kept ? character : escapeUnits(character)
  }
  return out
}

/** One NDJSON line. */
export function jsonLine(value: unknown): string {
  return `${jsonText(value)}\n`
}

// Between tokens JSON.stringify writes no control character but the newlines of its indentation.
const NEWLINE = 0x0a

function escapeUnits(character: string): string {
  let out = ''
  for (let at = 0; at < character.length; at++) {
    out += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }
  return out
}
