import { checkPath, DEFAULT_LIMITS, type Writer } from '@latchless/filesystem'
import { NONE } from '../trace/names.ts'
import { KIND, type Trace } from '../trace/trace.ts'

/** One update of a trace, as it can be run again. */
export interface RecordedUpdate {
  readonly opId: string
  readonly key: string
  readonly writer: Writer
  /** Number of the process that made it. */
  readonly process: number
  /** When it began, in microseconds after the first. */
  readonly atUs: number
  /** It read the record and had nothing to write. */
  readonly isNoop: boolean
  /** Which one it is of those that write this record, from 0. */
  readonly ordinal: number
}

export interface RecordedUpdates {
  /** In the order in which they began. */
  readonly updates: readonly RecordedUpdate[]
  readonly keys: readonly string[]
  readonly writers: number
  readonly processes: number
  /** Updates of records that no store could hold below a prefix of its own. */
  readonly leftOut: number
}

/** The updates of a trace. Those of which it holds no beginning are not among them. */
export function recordedUpdates(trace: Trace): RecordedUpdates {
  const { columns, names } = trace
  const ends = endsOf(trace)
  const ids = new Map<string, number>()
  const writing = new Map<number, number>()
  const processes = new Map<string, number>()
  const writers = new Map<number, Writer>()
  const updates: RecordedUpdate[] = []
  let firstUs: number | undefined
  let leftOut = 0
  for (const event of trace.byStart) {
    const key = columns.key[event] ?? NONE
    if (columns.kind[event] !== KIND.op || key === NONE) continue
    if (!isPath(names.text(key))) {
      leftOut++
      continue
    }
    const startUs = columns.startUs[event] ?? 0
    firstUs ??= startUs
    const writerNumber = columns.writer[event] ?? NONE
    const writer = writers.get(writerNumber) ?? parseWriter(names.text(writerNumber))
    writers.set(writerNumber, writer)
    const end = ends.get(columns.op[event] ?? NONE)?.shift()
    const isNoop = end === 'noop' || end === 'replayed'
    const ordinal = isNoop ? 0 : (writing.get(key) ?? 0)
    if (!isNoop) writing.set(key, ordinal + 1)
    updates.push({
      opId: uniqueId(ids, names.text(columns.op[event] ?? NONE)),
      key: names.text(key),
      writer,
      process: numberOf(processes, `${writer.host}/${writer.pid}`),
      atUs: startUs - firstUs,
      isNoop,
      ordinal,
    })
  }
  const keys = [...new Set(updates.map((update) => update.key))]
  return { updates, keys, writers: writers.size, processes: processes.size, leftOut }
}

const LIMITS = { ...DEFAULT_LIMITS, pathBytesMax: DEFAULT_LIMITS.pathBytesMax - 64 }

function isPath(key: string): boolean {
  try {
    checkPath(key, 'update', LIMITS)
    return true
  } catch {
    return false
  }
}

// How each update ended; an id that was used again has several ends, in the order of their beginnings.
function endsOf({ byStart, columns, names }: Trace): Map<number, string[]> {
  const ends = new Map<number, string[]>()
  for (const event of byStart) {
    if (columns.kind[event] !== KIND.done) continue
    const op = columns.op[event] ?? NONE
    const known = ends.get(op) ?? []
    known.push(names.text(columns.word[event] ?? NONE))
    ends.set(op, known)
  }
  return ends
}

// A repeat would be recognised by its id and not applied, so it gets one of its own.
function uniqueId(used: Map<string, number>, opId: string): string {
  const times = (used.get(opId) ?? 0) + 1
  used.set(opId, times)
  return times === 1 ? opId : `${opId}~${times}`
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const number = numbers.get(name) ?? numbers.size
  numbers.set(name, number)
  return number
}

const WRITER = /^(.*)@([^@]*)\/(\d{1,10})$/s

function parseWriter(name: string): Writer {
  const [, service, host, pid] = WRITER.exec(name) ?? []
  if (service === undefined || host === undefined || pid === undefined)
    return { service: name, host: 'unknown', pid: 0 }
  return { service, host, pid: Number(pid) }
}
