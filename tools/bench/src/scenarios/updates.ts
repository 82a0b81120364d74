import type { Engine } from '../engines/engine.ts'
import type { Plan, Scenario, ScenarioId, Settings } from './scenario.ts'
import { isOurs, modesAt, planOf, sharedByProcesses } from './scenario.ts'

interface Shape {
  readonly processes: number
  readonly writers: number
  readonly paths: 'hot' | 'own'
}

/** The variant of ours that retains no superseded body, to compare with peers that do not either. */
export const KEEP_NOTHING = 'keep-versions=0'

function updatePlans(id: ScenarioId, engines: readonly Engine[], settings: Settings, shape: Shape): Plan[] {
  return engines.flatMap((engine) =>
    modesAt(engine, settings.durability)
      // A put under a version that is known is no update where others write too.
      .filter(({ mode }) => mode !== 'put' || id === 'uncontended')
      .flatMap((mode) => {
        const plan = planOf(id, engine, mode, settings, shape)
        const withoutHistory = shape.paths === 'own' && engine.id === 'latchless/postgres' && mode.mode === 'combine'
        if (!withoutHistory) return [plan]
        return [plan, planOf(id, engine, mode, settings, { ...shape, variant: KEEP_NOTHING, keepVersions: 0 })]
      }),
  )
}

function several(id: ScenarioId, title: string, shape: Shape): Scenario {
  return {
    id,
    title,
    plans: (engines, settings, leaveOut) => updatePlans(id, sharedByProcesses(engines, leaveOut), settings, shape),
  }
}

export const uncontended: Scenario = {
  id: 'uncontended',
  title: 'One writer, one record',
  plans: (engines, settings) =>
    updatePlans('uncontended', engines, settings, { processes: 1, writers: 1, paths: 'own' }),
}

export const hot4x4 = several('hot-4x4', '4 processes × 4 writers, one record', {
  processes: 4,
  writers: 4,
  paths: 'hot',
})

export const hot4x16 = several('hot-4x16', '4 processes × 16 writers, one record', {
  processes: 4,
  writers: 16,
  paths: 'hot',
})

export const hot1x64: Scenario = {
  id: 'hot-1x64',
  title: '1 process × 64 writers, one record',
  plans: (engines, settings) => updatePlans('hot-1x64', engines, settings, { processes: 1, writers: 64, paths: 'hot' }),
}

export const disjoint64 = several('disjoint-64', '4 processes × 16 writers, a record each', {
  processes: 4,
  writers: 16,
  paths: 'own',
})

/** 1 MiB, the limit of one body, a little less so that the counter may grow. */
const LARGE_BODY_BYTES = 1024 * 1024

export const largeBody: Scenario = {
  id: 'large-body',
  title: 'One writer, one record of 1 MiB',
  plans: (engines, settings, leaveOut) =>
    engines
      .filter(({ id, bodyBytesMax }) => {
        if (bodyBytesMax < LARGE_BODY_BYTES) leaveOut(id, `a body may have ${bodyBytesMax} bytes`)
        return bodyBytesMax >= LARGE_BODY_BYTES
      })
      .flatMap((engine) =>
        modesAt(engine, settings.durability)
          .filter(({ mode }) => !isOurs(engine) || mode === 'combine')
          .map((mode) =>
            planOf('large-body', engine, mode, settings, {
              processes: 1,
              writers: 1,
              paths: 'own',
              bodyBytes: LARGE_BODY_BYTES,
            }),
          ),
      ),
}

const DEPTHS = [1, 64]

export const historyDepth: Scenario = {
  id: 'history-depth',
  title: 'One writer, one record, 1 and 64 superseded versions retained',
  plans: (engines, settings, leaveOut) =>
    engines.flatMap((engine) => {
      if (!isOurs(engine)) {
        leaveOut(engine.id, 'it has no retention of versions')
        return []
      }
      return modesAt(engine, settings.durability)
        .filter(({ mode }) => mode === 'combine')
        .flatMap((mode) =>
          DEPTHS.map((keepVersions) =>
            planOf('history-depth', engine, mode, settings, {
              processes: 1,
              writers: 1,
              paths: 'own',
              variant: `keep-versions=${keepVersions}`,
              keepVersions,
              updatesBefore: keepVersions + 1,
            }),
          ),
        )
    }),
}
