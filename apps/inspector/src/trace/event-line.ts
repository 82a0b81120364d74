import { NONE } from './names.ts'
import { eventRow } from './trace-event-row.ts'
import type { TraceRow } from './trace-text.ts'
import type { Trace } from './trace.ts'

/** An event as a line of a trace file whose times count from `zeroUs`. */
export function eventLine(trace: Trace, event: number, zeroUs: number): TraceRow {
  const { columns, names } = trace
  const row = eventRow(trace, event)
  const t = (columns.startUs[event] ?? 0) - zeroUs
  const { event: e, key, op, writer: w, attempt: a } = row
  const span = { e, t, d: row.durationUs }
  switch (e) {
    case 'op':
      return { e, t, op, w, kind: 'update', keys: key === undefined ? [] : [key] }
    case 'read':
      return { ...span, op, w, a, key, ver: row.version }
    case 'cas': {
      const { base, next, write, outcome: out, current: cur, by, byWrite } = row
      const folded = trace.foldedOps(event)
      const ops = folded && Array.from(folded, (name) => names.text(name))
      return { ...span, op, w, a, key, base, next, write, out, ops, cur, by, byWrite }
    }
    case 'wait':
      return { ...span, op, w, a, why: row.why, lo: row.lowUs, hi: row.highUs, plan: row.planUs }
    case 'done':
      return { ...span, op, w, out: row.outcome, a }
    case 'commit':
      return { e, t, key, ver: row.version, w, op, write: row.write }
    case 'key':
      return { ...span, key, ver: row.version, w: columns.writer[event] === NONE ? undefined : w }
  }
}
