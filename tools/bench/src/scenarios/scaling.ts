import type { Engine, EngineMode } from '../engines/engine.ts'
import type { Plan, Scenario, Settings } from './scenario.ts'
import { isOurs, modesAt, planOf } from './scenario.ts'

const PROCESSES = [1, 2, 4, 8]
const RECORDS = [1_000, 10_000, 100_000, 1_000_000]
const BODY_BYTES = [100, 1_000, 10_000, 100_000, 1024 * 1024]

/** What an update costs as one quantity grows: processes on one record, records in the store, bytes of the body. */
export const scaling: Scenario = {
  id: 'scaling',
  title: 'Cost as processes, records and bodies grow',
  plans: (engines, settings, leaveOut) =>
    engines.flatMap((engine) => {
      if (!isOurs(engine)) {
        leaveOut(engine.id, 'the curve is about ours')
        return []
      }
      return modesAt(engine, settings.durability)
        .filter(({ mode }) => mode === 'combine')
        .flatMap((mode) => plansOf(engine, mode, settings))
    }),
}

function plansOf(engine: Engine, mode: EngineMode, settings: Settings): Plan[] {
  const one = { processes: 1, writers: 1, paths: 'own' } as const
  const processes = PROCESSES.filter((count) => count === 1 || engine.crossProcess)
  const records = RECORDS.filter((count) => count <= (settings.records ?? Number.POSITIVE_INFINITY))
  return [
    ...processes.map((count) =>
      planOf('scaling', engine, mode, settings, {
        processes: count,
        writers: 4,
        paths: 'hot',
        variant: `processes=${count}`,
      }),
    ),
    ...records.map((filled) =>
      planOf('scaling', engine, mode, settings, {
        processes: 1,
        writers: 16,
        paths: 'random',
        filled,
        variant: `records=${filled}`,
        shared: `${engine.id} ${filled}`,
      }),
    ),
    ...BODY_BYTES.map((bodyBytes) =>
      planOf('scaling', engine, mode, settings, { ...one, bodyBytes, variant: `body-bytes=${bodyBytes}` }),
    ),
  ]
}
