import { ATTEMPT_OUTCOMES, type AttemptOutcome } from './attempt-outcome.ts'

/** One line of a trace file, checked. Times are microseconds since the head's `wall0`. */
export type TraceLine =
  | {
      readonly e: 'head'
      readonly wallUs: number
      readonly pid: number | undefined
      readonly title: string | undefined
    }
  | { readonly e: 'op'; readonly t: number; readonly op: string; readonly w: string; readonly key: string | undefined }
  | ({ readonly e: 'read'; readonly ver: number } & Span & Attempt & { readonly key: string })
  | ({
      readonly e: 'cas'
      readonly key: string
      readonly base: number
      readonly next: number
      readonly write: string | undefined
      readonly out: AttemptOutcome
      readonly ops: readonly string[] | undefined
      readonly cur: number | undefined
      readonly by: string | undefined
      readonly byWrite: string | undefined
    } & Span &
      Attempt)
  | ({
      readonly e: 'wait'
      readonly why: string
      readonly lo: number
      readonly hi: number
      readonly plan: number
    } & Span &
      Attempt)
  | ({ readonly e: 'done'; readonly out: string } & Span & Attempt)
  | {
      readonly e: 'commit'
      readonly t: number
      readonly key: string
      readonly ver: number
      readonly w: string
      readonly op: string | undefined
      readonly write: string | undefined
    }
  /** What was seen of a record before the trace begins. */
  | {
      readonly e: 'key'
      readonly t: number
      readonly d: number
      readonly key: string
      readonly ver: number
      readonly w: string | undefined
      readonly op: undefined
    }
  | { readonly e: 'gap'; readonly t: number; readonly n: number; readonly why: string }
  | { readonly e: 'mark'; readonly t: number; readonly label: string }
  | { readonly e: 'end'; readonly n: number; readonly sha256: string | undefined }

interface Span {
  readonly t: number
  readonly d: number
}

interface Attempt {
  readonly op: string
  readonly w: string
  readonly a: number
}

/** A line that is none of a trace; the message says why. */
export class BadLine extends Error {
  static {
    this.prototype.name = 'BadLine'
  }
}

const TEXT_UNITS_MAX = 4096
const FOLDED_MAX = 100_000

/**
 * Reads one line. Undefined for an event of a kind that is not known: a later format may have more.
 *
 * @throws {BadLine}
 */
