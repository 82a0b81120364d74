import { isCombining, isUnsafeCodePoint, visibleEscape } from './code-points.ts'

export interface DisplayTextOptions {
  /** Let newline and tab through, outside of escape sequences. Default false: the result is one line. */
  readonly multiline?: boolean
  /** Stop after this many code points of input and say that there is more. Default: no limit. */
  readonly codePointsMax?: number
}

/** Marks drawn onto one character; more are counted instead of printed. Scripts in use need fewer. */
const COMBINING_MAX = 8

/** Payload of one OSC, DCS, APC, PM or SOS string that is shown; the rest is counted. */
const PAYLOAD_MAX = 256

/**
 * The only way from untrusted text to a terminal: record bodies, paths, kinds, writers and error messages. Whatever could
 * move the cursor, colour, link, query, reorder or hide is replaced by a visible escape, so the reader sees that it is there
 * and the terminal does not. Call it before measuring widths; add our own colours after.
 */
export function displayText(untrusted: string, options: DisplayTextOptions = {}): string {
  const filter = new DisplayTextFilter(options)
  return filter.write(untrusted) + filter.end()
}

type State = 'ground' | 'escape' | 'escape-intermediate' | 'csi' | 'string'

/**
 * The same for text that arrives in pieces: sequences and surrogate pairs may be split anywhere, the output is that of the
 * whole text.
 *
 * It follows the state machine of a VT500 parser, only to know what belongs to a sequence: newline and tab inside one are
 * escaped, and long payloads are cut, so a sequence cannot fake lines of its own. A newline ends an unterminated string, so
 * it cannot hide the rest of the text either.
 */
export class DisplayTextFilter {
  readonly #multiline: boolean
  readonly #codePointsMax: number
  #state: State = 'ground'
  #highSurrogate = 0
  #pending: '' | '\\' | '\\u' = ''
  #combining = 0
  #payload = 0
  #seen = 0
  #cut = 0

  constructor(options: DisplayTextOptions = {}) {
    this.#multiline = options.multiline ?? false
    this.#codePointsMax = options.codePointsMax ?? Number.POSITIVE_INFINITY
  }

  write(chunk: string): string {
    let out = ''
    for (let at = 0; at < chunk.length; at++) {
      if (this.#seen >= this.#codePointsMax) {
        this.#cut += chunk.length - at
        break
      }
      const unit = chunk.charCodeAt(at)
      const high = this.#highSurrogate
      this.#highSurrogate = 0
      if (high === 0 && this.#isPlain(unit)) {
        this.#seen++
        out += chunk[at]
        continue
      }
      if (high !== 0 && unit >= 0xdc00 && unit <= 0xdfff) {
        out += this.#accept((high - 0xd800) * 0x400 + (unit - 0xdc00) + 0x10000)
        continue
      }
      if (high !== 0) out += this.#accept(high)
      if (unit >= 0xd800 && unit <= 0xdbff) this.#highSurrogate = unit
      else out += this.#accept(unit)
    }
    return out
  }

  /** What was held back. Call once, after the last piece. */
  end(): string {
    let out = ''
    if (this.#highSurrogate !== 0) out += this.#accept(this.#highSurrogate)
    this.#highSurrogate = 0
    out += this.#release('') + this.#leaveString() + this.#endOfMarks()
    this.#state = 'ground'
    return this.#cut === 0 ? out : `${out}…{+${this.#cut} more}`
  }

  #accept(codePoint: number): string {
    this.#seen++
    const before = this.#state
    const left = this.#advance(codePoint)
    if (before === 'string' && this.#state === 'string') {
      this.#payload++
      if (this.#payload > PAYLOAD_MAX) return left
    }
    return left + this.#show(codePoint, before !== 'ground' && codePoint !== NEWLINE)
  }

  // Most text is plain ASCII; it needs none of the bookkeeping.
  #isPlain(unit: number): boolean {
    const quiet = this.#state === 'ground' && this.#pending === '' && this.#combining === 0
    return quiet && unit >= 0x20 && unit < 0x7f && unit !== BACKSLASH
  }

  /** Moves the parser; returns what leaving a cut payload has to say. */
  #advance(codePoint: number): string {
    const state = this.#state
    if (codePoint === ESC) return this.#enter('escape')
    if (codePoint >= 0x80 && codePoint <= 0x9f) return this.#enter(introducedByC1(codePoint))
    if (codePoint === CAN || codePoint === SUB || codePoint === NEWLINE) return this.#enter('ground')
    switch (state) {
      case 'ground':
        return ''
      case 'escape':
        return this.#enter(introducedByEscape(codePoint))
      case 'escape-intermediate':
        return codePoint >= 0x20 && codePoint <= 0x2f ? '' : this.#enter('ground')
      case 'csi':
        return codePoint < 0x40 ? '' : this.#enter('ground')
      case 'string':
        return codePoint === BEL ? this.#enter('ground') : ''
    }
  }

  #enter(state: State): string {
    const left = this.#leaveString()
    this.#state = state
    return left
  }

  #leaveString(): string {
    const hidden = this.#state === 'string' ? this.#payload - PAYLOAD_MAX : 0
    this.#payload = 0
    return hidden > 0 ? `…{+${hidden} more}` : ''
  }

  #show(codePoint: number, inside: boolean): string {
    if (isCombining(codePoint) && !isUnsafeCodePoint(codePoint)) {
      this.#combining++
      if (this.#combining > COMBINING_MAX) return ''
      return this.#release('') + String.fromCodePoint(codePoint)
    }
    const marks = this.#endOfMarks()
    const kept = !inside && this.#multiline && (codePoint === NEWLINE || codePoint === TAB)
    const unsafe = !kept && isUnsafeCodePoint(codePoint)
    const text = unsafe ? visibleEscape(codePoint) : String.fromCodePoint(codePoint)
    return marks + this.#unambiguous(text)
  }

  // A backslash of the text itself is doubled where it would read as one of our own escapes, `\x1b` or `\u{202e}`.
  #unambiguous(text: string): string {
    if (text === '\\') {
      const before = this.#release('')
      this.#pending = '\\'
      return before
    }
    if (this.#pending === '\\' && text === 'u') {
      this.#pending = '\\u'
      return ''
    }
    return this.#release(text) + text
  }

  #release(next: string): string {
    const pending = this.#pending
    this.#pending = ''
    const ambiguous = (pending === '\\' && next === 'x') || (pending === '\\u' && next === '{')
    return ambiguous ? `\\${pending}` : pending
  }

  #endOfMarks(): string {
    const hidden = this.#combining - COMBINING_MAX
    this.#combining = 0
    return hidden > 0 ? `…{+${hidden} marks}` : ''
  }
}

const BEL = 0x07
const TAB = 0x09
const NEWLINE = 0x0a
const CAN = 0x18
const SUB = 0x1a
const ESC = 0x1b
const BACKSLASH = 0x5c

function introducedByEscape(codePoint: number): State {
  if (codePoint >= 0x20 && codePoint <= 0x2f) return 'escape-intermediate'
  if (codePoint === 0x5b) return 'csi'
  // DCS "P", SOS "X", OSC "]", PM "^", APC "_".
  return [0x50, 0x58, 0x5d, 0x5e, 0x5f].includes(codePoint) ? 'string' : 'ground'
}

function introducedByC1(codePoint: number): State {
  if (codePoint === 0x9b) return 'csi'
  return [0x90, 0x98, 0x9d, 0x9e, 0x9f].includes(codePoint) ? 'string' : 'ground'
}
