import { basename } from 'node:path'
import { OUTCOME } from './attempt-outcome.ts'
import { eventLine } from './event-line.ts'
import type { Makers } from './makers.ts'
import { NONE } from './names.ts'
import { seenBefore, versionSeen } from './seen-before.ts'
import type { StatsWindow } from './trace-stats.ts'
import { type TraceRow, TraceText, type TraceTextHead } from './trace-text.ts'
import { KIND, type Trace } from './trace.ts'
import { windowEvents } from './window-events.ts'

/** A line and when what it tells of ended, in microseconds since the epoch. */
interface Timed {
  readonly atUs: number
  readonly row: TraceRow
}

/**
 * A window of a trace as the text of a trace of its own, in pieces: it begins when the window does, and its figures are those of
 * the window. What is needed from before has times below zero, which no figure counts: updates that were under way, and what
 * was known of the records. An update that goes on behind the window has no end, as one that is under way has none.
 */
export function* windowTrace(trace: Trace, makers: Makers, wanted: StatsWindow): Generator<string> {
  const text = new TraceText()
  const fromUs = Math.max(Math.round(wanted.fromUs), trace.startUs)
  const toUs = Math.min(Math.round(wanted.toUs), trace.endUs)
  const window = { ...wanted, fromUs, toUs }
  const events = windowEvents(trace, window)
  const others = otherLines(trace, makers, window, events)
  yield text.head(headOf(trace, fromUs))
  let next = 0
  for (const event of events) {
    const endUs = trace.columns.endUs[event] ?? 0
    for (let other = others[next]; other && other.atUs <= endUs; other = others[++next]) yield text.line(other.row)
    yield text.line(eventLine(trace, event, fromUs))
  }
  for (const { row } of others.slice(next)) yield text.line(row)
  yield text.end(toUs - fromUs)
}

const TITLE_UNITS_MAX = 1000

function headOf({ sources }: Trace, fromUs: number): TraceTextHead {
  const [first] = sources
  const more = sources.length > 1 ? ` and ${sources.length - 1} more` : ''
  const pid = sources.length === 1 ? first?.pid : undefined
  return {
    wall0: wallTime(fromUs),
    clock: pid === undefined ? 'wall' : 'monotonic',
    pid,
    title: `part of ${(first?.title ?? basename(first?.file ?? '-')).slice(0, TITLE_UNITS_MAX)}${more}`,
  }
}

/** What is told beside the events that happened, in the order of time. */
function otherLines(trace: Trace, makers: Makers, window: StatsWindow, events: Int32Array): readonly Timed[] {
  const { fromUs, toUs } = window
  const isInside = ({ atUs }: { readonly atUs: number }): boolean => atUs >= fromUs && atUs <= toUs
  const isHere = new Uint8Array(trace.count)
  for (const event of events) isHere[event] = 1
  const lines = [
    ...knownLines(trace, fromUs, events, isHere),
    ...landedLines(trace, makers, fromUs, events, isHere),
    ...trace.marks.filter(isInside).map(({ atUs, label }) => ({ atUs, row: { e: 'mark', t: atUs - fromUs, label } })),
    ...trace.gaps.filter(isInside).map(({ atUs, events: n }) => ({ atUs, row: { e: 'gap', t: atUs - fromUs, n } })),
  ].toSorted((a, b) => a.atUs - b.atUs)
  const lastUs = Math.max(trace.columns.endUs[events.at(-1) ?? NONE] ?? fromUs, lines.at(-1)?.atUs ?? fromUs)
  if (lastUs >= toUs) return lines
  // Rates are over the whole window, so it must not end with its last event.
  return [...lines, { atUs: toUs, row: { e: 'mark', t: toUs - fromUs, label: 'the part ends' } }]
}

/** The versions that records had before the window, and what tells that they began anew. */
function knownLines(trace: Trace, fromUs: number, events: Int32Array, isHere: Uint8Array): Timed[] {
  const { columns, names } = trace
  const isAbout = new Uint8Array(names.size)
  for (const event of events) isAbout[columns.key[event] ?? NONE] = 1
  return seenBefore(trace, fromUs, (key) => isAbout[key] === 1)
    .filter((event) => isHere[event] !== 1)
    .map((event) => {
      const [startUs = 0, endUs = 0, writer = NONE] = [
        columns.startUs[event],
        columns.endUs[event],
        columns.writer[event],
      ]
      if (columns.kind[event] === KIND.commit) return { atUs: endUs, row: eventLine(trace, event, fromUs) }
      const row = {
        e: 'key',
        t: startUs - fromUs,
        d: endUs - startUs,
        key: names.text(columns.key[event] ?? NONE),
        ver: versionSeen(trace, event),
        w: writer === NONE ? undefined : names.text(writer),
      }
      return { atUs: endUs, row }
    })
}

/** Writes whose answer was lost in the window, and that later or earlier events show to have landed. */
function landedLines(trace: Trace, makers: Makers, fromUs: number, events: Int32Array, isHere: Uint8Array): Timed[] {
  const { columns, names } = trace
  const lines: Timed[] = []
  for (const event of events) {
    const [write = NONE, endUs = 0] = [columns.write[event], columns.endUs[event]]
    if (columns.kind[event] !== KIND.cas || columns.outcome[event] !== OUTCOME.unknown || endUs < fromUs) continue
    const landing = makers.landingOf(write)
    if (landing === NONE || isHere[landing] === 1) continue
    const { key, w, op } = eventLine(trace, event, fromUs)
    const row = {
      e: 'commit',
      t: endUs - fromUs,
      key,
      ver: versionSeen(trace, landing),
      w,
      op,
      write: names.text(write),
    }
    lines.push({ atUs: endUs, row })
  }
  return lines
}

/** A time in UTC to the microsecond. */
function wallTime(us: number): string {
  const ms = Math.floor(us / 1000)
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us - ms * 1000).padStart(3, '0')}Z`
}
