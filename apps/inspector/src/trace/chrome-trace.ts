import { jsonText } from '../output/json-text.ts'
import { winnerOf } from './explain.ts'
import type { Makers } from './makers.ts'
import { NONE } from './names.ts'
import { KIND, type Trace } from './trace.ts'
import { eventRow } from './trace-event-row.ts'
import type { StatsWindow } from './trace-stats.ts'

/**
 * What of a trace touches a window, in the JSON of Chrome's trace viewer, which Perfetto opens too: a record is a process, a
 * writer is a thread, and arrows lead from who won to who lost. Pieces of one JSON text, a line an event.
 */
export function* chromeTrace(trace: Trace, makers: Makers, window: StatsWindow): Generator<string> {
  const { columns, names } = trace
  yield '{"displayTimeUnit":"ms","traceEvents":['
  let separator = '\n'
  const line = (event: object): string => {
    const text = separator + jsonText(event)
    separator = ',\n'
    return text
  }
  const threads = new Set<string>()
  for (const event of trace.byStart) {
    const [pid = NONE, tid = NONE] = [columns.key[event], columns.writer[event]]
    if (WITHOUT_SPAN.has(columns.kind[event] ?? NONE) || pid === NONE) continue
    if (!touches(trace, window, event)) continue
    if (window.key !== undefined && pid !== window.key) continue
    const thread = `${pid} ${tid}`
    if (!threads.has(thread)) {
      threads.add(thread)
      yield line({ ph: 'M', name: 'process_name', pid, args: { name: names.text(pid) } })
      yield line({ ph: 'M', name: 'thread_name', pid, tid, args: { name: names.text(tid) } })
    }
    yield line(spanOf(trace, event, pid, tid))
    const winner = winnerOf(trace, makers, event)
    // A viewer draws no arrow from a span that it was not given.
    if (!winner?.isRecorded || !touches(trace, window, winner.event)) continue
    const flow = { name: 'lost to', cat: 'conflict', id: event, pid }
    const wonUs = (columns.endUs[winner.event] ?? 0) - trace.startUs
    yield line({ ph: 's', ...flow, tid: columns.writer[winner.event], ts: wonUs })
    yield line({ ph: 'f', bp: 'e', ...flow, tid, ts: (columns.endUs[event] ?? 0) - trace.startUs })
  }
  for (const { atUs, label } of trace.marks) {
    if (atUs < window.fromUs || atUs > window.toUs) continue
    yield line({ ph: 'i', s: 'g', name: label, pid: 0, tid: 0, ts: atUs - trace.startUs })
  }
  yield '\n]}\n'
}

function touches({ columns }: Trace, { fromUs, toUs }: StatsWindow, event: number): boolean {
  return (columns.endUs[event] ?? 0) >= fromUs && (columns.startUs[event] ?? 0) <= toUs
}

const WITHOUT_SPAN: ReadonlySet<number> = new Set([KIND.op, KIND.done, KIND.key])

function spanOf(trace: Trace, event: number, pid: number, tid: number): object {
  const { event: kind, startUs, durationUs, ...fields } = eventRow(trace, event)
  const { key: _key, writer: _writer, ...args } = fields
  const name = kind === 'cas' ? `cas ${fields.outcome ?? ''}` : kind
  return { ph: 'X', name, cat: kind, pid, tid, ts: startUs, dur: durationUs, args }
}
