import { InspectorError } from '../inspector-error.ts'
import { NONE } from '../trace/names.ts'
import { KIND, type Trace } from '../trace/trace.ts'
import { type StatsWindow, SUCCEEDED } from '../trace/trace-stats.ts'
import { arrivalsOf, type RecordedSpan, type WriterLoad } from './arrivals.ts'
import { type Costs, WindowCosts } from './costs.ts'
import type { WindowFigures } from './figures.ts'
import type { UpdateMode } from './policy.ts'

/** What of a window the model is made from. */
export interface ModelInputs {
  readonly loads: readonly WriterLoad[]
  readonly updates: number
  /** Updates that were left out: only so many from the start of the window are modelled. */
  readonly leftOut: number
  /** Of the updates, those that were recorded as given up. */
  readonly gaveUp: number
  readonly records: number
  readonly processes: number
  /** How updates were made, as far as the events tell. */
  readonly mode: UpdateMode
  readonly costs: Costs
  readonly measured: WindowFigures
}

const UPDATES_MIN = 20
/** All of them, each at as many attempts as a plain one may make, fit into a run of the model. */
const UPDATES_MAX = 3000

/**
 * Takes from a window when its updates came, and how long everything took. Updates that wrote nothing, and those whose end is
 * unknown, are left out.
 *
 * @throws {InspectorError} `refused` when there is too little in it.
 */
export function modelInputs(trace: Trace, window: StatsWindow): ModelInputs {
  const { columns } = trace
  const wrote = writingOps(trace)
  const all = trace.byStart.filter((event) => {
    if (columns.kind[event] !== KIND.done || !isIn(trace, window, event)) return false
    return wrote[columns.op[event] ?? NONE] === 1
  })
  if (all.length < UPDATES_MIN) throw tooLittle(`it holds ${all.length} updates with writes and an end`)
  const ends = all.subarray(0, UPDATES_MAX)
  const costs = new WindowCosts(trace, ends)
  for (const event of trace.byStart) costs.add(event)
  if (costs.tally.won === 0) throw tooLittle('none of its writes is known to have won')
  for (const event of ends)
    costs.tally.end(columns.writer[event] ?? NONE, ...spanOf(trace, event), isDone(trace, event))
  const { loads, processes } = loadsIn(trace, ends)
  return {
    loads,
    processes,
    updates: ends.length,
    leftOut: all.length - ends.length,
    gaveUp: costs.tally.gaveUp,
    records: new Set(Array.from(ends, (event) => columns.key[event])).size,
    mode: costs.mode,
    costs: costs.costs(),
    measured: costs.tally.figures(),
  }
}

/** By the number of an update: 1 when it was in a conditional write. */
function writingOps(trace: Trace): Uint8Array {
  const { columns, names, count } = trace
  const wrote = new Uint8Array(names.size)
  for (let event = 0; event < count; event++) {
    if (columns.kind[event] !== KIND.cas) continue
    for (const op of trace.foldedOps(event) ?? [columns.op[event] ?? NONE]) wrote[op] = 1
  }
  return wrote
}

function isIn({ columns }: Trace, { fromUs, toUs, key }: StatsWindow, event: number): boolean {
  const startUs = columns.startUs[event] ?? 0
  return startUs >= fromUs && startUs <= toUs && (key === undefined || columns.key[event] === key)
}

function spanOf({ columns }: Trace, event: number): [number, number] {
  return [columns.startUs[event] ?? 0, columns.endUs[event] ?? 0]
}

function isDone({ columns, names }: Trace, event: number): boolean {
  return SUCCEEDED.has(names.text(columns.word[event] ?? NONE))
}

function loadsIn(trace: Trace, ends: Int32Array): { loads: WriterLoad[]; processes: number } {
  const { columns, names } = trace
  const originUs = columns.startUs[ends[0] ?? 0] ?? 0
  const processes = new Map<string, number>()
  const spans = new Map<number, RecordedSpan[]>()
  for (const event of ends) {
    const writer = columns.writer[event] ?? NONE
    const [startUs, endUs] = spanOf(trace, event)
    const own = spans.get(writer) ?? []
    if (own.length === 0) spans.set(writer, own)
    own.push({ key: columns.key[event] ?? NONE, startUs, endUs })
  }
  const loads = Array.from(spans, ([writer, own]) => {
    const name = names.text(writer)
    // `service@host/pid`: writers of one process differ in their service only.
    const place = name.slice(name.lastIndexOf('@') + 1)
    const process = processes.get(place) ?? processes.size
    processes.set(place, process)
    return { process, arrivals: arrivalsOf(own, originUs) }
  })
  return { loads, processes: processes.size }
}

function tooLittle(why: string): InspectorError {
  return new InspectorError(
    'refused',
    `Cannot model the window: ${why}, expected ${UPDATES_MIN} updates or more`,
    'take a longer time, or all records; what `inspector record` wrote holds none, recordTrace in a service records them',
  )
}
