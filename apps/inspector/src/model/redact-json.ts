import { redactText } from './redact-text.ts'
import type { SecretMarks } from './secret-marks.ts'
import { isContentName, isSecretName } from './secret-names.ts'
import { endOfText } from './secret-spans.ts'

/** An object or array around the place that was reached. */
interface Level {
  readonly isObject: boolean
  /** Whether a name says that it is a secret: its own, or one in it, as in `{"name": "PASSWORD", "value": …}`. */
  isSecret: boolean
  /** Whether a name comes next. */
  isBeforeName: boolean
  name: string
  at: number
}

/** JSON text, each part of which stays as it was written but for what is hidden; `hidden` are the steps of JSON Pointers. */
export function redactJson(text: string, hidden: readonly (readonly string[])[], marks: SecretMarks): string {
  return new JsonRedaction(text, hidden, marks).redacted()
}

// Goes through the text itself, with a stack of its own: parsing would forget how it was written, and deep nesting end a
// recursion.
class JsonRedaction {
  readonly #text: string
  readonly #hidden: readonly (readonly string[])[]
  readonly #marks: SecretMarks
  readonly #levels: Level[] = []
  readonly #secretNames = new Map<string, boolean>()
  readonly #pieces: string[] = []
  #shown = 0

  constructor(text: string, hidden: readonly (readonly string[])[], marks: SecretMarks) {
    this.#text = text
    this.#hidden = hidden
    this.#marks = marks
  }

  redacted(): string {
    for (let at = 0; at < this.#text.length;) at = this.#token(at)
    return this.#pieces.join('') + this.#text.slice(this.#shown)
  }

  /** Returns where the next one begins. */
  #token(at: number): number {
    const character = this.#text[at] ?? ''
    const level = this.#levels.at(-1)
    if (SPACE_OR_COLON.includes(character)) return at + 1
    if (character === '}' || character === ']') {
      this.#levels.pop()
      return at + 1
    }
    if (character === ',') {
      if (level) this.#next(level)
      return at + 1
    }
    if (level?.isBeforeName) return this.#name(at, level)
    return this.#value(at, character)
  }

  #next(level: Level): void {
    level.at++
    level.isBeforeName = level.isObject
  }

  #name(at: number, level: Level): number {
    const end = endOfText(this.#text, at + 1) + 1
    level.name = this.#string(at, end)
    level.isBeforeName = false
    return end
  }

  #value(at: number, character: string): number {
    if (this.#isHidden()) return this.#hideValue(at)
    const isSecret = this.#isSecret()
    if (character === '"') {
      const end = endOfText(this.#text, at + 1) + 1
      if (!isSecret) this.#nameInside(this.#string(at, end))
      else if (end > at + 2) this.#hide(at, end, JSON.parse(this.#text.slice(at, end)) as string)
      return end
    }
    if (character === '{' || character === '[') {
      const end = isSecret && character === '[' ? this.#endOfBytes(at) : at
      if (end > at) this.#hide(at, end, this.#text.slice(at, end).replaceAll(/\s/g, ''))
      else
        this.#levels.push({ isObject: character === '{', isSecret, isBeforeName: character === '{', name: '', at: 0 })
      return Math.max(end, at + 1)
    }
    return endOfPlain(this.#text, at)
  }

  #isSecret(): boolean {
    const level = this.#levels.at(-1)
    if (!level?.isObject) return level?.isSecret ?? false
    return this.#isSecretName(level.name) || (level.isSecret && isContentName(level.name))
  }

  // Names are sorted before their values by whoever sorts them.
  #nameInside(text: string): void {
    const level = this.#levels.at(-1)
    if (level?.isObject && (level.name === 'name' || level.name === 'key')) level.isSecret ||= this.#isSecretName(text)
  }

  // The same few names come again and again.
  #isSecretName(name: string): boolean {
    const isSecret = this.#secretNames.get(name) ?? isSecretName(name)
    this.#secretNames.set(name, isSecret)
    return isSecret
  }

  #isHidden(): boolean {
    return this.#hidden.some(
      (steps) =>
        steps.length === this.#levels.length &&
        this.#levels.every((level, depth) => {
          const step = steps[depth]
          return step === '*' || step === (level.isObject ? level.name : String(level.at))
        }),
    )
  }

  /** The text that a string means. What has the form of a secret in it is hidden. */
  #string(at: number, end: number): string {
    const literal = this.#text.slice(at, end)
    const meant = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
    const hidden = this.#marks.count
    const shown = redactText(meant, this.#marks)
    if (this.#marks.count > hidden) this.#put(at, end, shown)
    return meant
  }

  #hideValue(at: number): number {
    const end = endOfValue(this.#text, at)
    this.#hide(at, end, this.#text.slice(at, end))
    return end
  }

  #hide(at: number, end: number, secret: string): void {
    this.#put(at, end, this.#marks.hide(secret))
  }

  #put(at: number, end: number, shown: string): void {
    this.#pieces.push(this.#text.slice(this.#shown, at), JSON.stringify(shown))
    this.#shown = end
  }

  /** Behind an array of numbers that can be bytes; `at` where it is none. */
  #endOfBytes(at: number): number {
    let end = at + 1
    while (NUMBERS.includes(this.#text[end] ?? '!')) end++
    if (this.#text[end] !== ']') return at
    const numbers = JSON.parse(this.#text.slice(at, end + 1)) as readonly number[]
    return numbers.length > 0 && numbers.every((number) => number <= 255) ? end + 1 : at
  }
}

const SPACE_OR_COLON = ' \t\r\n:'
const NUMBERS = '0123456789, \t\r\n'

/** Behind a number, `true`, `false` or `null`. */
function endOfPlain(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && !' \t\r\n,}]'.includes(text[at] ?? '')) at++
  return at
}

function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = endOfText(text, at + 1)
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (depth === 0) return endOfPlain(text, at)
    if (depth === 0) return at + 1
  }
  return text.length
}
