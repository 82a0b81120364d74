/**
 * TypeScript 7 has no parser to call from JavaScript, so the rules read text. This splits a source into code and comments:
 * both results have the length and the lines of the source, with blanks where the other, or the inside of a string, was.
 */
export interface Masked {
  /** Code without comments and without the inside of strings, templates and regular expressions. */
  readonly code: string
  /** Comments only. */
  readonly comments: string
}

/** Splits a source. Interpolations inside templates are code. */
export function mask(source: string): Masked {
  const code = source.split('')
  const comments = source.replaceAll(/[^\n]/g, ' ').split('')
  const blank = (from: number, to: number, comment: boolean) => {
    for (let at = from; at < to; at++) {
      if (source[at] === '\n') continue
      if (comment) comments[at] = source[at] ?? ' '
      code[at] = ' '
    }
  }
  // Depth of braces inside each open interpolation, innermost last.
  const interpolations: number[] = []
  let at = 0
  while (at < source.length) {
    const char = source[at]
    const next = source[at + 1]
    if (char === '/' && (next === '/' || next === '*')) {
      const end = endOfComment(source, at)
      blank(at, end, true)
      at = end
    } else if (char === '"' || char === "'") {
      const end = endOfString(source, at, char)
      blank(at + 1, end - 1, false)
      at = end
    } else if (char === '/' && startsRegExp(code, at)) {
      const end = endOfRegExp(source, at)
      blank(at + 1, end - 1, false)
      at = end
    } else if (char === '`' || (char === '}' && interpolations.at(-1) === 0)) {
      if (char === '}') interpolations.pop()
      const end = endOfTemplatePart(source, at + 1)
      const opens = source[end - 1] === '{'
      if (opens) interpolations.push(0)
      blank(at + 1, opens ? end - 2 : end - 1, false)
      at = end
    } else {
      const depth = interpolations.length - 1
      if (depth >= 0 && char === '{') interpolations[depth] = (interpolations[depth] ?? 0) + 1
      if (depth >= 0 && char === '}') interpolations[depth] = (interpolations[depth] ?? 0) - 1
      at++
    }
  }
  return { code: code.join(''), comments: comments.join('') }
}

function endOfComment(source: string, start: number): number {
  const line = source[start + 1] === '/'
  const end = source.indexOf(line ? '\n' : '*/', start + 2)
  if (end < 0) return source.length
  return line ? end : end + 2
}

function endOfString(source: string, start: number, quote: string): number {
  let at = start + 1
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1
  return Math.min(at + 1, source.length)
}

function endOfTemplatePart(source: string, start: number): number {
  let at = start
  while (at < source.length) {
    if (source[at] === '`') return at + 1
    if (source[at] === '$' && source[at + 1] === '{') return at + 2
    at += source[at] === '\\' ? 2 : 1
  }
  return source.length
}

function endOfRegExp(source: string, start: number): number {
  let inClass = false
  let at = start + 1
  while (at < source.length && source[at] !== '\n' && (inClass || source[at] !== '/')) {
    if (source[at] === '[') inClass = true
    if (source[at] === ']') inClass = false
    at += source[at] === '\\' ? 2 : 1
  }
  return Math.min(at + 1, source.length)
}

// A slash divides after a value and starts a regular expression anywhere else.
function startsRegExp(code: readonly string[], at: number): boolean {
  let before = at - 1
  while (before >= 0 && /\s/.test(code[before] ?? '')) before--
  if (before < 0) return true
  if (/[)\]}'"`]/.test(code[before] ?? '')) return false
  if (!/[\w$]/.test(code[before] ?? '')) return true
  const word = /[\w$]+$/.exec(code.slice(Math.max(0, before - 20), before + 1).join(''))?.[0] ?? ''
  return ['return', 'typeof', 'case', 'in', 'of', 'await', 'throw'].includes(word)
}

/** The offset of the bracket that closes the one at `open`, or the end of the code. */
export function closingBracket(code: string, open: number): number {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    const char = code[at] ?? ''
    if ('([{'.includes(char)) depth++
    if (')]}'.includes(char) && --depth === 0) return at
  }
  return code.length
}
