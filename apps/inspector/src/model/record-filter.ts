import { ageMs, byteCount } from './filter-units.ts'

/** What a filter sees of a record. */
export interface FilteredRow {
  readonly path: string
  readonly state: 'live' | 'deleted' | 'damaged'
  /** The sequence; null in a byte-only store. */
  readonly version: number | null
  readonly kind: string | null
  readonly size: number
  /** When its version was written, by the writer's clock. */
  readonly timeMs: number
  /** `service@host:pid`. */
  readonly writer: string
}

export type RecordFilter = (row: FilteredRow) => boolean

/** What a person can type, for help and prompts. */
export const FILTER_HELP = 'words  /re/  !not  kind:a,b  state:deleted  writer:x  size>1k  age<5h  ver>3'

/**
 * Reads a filter; all of its terms, separated by spaces, have to hold. A word is part of the path (its case counts once it has
 * a capital), `"two words"` too, `/…/` (or `/…/i`) is a regular expression over the path, `!` before a term turns it around, and
 * `kind:a,b`, `state:deleted`, `writer:x`, `size>1k`, `age<5h` and `ver>=3` look at the rest. An empty filter lets all pass.
 *
 * @param nowMs what ages are counted from
 * @throws {RangeError} with what would be right.
 */
export function parseFilter(text: string, nowMs: number): RecordFilter {
  const terms = (text.match(TERM) ?? []).map((term) => parseTerm(term, nowMs))
  return (row) => terms.every((term) => term(row))
}

// Only a quote may hold spaces: of paths with a slash at their end, two would else be one expression.
const TERM = /!*(?:"[^"]*"?|\S+)/g

function parseTerm(term: string, nowMs: number): RecordFilter {
  if (term.startsWith('!')) {
    const inverted = term.slice(1)
    if (inverted === '') throw cannot(term, 'nothing stands behind it', 'a term such as !kind:json')
    const parsed = parseTerm(inverted, nowMs)
    return (row) => !parsed(row)
  }
  if (term.startsWith('"')) return wordTerm(term.replaceAll('"', ''))
  const [, source, flags] = /^\/(.+)\/(i?)$/.exec(term) ?? []
  if (source !== undefined) return patternTerm(term, source, flags ?? '')
  const [, field = '', operator = '', value = ''] = /^([a-z]+)(:|<=|>=|<|>|=)(.*)$/.exec(term) ?? []
  if (operator === '') return wordTerm(term)
  return operator === ':' ? listTerm(term, field, value) : comparingTerm(term, field, operator, value, nowMs)
}

function wordTerm(word: string): RecordFilter {
  if (word !== word.toLowerCase()) return ({ path }) => path.includes(word)
  return ({ path }) => path.toLowerCase().includes(word)
}

function patternTerm(term: string, source: string, flags: string): RecordFilter {
  let pattern: RegExp
  try {
    pattern = new RegExp(source, flags)
  } catch (error) {
    throw cannot(term, error instanceof Error ? error.message : String(error), 'a regular expression')
  }
  return ({ path }) => pattern.test(path)
}

function listTerm(term: string, field: string, value: string): RecordFilter {
  const words = value.split(',').filter((word) => word !== '')
  if (!LISTED.has(field)) throw unknownField(term, field)
  if (words.length === 0) throw cannot(term, 'no value was given', LIST_EXAMPLES[field] ?? 'a value')
  if (field === 'kind') return ({ kind }) => words.includes(kind ?? '-')
  if (field === 'writer') return ({ writer }) => words.some((word) => writer.includes(word))
  const wrong = words.find((word) => !STATES.includes(word))
  if (wrong !== undefined) throw cannot(term, `there is no state ${JSON.stringify(wrong)}`, STATES.join(', '))
  return ({ state }) => words.includes(state)
}

function comparingTerm(term: string, field: string, operator: string, value: string, nowMs: number): RecordFilter {
  const compare = COMPARE[operator] ?? COMPARE['=']
  const unit = UNITS.get(field)
  const wanted = unit?.read(value)
  if (wanted === undefined || compare === undefined) {
    throw unit ? cannot(term, `${JSON.stringify(value)} is no ${field}`, unit.example) : unknownField(term, field)
  }
  switch (field) {
    case 'size':
      return ({ size }) => compare(size, wanted)
    case 'age':
      return ({ timeMs }) => compare(nowMs - timeMs, wanted)
    default:
      return ({ version }) => version !== null && compare(version, wanted)
  }
}

const STATES = ['live', 'deleted', 'damaged']
const LISTED = new Set(['kind', 'state', 'writer'])
const LIST_EXAMPLES: Record<string, string> = {
  kind: 'kind:turn,lease',
  writer: 'writer:api-1',
  state: STATES.join(', '),
}

interface Unit {
  readonly example: string
  read(value: string): number | undefined
}

const UNITS = new Map<string, Unit>([
  ['size', { example: 'bytes such as 512, 1k or 2.5M', read: byteCount }],
  ['age', { example: 'a time such as 30s, 5h or 2d', read: ageMs }],
  ['ver', { example: 'a version such as 3', read: versionCount }],
])

function versionCount(text: string): number | undefined {
  return /^v?\d{1,15}$/.test(text) ? Number(text.replace('v', '')) : undefined
}

const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
}

function unknownField(term: string, field: string): RangeError {
  const known = 'kind:, state:, writer:, size>, age< or ver>'
  return cannot(term, `there is no such field as ${JSON.stringify(field)}`, `${known}, or the word in double quotes`)
}

function cannot(term: string, why: string, expected: string): RangeError {
  return new RangeError(`Cannot filter by ${JSON.stringify(term)}: ${why}, expected ${expected}`)
}
