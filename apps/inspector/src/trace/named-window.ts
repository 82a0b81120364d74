import { InspectorError } from '../inspector-error.ts'
import { gotoUs } from './goto.ts'
import type { Makers } from './makers.ts'
import { NONE } from './names.ts'
import { parseDurationUs } from './time-text.ts'
import type { Trace } from './trace.ts'
import type { StatsWindow } from './trace-stats.ts'

/** Part of a trace, as a person names it. */
export interface WindowNames {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/**
 * The part of a trace that is named, all of it where nothing is.
 *
 * @throws {RangeError} when a place is none.
 * @throws {InspectorError} `usage` when the window ends before it begins.
 */
export function namedWindow(trace: Trace, makers: Makers, names: WindowNames, key?: number): StatsWindow {
  refuseInverted(names)
  const marks = trace.marks.map(({ atUs }) => atUs).toSorted((a, b) => a - b)
  const context = { trace, makers, cursorUs: trace.startUs, key: key ?? NONE, marks }
  const at = (text: string | undefined, otherwiseUs: number): number =>
    text === undefined ? otherwiseUs : gotoUs(text, context)
  const window = { fromUs: at(names.from, trace.startUs), toUs: at(names.to, trace.endUs), key }
  if (window.fromUs > window.toUs) throw inverted(names)
  return window
}

/**
 * What can be told without the trace, in which both ends may lie behind the last event.
 *
 * @throws {InspectorError} `usage` when the window ends before it begins.
 */
export function refuseInverted(names: WindowNames): void {
  const [from, to] = [names.from, names.to].map((text) => (text === undefined ? undefined : parseDurationUs(text)))
  if (from !== undefined && to !== undefined && from > to) throw inverted(names)
}

function inverted({ from = 'the start', to = 'the end' }: WindowNames): InspectorError {
  return new InspectorError('usage', `Cannot show from ${from} to ${to}: the end is before the start`)
}
