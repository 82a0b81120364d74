import type { Makers } from './makers.ts'
import { NONE } from './names.ts'
import { eventsOfOp } from './op-events.ts'
import { parseDurationUs } from './time-text.ts'
import type { Trace } from './trace.ts'

/** What the places in a trace are counted from. Times are microseconds since the epoch. */
export interface GotoContext {
  readonly trace: Trace
  readonly makers: Makers
  readonly cursorUs: number
  /** The record whose versions are meant. */
  readonly key: number
  readonly marks: readonly number[]
}

export const GOTO_ARGUMENT = '1.375s | +50ms | -1s | 50% | v418 | m1 | op ID | TIME'

/**
 * The time of a place that a person names.
 *
 * @throws {RangeError} when it is none, with what would be one.
 */
export function gotoUs(text: string, context: GotoContext): number {
  const wanted = text.trim()
  const found = relative(wanted, context) ?? named(wanted, context) ?? wallTime(wanted)
  if (found === undefined) throw new RangeError(`Cannot go to ${JSON.stringify(wanted)}: expected ${GOTO_ARGUMENT}`)
  const { startUs, endUs } = context.trace
  return Math.min(Math.max(found, startUs), endUs)
}

function relative(wanted: string, { trace, cursorUs }: GotoContext): number | undefined {
  const { startUs, endUs } = trace
  if (/^\d+(?:\.\d+)?%$/.test(wanted)) {
    return Math.round(startUs + ((endUs - startUs) * Number(wanted.slice(0, -1))) / 100)
  }
  const sign = wanted.startsWith('+') ? 1 : wanted.startsWith('-') ? -1 : 0
  const us = parseDurationUs(sign === 0 ? wanted : wanted.slice(1))
  if (us === undefined) return undefined
  return sign === 0 ? startUs + us : cursorUs + sign * us
}

function named(wanted: string, { trace, makers, key, marks }: GotoContext): number | undefined {
  const [, letter, number] = /^([vm])(\d+)$/.exec(wanted) ?? []
  if (letter === 'm') {
    const us = marks[Number(number) - 1]
    if (us === undefined) throw new RangeError(`Cannot go to ${wanted}: there are ${marks.length} marks`)
    return us
  }
  if (letter === 'v') {
    const moves = makers.movesOf(key, trace.startUs, trace.endUs)
    const us = moves.find(({ version }) => version === Number(number))?.atUs
    if (us === undefined) throw new RangeError(`Cannot go to ${wanted}: no event tells of it`)
    return us
  }
  const [, op] = /^op\s+(\S+)$/.exec(wanted) ?? []
  return op === undefined ? undefined : startOfOp(trace, op)
}

function startOfOp(trace: Trace, op: string): number {
  const number = trace.names.find(op)
  const [first] = number === NONE ? [] : eventsOfOp(trace, number)
  if (first === undefined) throw new RangeError(`Cannot go to update ${JSON.stringify(op)}: it is not in the trace`)
  return trace.columns.startUs[first] ?? 0
}

function wallTime(wanted: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]/.test(wanted)) return undefined
  const ms = Date.parse(wanted.endsWith('Z') ? wanted : `${wanted}Z`)
  return Number.isNaN(ms) ? undefined : ms * 1000
}
