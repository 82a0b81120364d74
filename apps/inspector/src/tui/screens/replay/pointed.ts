import { OUTCOME } from '../../../trace/attempt-outcome.ts'
import { columnOf } from '../../../trace/lane-cells.ts'
import { stepUs } from '../../../trace/lanes.ts'
import { NONE } from '../../../trace/names.ts'
import { upperBound } from '../../../trace/order.ts'
import { KIND, type Trace } from '../../../trace/trace.ts'
import type { ReplayModel } from './replay-model.ts'

/** What a cell of the drawing stands for; nothing for one that is only a frame around it. */
export interface Pointed {
  readonly lane?: number
  readonly us?: number
}

/** Stands at what was pointed at: at the event in that cell of the lane, or else at the time. */
export function goToPointed(model: ReplayModel, { lane, us }: Pointed): void {
  if (lane !== undefined) model.laneAt = lane
  if (us === undefined) return
  const isEvent = lane !== undefined && model.select(eventAt(model, us), true)
  if (!isEvent) model.goTo(us)
}

/** The event of the lane whose mark stands in the column of a time; {@link NONE} when it has none there. */
function eventAt({ lane, trace, sight }: ReplayModel, us: number): number {
  let found = NONE
  const steps = lane?.steps ?? []
  const timeOf = (at: number) => stepUs(trace, steps[at] ?? NONE)
  const column = columnOf(us, sight.lens, sight.columns)
  for (let at = upperBound(steps.length, timeOf, us + sight.usPerColumn) - 1; at >= 0; at--) {
    const itsColumn = columnOf(timeOf(at), sight.lens, sight.columns)
    if (itsColumn < column) break
    const event = steps[at] ?? NONE
    if (itsColumn === column && rankOf(trace, event) > rankOf(trace, found)) found = event
  }
  return found
}

/** As the lanes draw it: a loss hides what was won, and that what only began. */
function rankOf({ columns }: Trace, event: number): number {
  if (event === NONE) return 0
  if (columns.kind[event] !== KIND.cas) return 1
  return columns.outcome[event] === OUTCOME.won ? 2 : 3
}
