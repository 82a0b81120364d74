export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly ParsedSample[]
}

const METRIC = '[a-zA-Z_:][a-zA-Z0-9_:]*'

/**
 * Reads the text format 0.0.4 strictly, from its published rules: a HELP and a TYPE before the samples of a name, all lines
 * of a name together, no name and no series twice, escapes in help and label values, a line feed at the end.
 */
export function parsePrometheusText(text: string): Map<string, ParsedFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('Cannot parse: the last line has no line feed')
  const families = new Map<string, { name: string; type: string; help: string; samples: ParsedSample[] }>()
  const seen = new Set<string>()
  let current: { name: string; type: string; help: string; samples: ParsedSample[] } | undefined
  for (const line of text.split('\n').slice(0, -1)) {
    const help = new RegExp(`^# HELP (${METRIC}) (.*)$`).exec(line)
    const type = new RegExp(`^# TYPE (${METRIC}) (counter|gauge|histogram|summary|untyped)$`).exec(line)
    if (help?.[1] !== undefined) {
      if (families.has(help[1])) throw new Error(`Cannot parse: ${help[1]} begins twice`)
      current = { name: help[1], type: '', help: unescape(help[2] ?? '', ['\\', 'n']), samples: [] }
      families.set(help[1], current)
    } else if (type) {
      if (!current || current.name !== type[1] || current.samples.length > 0 || current.type !== '') {
        throw new Error(`Cannot parse: a TYPE in the wrong place: ${line}`)
      }
      current.type = type[2] ?? ''
    } else {
      const sample = parseSample(line)
      if (!current || !belongs(sample.name, current)) throw new Error(`Cannot parse: a stray sample: ${line}`)
      const labels = Object.entries(sample.labels).map((pair) => JSON.stringify(pair))
      const key = [sample.name, ...labels.sort()].join(' ')
      if (seen.has(key)) throw new Error(`Cannot parse: a series twice: ${line}`)
      seen.add(key)
      current.samples.push(sample)
    }
  }
  return families
}

function belongs(name: string, family: { name: string; type: string }): boolean {
  if (family.type !== 'histogram') return name === family.name
  return ['_bucket', '_sum', '_count'].some((suffix) => name === family.name + suffix)
}

function parseSample(line: string): ParsedSample {
  const head = new RegExp(`^${METRIC}`).exec(line)?.[0]
  if (head === undefined) throw new Error(`Cannot parse: no name: ${line}`)
  const labels: Record<string, string> = {}
  let rest = line.slice(head.length)
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    for (;;) {
      const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|\})/.exec(rest)
      if (pair?.[1] === undefined) throw new Error(`Cannot parse: a malformed label: ${line}`)
      if (pair[1] in labels) throw new Error(`Cannot parse: a label twice: ${line}`)
      labels[pair[1]] = unescape(pair[2] ?? '', ['\\', 'n', '"'])
      rest = rest.slice(pair[0].length)
      if (pair[3] === '}') break
    }
  }
  const value = /^ (\+Inf|-Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(rest)?.[1]
  if (value === undefined) throw new Error(`Cannot parse: a malformed value: ${line}`)
  return { name: head, labels, value: value.endsWith('Inf') ? Number(`${value}inity`) : Number(value) }
}

function unescape(text: string, allowed: readonly string[]): string {
  return text.replaceAll(/\\(.?)/g, (_, escaped: string) => {
    if (!allowed.includes(escaped)) throw new Error(`Cannot parse: an unknown escape \\${escaped}`)
    return escaped === 'n' ? '\n' : escaped
  })
}
