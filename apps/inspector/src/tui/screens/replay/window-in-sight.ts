import type { StatsWindow } from '../../../trace/trace-stats.ts'
import type { ReplayModel } from './replay-model.ts'

/** What of the trace is in sight, of one record where only that is shown. */
export function windowInSight({ trace, sight, onlyKey }: ReplayModel): StatsWindow {
  const { fromUs, toUs } = sight.lens
  return { fromUs: Math.max(fromUs, trace.startUs), toUs: Math.min(toUs, trace.endUs), key: onlyKey }
}
