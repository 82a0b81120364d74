import { isSecretName } from './secret-names.ts'

/** A name and what stands before its value, in a file of settings, a log, a header, a command or a URL. */
const ASSIGNMENT = new RegExp(
  [
    String.raw`(?:(?<line>^[ \t]{0,64}(?:(?:export|set|[-#])[ \t]{1,8}){0,2})|)`,
    String.raw`(?<![\w.]|\w-)(?<name>[A-Za-z_][\w.-]{0,63}(?: [Kk]ey)?)\\{0,3}["']?`,
    String.raw`(?<sign>[ \t]{0,8}[=:](?![=:>~])[ \t]{0,8})(?<quote>\\{0,3}["'\x60])?(?=\S)`,
  ].join(''),
  'gm',
)

/** What stands where a secret could and is none: nothing, a type, a variable, a call, or what goes on in the lines below. */
const NO_SECRET = new RegExp(
  [
    String.raw`(?:null|nil|none|undefined|true|false|string|str|\$[A-Z_]{2,64}|\$\{[^}\n]{0,64}\})(?=[\s,;)\]}&"'\x60]|$)`,
    String.raw`(?:(?:await|new) )?[A-Za-z_][\w.]{0,64}[([]`,
    String.raw`[|>{[][-+]?\d?[ \t]{0,8}$`,
  ].join('|'),
  'imy',
)

/** "The password: it must be long." On a line of its own only more words tell so: one may be a password. */
const PROSE = /[A-Za-z]?[a-z]{0,14}[.,;:!?)'"]{0,3}(?:\s|$)/y
const PROSE_GOES_ON = /[A-Za-z]?[a-z]{0,14}[.,;:!?)'"]{0,3}[ \t]+\S/y

const LINE = /[^\r\n]*/y
const PARAMETER = /[^\s&#"'<>\x60\\]*/y
// JSON that is cut is text, and goes on behind the quote.
const WORD = /(?:[^\s"]|"(?![,:}\]\s]|$))*/y

/** What lets in who has the URL, though nothing in its name says so. */
const SIGNATURE = /^(?:sig|x-[a-z]{1,9}-signature)$/i
/** A capital is for a sentence or a header. */
const TITLE = /^[A-Z][a-z]+(?: key)?$/
const HEADER = /(?:authorization|cookie)$/i
/** Shorter ones behind a colon are of messages such as "unexpected token: }". */
const UNITS_MIN = 4

/** Where values with a secret name are: `DB_PASSWORD=…`, `password: …`, `?access_token=…`. None is looked into twice. */
export function* assignedSecrets(text: string): Generator<{ from: number; to: number }> {
  let end = 0
  for (const match of text.matchAll(ASSIGNMENT)) {
    const { line, name = '', sign = '', quote = '' } = match.groups ?? {}
    const from = match.index + match[0].length
    const before = text[match.index + (line ?? '').length - 1] ?? ' '
    const isParameter = '?&#'.includes(before)
    if (from < end || !(isSecretName(name) || (isParameter && SIGNATURE.test(name)))) continue
    if (endOf(NO_SECRET, text, from) !== undefined) continue
    if (quote !== '') end = endOfQuoted(text, from, quote)
    else if (isParameter) end = endOf(PARAMETER, text, from) ?? from
    else end = endOfBare(text, from, { name, sign, isLine: line !== undefined }) ?? from
    if (end > from) yield { from, to: end }
  }
}

interface Assignment {
  readonly name: string
  readonly sign: string
  /** Whether it begins a line. */
  readonly isLine: boolean
}

/** Where a value without quotes ends; undefined for what is none. */
function endOfBare(text: string, from: number, { name, sign, isLine }: Assignment): number | undefined {
  const isEqual = sign.includes('=')
  if (isLine && (isEqual || !TITLE.test(name) || HEADER.test(name))) return endOf(LINE, text, from)
  // In a line of code, `token = next` is no assignment of a secret.
  if (isEqual && sign !== '=') return undefined
  if (!isEqual && endOf(isLine ? PROSE_GOES_ON : PROSE, text, from) !== undefined) return undefined
  const word = text.slice(from, endOf(WORD, text, from)).replace(/[,;.)\]}'"\x60>\\]{1,8}$/, '')
  return isEqual || word.length >= UNITS_MIN ? from + word.length : undefined
}

/** Where what the pattern finds at this place ends; undefined when it is not there. */
function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : undefined
}

/** Where the same quote comes again, or else the line ends. One that is doubled, as in YAML, or escaped is a part of it. */
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\n') return at
    if (text.startsWith(quote + quote, at)) at += 2 * quote.length - 1
    else if (text.startsWith(quote, at) && text[at - 1] !== '\\') return at
    else if (text[at] === '\\' && quote.length === 1) at++
  }
  return text.length
}
