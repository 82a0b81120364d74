import type { Engine, EngineMode } from '../engines/engine.ts'
import type { Disturbance, Scenario } from './scenario.ts'
import { isOurs, modesAt, planOf } from './scenario.ts'

/** The variants in which something is held up, in the order of the tables. */
export const DISTURBANCES = ['none', 'apply', 'call', 'stop'] as const satisfies readonly Disturbance[]

/** One writer, or its process, is held up for as long as the measurement takes; measured are the others. */
export const convoy: Scenario = {
  id: 'convoy',
  title: 'One of 16 writers of a record is held up; the others are measured',
  plans: (engines, settings) =>
    engines.flatMap((engine) =>
      modesShown(engine, modesAt(engine, settings.durability)).flatMap((mode) =>
        DISTURBANCES.filter((disturbance) => canBe(disturbance, engine, mode)).map((disturbance) =>
          planOf('convoy', engine, mode, settings, {
            processes: engine.crossProcess ? 4 : 1,
            writers: engine.crossProcess ? 4 : 16,
            paths: 'hot',
            measureMs: settings.stallSeconds * 1000,
            variant: `stall=${disturbance}`,
            disturbance,
          }),
        ),
      ),
    ),
}

// Ours in its default mode; a peer as it is first named, and where it can be held up while it reads and writes.
function modesShown(engine: Engine, modes: readonly EngineMode[]): readonly EngineMode[] {
  if (isOurs(engine)) return modes.filter(({ mode }) => mode === 'combine')
  const held = modes.find(({ stalls }) => stalls.length > 0)
  return modes.filter((mode, index) => index === 0 || mode === held)
}

function canBe(disturbance: Disturbance, { crossProcess }: Engine, { stalls }: EngineMode): boolean {
  if (disturbance === 'none') return true
  return disturbance === 'stop' ? crossProcess : stalls.includes(disturbance)
}
