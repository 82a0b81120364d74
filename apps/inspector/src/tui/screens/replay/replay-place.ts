import { NONE } from '../../../trace/names.ts'
import { upperBound } from '../../../trace/order.ts'
import type { Grouping } from '../../../trace/trace-stats.ts'
import type { Trace } from '../../../trace/trace.ts'
import type { LensView } from './lens-view.ts'
import type { ReplayModel } from './replay-model.ts'

/**
 * Where one stands in a trace, by what stands in its files. When they are read again, names and events get other numbers, and
 * it still is the same place.
 */
export interface ReplayPlace {
  readonly grouping: Grouping
  readonly onlyKey: string | undefined
  readonly cursorUs: number
  readonly selected: EventPlace | undefined
  readonly lane: string | undefined
  readonly ownMarks: readonly number[]
  readonly sight: LensView & { readonly columns: number }
}

/** What tells an event from all others. */
interface EventPlace {
  readonly startUs: number
  readonly kind: number | undefined
  readonly attempt: number | undefined
  readonly version: number | undefined
  readonly op: string
  readonly writer: string
  readonly key: string
}

export function placeIn({
  trace,
  grouping,
  onlyKey,
  cursorUs,
  selected,
  lane,
  ownMarks,
  sight,
}: ReplayModel): ReplayPlace {
  const text = (name: number | undefined): string | undefined =>
    name === undefined ? undefined : trace.names.text(name)
  return {
    grouping,
    onlyKey: text(onlyKey),
    cursorUs,
    selected: placeOf(trace, selected),
    lane: text(lane?.name),
    ownMarks: [...ownMarks],
    sight: sight.place,
  }
}

/** Stands where one stood, as far as it is still there. */
export function standAt(model: ReplayModel, place: ReplayPlace): void {
  const { trace, sight } = model
  const key = place.onlyKey === undefined ? NONE : trace.names.find(place.onlyKey)
  model.grouping = place.grouping
  model.showOnly(key === NONE ? undefined : key)
  model.selected = eventAt(trace, place.selected)
  model.ownMarks.push(...place.ownMarks)
  sight.adopt(place.sight)
  model.cursorUs = Math.min(Math.max(place.cursorUs, trace.startUs), trace.endUs)
  if (model.cursorUs !== place.cursorUs) sight.show(model.cursorUs)
  const name = place.lane === undefined ? NONE : trace.names.find(place.lane)
  model.laneAt = Math.max(
    0,
    model.lanes.findIndex((lane) => lane.name === name),
  )
}

/** Undefined for {@link NONE}. */
function placeOf({ columns, names }: Trace, event: number): EventPlace | undefined {
  if (event === NONE) return undefined
  return {
    startUs: columns.startUs[event] ?? 0,
    kind: columns.kind[event],
    attempt: columns.attempt[event],
    version: columns.second[event],
    op: names.text(columns.op[event] ?? NONE),
    writer: names.text(columns.writer[event] ?? NONE),
    key: names.text(columns.key[event] ?? NONE),
  }
}

/** The event at a place; {@link NONE} when there is none. */
function eventAt(trace: Trace, place: EventPlace | undefined): number {
  if (!place) return NONE
  const { byStart, columns, count } = trace
  const startUs = (at: number): number => columns.startUs[byStart[at] ?? 0] ?? 0
  for (let at = upperBound(count, startUs, place.startUs - 1); at < count && startUs(at) === place.startUs; at++) {
    const event = byStart[at] ?? NONE
    if (isAt(placeOf(trace, event), place)) return event
  }
  return NONE
}

function isAt(one: EventPlace | undefined, other: EventPlace): boolean {
  const { kind, attempt, version, op, writer, key } = other
  if (one?.kind !== kind || one?.attempt !== attempt || one?.version !== version) return false
  return one?.op === op && one.writer === writer && one.key === key
}
