import { NONE } from './names.ts'
import { KIND, type Trace } from './trace.ts'

/** Events of one update in the order of their starts, writes of others that it was folded into included. */
export function eventsOfOp(trace: Trace, op: number): number[] {
  if (op === NONE) return []
  const { columns, count } = trace
  const events = [...trace.carriersOf(op)]
  for (let event = 0; event < count; event++) if (columns.op[event] === op) events.push(event)
  return events.toSorted((a, b) => (columns.startUs[a] ?? 0) - (columns.startUs[b] ?? 0) || a - b)
}

/** The conditional writes among events. */
export function attemptsOf(trace: Trace, events: readonly number[]): number[] {
  return events.filter((event) => trace.columns.kind[event] === KIND.cas)
}
