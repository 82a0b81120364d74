import { ATTEMPT_OUTCOMES } from './attempt-outcome.ts'
import { NONE } from './names.ts'
import { KIND, type Trace } from './trace.ts'

/** An event with its fields by name. Times are microseconds since the trace began; texts are not yet escaped. */
export interface TraceEventRow {
  readonly event: 'op' | 'read' | 'cas' | 'wait' | 'done' | 'commit' | 'key'
  readonly startUs: number
  readonly durationUs: number
  readonly op: string | undefined
  readonly writer: string
  readonly key: string | undefined
  readonly attempt: number
  /** What a read saw, what a commit made, or what was seen before the trace begins. */
  readonly version: number | undefined
  /** What a conditional write was conditioned on, and what it would make. */
  readonly base: number | undefined
  readonly next: number | undefined
  /** Of a conditional write; or how the update ended. */
  readonly outcome: string | undefined
  readonly write: string | undefined
  /** After a loss: the head that was found, its writer and its write. */
  readonly current: number | undefined
  readonly by: string | undefined
  readonly byWrite: string | undefined
  /** How many updates the write folded. */
  readonly folded: number
  /** Why it waited, and the range that the plan was drawn from. */
  readonly why: string | undefined
  readonly lowUs: number | undefined
  readonly highUs: number | undefined
  readonly planUs: number | undefined
}

const KIND_NAMES = Object.keys(KIND) as readonly (keyof typeof KIND)[]

export function eventRow(trace: Trace, event: number): TraceEventRow {
  const { columns, names } = trace
  const kind = KIND_NAMES[columns.kind[event] ?? 0] ?? 'op'
  const textOf = (column: Int32Array): string | undefined => {
    const number = column[event] ?? NONE
    return number === NONE ? undefined : names.text(number)
  }
  const startUs = columns.startUs[event] ?? 0
  const [first = 0, second = 0, third = 0] = [columns.first[event], columns.second[event], columns.third[event]]
  const [isCas, isWait, isDone] = [kind === 'cas', kind === 'wait', kind === 'done']
  return {
    event: kind,
    startUs: startUs - trace.startUs,
    durationUs: (columns.endUs[event] ?? 0) - startUs,
    op: textOf(columns.op),
    writer: textOf(columns.writer) ?? '',
    key: textOf(columns.key),
    attempt: columns.attempt[event] ?? 0,
    version: kind === 'read' || kind === 'key' ? first : kind === 'commit' ? second : undefined,
    base: isCas ? first : undefined,
    next: isCas ? second : undefined,
    outcome: isCas ? ATTEMPT_OUTCOMES[columns.outcome[event] ?? 0] : isDone ? textOf(columns.word) : undefined,
    write: textOf(columns.write),
    current: isCas && third !== NONE ? third : undefined,
    by: textOf(columns.by),
    byWrite: textOf(columns.byWrite),
    folded: isCas ? (trace.foldedOps(event)?.length ?? 1) : 0,
    why: isWait ? textOf(columns.word) : undefined,
    lowUs: isWait ? first : undefined,
    highUs: isWait ? second : undefined,
    planUs: isWait ? third : undefined,
  }
}
