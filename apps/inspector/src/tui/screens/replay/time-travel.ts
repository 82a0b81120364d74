import { instantText } from '../../../model/measures.ts'
import type { TimeTraveller } from '../../as-of-action.ts'
import type { ReplayControls } from './replay-actions.ts'

/** People type whole seconds. */
const SECOND_US = 1_000_000

/** `:asof` in a trace goes to that moment. A trace is of the past anyway, so there is nothing to end. */
export function travelIn({ model: current, paused }: ReplayControls): TimeTraveller {
  return {
    cannotGoBack: current() ? undefined : 'no trace is open',
    travel(timeMs) {
      const model = current()
      if (timeMs === undefined || !model) return
      const us = timeMs * 1000
      const { startUs, endUs } = model.trace
      if (us <= startUs - SECOND_US || us >= endUs + SECOND_US) {
        const [from, to] = [instantText(startUs / 1000), instantText(endUs / 1000)]
        throw new RangeError(`Cannot go to ${instantText(timeMs)}: the trace is of ${from} to ${to}`)
      }
      paused()
      model.goTo(us)
    },
  }
}
