import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'

// Fields beyond these are kept as they are: the format allows more than the demo needs to know.
const head = z.looseObject({ e: z.literal('head'), wall0: z.string() })
const event = z.looseObject({ e: z.string(), t: z.int().optional(), d: z.int().optional(), out: z.string().optional() })
type Head = z.infer<typeof head>
type Event = z.infer<typeof event>

/** Something that the storm did, shown in the merged trace. */
export interface Mark {
  readonly label: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

export interface MergedTrace {
  /** JSON lines: one head, all events by end time, one end. */
  readonly text: string
  /** Conditional writes sent to the store. */
  readonly attempts: number
  /** Those that lost their precondition. */
  readonly conflicts: number
  /** Indexes of the traces without footer, as a killed process leaves them. */
  readonly unfinished: readonly number[]
}

const CONFLICTS = new Set(['lost', 'exists', 'absent'])

/**
 * Merges traces of processes of one machine into one, by the end time of their events, rebased to the earliest start. All of it
 * is held in memory. A trace cut short loads up to its last whole line; an empty one, of a process killed before its
 * first flush, has nothing to add.
 *
 * @throws {Error} when a trace does not begin with a head, or holds a line that is no event.
 */
export function mergeTraces(texts: readonly string[], marks: readonly Mark[] = []): MergedTrace {
  const traces = texts.map(parseTrace)
  const heads = traces.flatMap((trace) => (trace.head ? [trace.head] : []))
  const first = heads.toSorted((a, b) => wallMicros(a) - wallMicros(b))[0]
  if (first === undefined) throw new Error('Cannot merge traces: none of them has a head')
  const start = wallMicros(first)

  const events = traces.flatMap(({ head, events }) => {
    const offset = head ? wallMicros(head) - start : 0
    return events.map((each): Event => ({ ...each, t: (each.t ?? 0) + offset }))
  })
  for (const { label, atMs } of marks) events.push({ e: 'mark', t: Math.round(atMs * 1000) - start, label })
  events.sort((a, b) => endOf(a) - endOf(b))

  // The merged trace is of several processes, so the pid of the first one has no place in its head.
  const { pid: _, ...merged } = first
  const body = [merged, ...events].map((line) => `${JSON.stringify(line)}\n`).join('')
  const sha256 = createHash('sha256').update(body).digest('hex')
  const last = events.at(-1)
  const end = { e: 'end', n: events.length, t: last === undefined ? 0 : endOf(last), sha256 }
  const cas = events.filter(({ e }) => e === 'cas')
  return {
    text: `${body}${JSON.stringify(end)}\n`,
    attempts: cas.length,
    conflicts: cas.filter(({ out }) => out !== undefined && CONFLICTS.has(out)).length,
    unfinished: traces.flatMap(({ finished }, index) => (finished ? [] : [index])),
  }
}

/** {@link mergeTraces} from files into a file. A missing file counts as empty. */
export async function mergeTraceFiles(
  files: readonly string[],
  target: string,
  marks: readonly Mark[],
): Promise<MergedTrace> {
  const texts = await Promise.all(files.map((file) => readIfPresent(file)))
  const merged = mergeTraces(texts, marks)
  await writeFile(target, merged.text)
  return merged
}

function parseTrace(text: string, index: number): { head?: Head; events: Event[]; finished: boolean } {
  // What follows the last newline is the line that the kill cut off.
  const [first, ...lines] = text.split('\n').slice(0, -1)
  if (first === undefined) return { events: [], finished: false }
  const parse = <T>(schema: z.ZodType<T>, line: string, number: number): T => {
    try {
      return schema.parse(JSON.parse(line))
    } catch (cause) {
      throw new Error(
        `Cannot merge trace ${index + 1}: line ${number} is not ${number === 1 ? 'a head' : 'an event'}`,
        {
          cause,
        },
      )
    }
  }
  const events = lines.map((line, at) => parse(event, line, at + 2))
  const finished = events.at(-1)?.e === 'end'
  return { head: parse(head, first, 1), events: events.filter(({ e }) => e !== 'end'), finished }
}

function endOf({ t = 0, d = 0 }: Event): number {
  return t + d
}

// Date.parse stops at milliseconds, and neighbouring events are often only microseconds apart.
function wallMicros({ wall0 }: Head): number {
  const match = /^(.+?)(?:\.([0-9]+))?Z$/.exec(wall0)
  const seconds = Date.parse(`${match?.[1] ?? ''}Z`)
  if (Number.isNaN(seconds)) throw new Error(`Cannot merge traces: ${JSON.stringify(wall0)} is not a UTC time`)
  return seconds * 1000 + Number((match?.[2] ?? '').padEnd(6, '0').slice(0, 6))
}

async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