export function parseTraceLine(line: string): TraceLine | undefined {
  let fields: unknown
  try {
    fields = JSON.parse(line)
  } catch (cause) {
    throw new BadLine('it is not JSON', { cause })
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new BadLine('it is not an object')
  return new Fields(fields as Record<string, unknown>).event()
}

class Fields {
  readonly #fields: Record<string, unknown>

  constructor(fields: Record<string, unknown>) {
    this.#fields = fields
  }

  event(): TraceLine | undefined {
    const e = this.#text('e')
    switch (e) {
      case 'head':
        return this.#head()
      case 'op':
        return { e, t: this.#integer('t'), op: this.#text('op'), w: this.#text('w'), key: this.#texts('keys')?.[0] }
      case 'read':
        return { e, ...this.#span(), ...this.#attempt(), key: this.#text('key'), ver: this.#count('ver') }
      case 'cas':
        return this.#cas()
      case 'wait':
        return {
          e,
          ...this.#span(),
          ...this.#attempt(),
          why: this.#text('why'),
          lo: this.#count('lo'),
          hi: this.#count('hi'),
          plan: this.#optionalCount('plan') ?? 0,
        }
      case 'done':
        return { e, ...this.#span(), ...this.#attempt(), out: this.#text('out') }
      case 'commit':
        return {
          e,
          t: this.#integer('t'),
          key: this.#text('key'),
          ver: this.#count('ver'),
          w: this.#text('w'),
          op: this.#optionalText('op'),
          write: this.#optionalText('write'),
        }
      case 'key':
        return {
          e,
          t: this.#integer('t'),
          d: this.#optionalCount('d') ?? 0,
          key: this.#text('key'),
          ver: this.#count('ver'),
          w: this.#optionalText('w'),
          op: undefined,
        }
      case 'gap':
        return { e, t: this.#integer('t'), n: this.#count('n'), why: this.#optionalText('why') ?? '' }
      case 'mark':
        return { e, t: this.#integer('t'), label: this.#text('label') }
      case 'end':
        return { e, n: this.#count('n'), sha256: this.#optionalText('sha256') }
      default:
        return undefined
    }
  }

  #head(): TraceLine {
    if (this.#text('format') !== 'cas-trace') throw new BadLine('"format" is not "cas-trace"')
    if (this.#fields['v'] !== 1) throw new BadLine('"v" is not 1')
    if (this.#fields['unit'] !== 'us') throw new BadLine('"unit" is not "us"')
    const wallUs = wallMicroseconds(this.#text('wall0'))
    if (wallUs === undefined) throw new BadLine('"wall0" is not a time in UTC')
    return { e: 'head', wallUs, pid: this.#optionalCount('pid'), title: this.#optionalText('title') }
  }

  #cas(): TraceLine {
    return {
      e: 'cas',
      ...this.#span(),
      ...this.#attempt(),
      key: this.#text('key'),
      base: this.#count('base'),
      next: this.#count('next'),
      write: this.#optionalText('write'),
      out: this.#outcome(),
      ops: this.#texts('ops'),
      cur: this.#optionalCount('cur'),
      by: this.#optionalText('by'),
      byWrite: this.#optionalText('byWrite'),
    }
  }

  #outcome(): AttemptOutcome {
    const out = this.#text('out')
    const known = ATTEMPT_OUTCOMES.find((outcome) => outcome === out)
    if (known === undefined) throw new BadLine(`"out" is none of ${ATTEMPT_OUTCOMES.join(', ')}`)
    return known
  }

  #span(): Span {
    return { t: this.#integer('t'), d: this.#count('d') }
  }

  #attempt(): Attempt {
    return { op: this.#text('op'), w: this.#text('w'), a: Math.min(this.#count('a'), 0xffff_ffff) }
  }

  #integer(name: string): number {
    const value = this.#fields[name]
    if (Number.isSafeInteger(value)) return value as number
    throw new BadLine(`"${name}" is not a whole number`)
  }

  #count(name: string): number {
    const value = this.#integer(name)
    if (value < 0) throw new BadLine(`"${name}" is below zero`)
    return value
  }

  #optionalCount(name: string): number | undefined {
    return this.#fields[name] === undefined ? undefined : this.#count(name)
  }

  #text(name: string): string {
    const value = this.#fields[name]
    if (typeof value !== 'string') throw new BadLine(`"${name}" is not a text`)
    if (value.length > TEXT_UNITS_MAX) throw new BadLine(`"${name}" is longer than ${TEXT_UNITS_MAX}`)
    return value
  }

  #optionalText(name: string): string | undefined {
    return this.#fields[name] === undefined ? undefined : this.#text(name)
  }

  #texts(name: string): readonly string[] | undefined {
    const value = this.#fields[name]
    if (value === undefined) return undefined
    const isList = Array.isArray(value) && value.length <= FOLDED_MAX
    if (isList && value.every((each) => typeof each === 'string' && each.length <= TEXT_UNITS_MAX)) return value
    throw new BadLine(`"${name}" is not a list of texts`)
  }
}

const WALL_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/

// Date.parse ends at milliseconds, and a merged trace begins at a microsecond.
function wallMicroseconds(text: string): number | undefined {
  const match = WALL_TIME.exec(text)
  const ms = match ? Date.parse(`${match[1]}Z`) : Number.NaN
  if (Number.isNaN(ms)) return undefined
  return ms * 1000 + Number((match?.[2] ?? '').padEnd(6, '0').slice(0, 6))
}
