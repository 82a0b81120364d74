import { assignedSecrets } from './assigned-secrets.ts'
import { SECRET_FORMS } from './secret-forms.ts'
import { isSecretName } from './secret-names.ts'

interface Span {
  readonly from: number
  readonly to: number
}

// Most texts have none, and one look tells so.
const MAY_HAVE = new RegExp(String.raw`"|://|[\w'][ \t]{0,8}[=:]|${SECRET_FORMS.source}`)

/** Where a text has secrets, in order. Those that overlap are one, so that no part of either stays. */
export function secretSpans(text: string): Span[] {
  if (!MAY_HAVE.test(text)) return []
  const found = [...formsIn(text), ...membersIn(text), ...passwordsIn(text), ...assignedSecrets(text)].toSorted(
    (a, b) => a.from - b.from,
  )
  const spans: Span[] = []
  for (const span of found) {
    const last = spans.at(-1)
    if (!last || span.from >= last.to) spans.push(span)
    else if (span.to > last.to) spans[spans.length - 1] = { from: last.from, to: span.to }
  }
  return spans
}

function* formsIn(text: string): Generator<Span> {
  for (const { index, 0: form, groups } of text.matchAll(SECRET_FORMS)) {
    yield { from: index + (groups?.['scheme']?.length ?? 0), to: index + form.length }
  }
}

const MEMBER = /"(?=([^"\\\n]{1,64})("[ \t]{0,8}:\s{0,8}"))/g

/** Values with a secret name, in JSON that is not whole: a line of a log, or a body that was cut. */
function* membersIn(text: string): Generator<Span> {
  for (const { index, 1: name = '', 2: between = '' } of text.matchAll(MEMBER)) {
    if (!isSecretName(name)) continue
    const from = index + 1 + name.length + between.length
    const to = endOfText(text, from)
    if (to > from) yield { from, to }
  }
}

// What comes behind the colon in `http://host:8080/` is a port.
const AUTHORITY = /:\/\/[^\s:@/?#]{0,256}:(?!\d{1,5}(?:[\s/?#]|$))/g

/** Passwords in URLs. One may itself hold an `@`, so all up to the last one of the word counts. */
function* passwordsIn(text: string): Generator<Span> {
  let word = { end: 0, lastAt: -1 }
  for (const { index, 0: authority } of text.matchAll(AUTHORITY)) {
    const from = index + authority.length
    if (from >= word.end) word = wordAt(text, from)
    if (word.lastAt > from) yield { from, to: word.lastAt }
  }
}

/** A word ends at a space, or where a string does that JSON goes on behind. */
function wordAt(text: string, start: number): { end: number; lastAt: number } {
  let lastAt = -1
  let end = start
  for (; end < text.length; end++) {
    const character = text[end] ?? ''
    if (' \t\r\n'.includes(character)) break
    if (character === '"' && ',:}]'.includes(text[end + 1] ?? ',')) break
    if (character === '@') lastAt = end
  }
  return { end, lastAt }
}

/** Where the characters of a JSON string end: its closing quote, or else the line, which no JSON string goes beyond. */
export function endOfText(text: string, start: number): number {
  let at = start
  for (; at < text.length; at++) {
    const character = text[at]
    if (character === '"' || character === '\n') return at
    if (character === '\\') at++
  }
  return Math.min(at, text.length)
}
