import type { Scenario } from './scenario.ts'
import { isOurs, modesAt, planOf, RECORDS_DEFAULT } from './scenario.ts'

const WRITERS = 64

/** Not timed but counted: as many updates as asked for, spread over many paths, in one process whose memory is watched. */
export const memoryGrowth: Scenario = {
  id: 'memory-growth',
  title: 'Memory of a process over many updates of many records',
  rounds: () => 1,
  plans: (engines, settings, leaveOut) => {
    const records = settings.records ?? RECORDS_DEFAULT
    return engines.flatMap((engine) => {
      if (!isOurs(engine)) {
        leaveOut(engine.id, 'the bar is about our memory')
        return []
      }
      return modesAt(engine, 'process')
        .filter(({ mode }) => mode === 'combine')
        .map((mode) =>
          planOf('memory-growth', engine, mode, settings, {
            processes: 1,
            writers: WRITERS,
            paths: 'cycle',
            variant: `updates=${settings.updates}, paths=${records}`,
            pathsMax: records,
            keepVersions: 0,
            updates: settings.updates,
          }),
        )
    })
  },
}
