import type { Engine } from './engines/engine.ts'
import { loadEngine } from './engines/registry.ts'
import { measure } from './measure.ts'
import type { LeftOut, Measurement } from './measurement.ts'
import type { Place, Places } from './place.ts'
import type { Plan, Scenario, Settings } from './scenarios/scenario.ts'

export interface RunEvents {
  onMeasurement(measurement: Measurement): void
  onLeftOut(leftOut: LeftOut): void
  /** Before each measurement. */
  onStart(plan: Plan, round: number, rounds: number): void
}

/** Loads engines; one that cannot be loaded here is reported and left out. */
export async function loadEngines(ids: readonly string[], onLeftOut: RunEvents['onLeftOut']): Promise<Engine[]> {
  const engines: Engine[] = []
  for (const id of ids) {
    try {
      engines.push(await loadEngine(id))
    } catch (error) {
      onLeftOut({
        type: 'left-out',
        scenario: '*',
        engine: id,
        reason: `it cannot be loaded here: ${messageOf(error)}`,
      })
    }
  }
  return engines
}

/**
 * Measures all engines in each round, in an order that is another one in each round, so that a drift hits all alike. The
 * signal ends it after the measurement that runs.
 */
export async function runScenario(
  scenario: Scenario,
  engines: readonly Engine[],
  settings: Settings,
  places: Pick<Places, 'make'>,
  events: RunEvents,
  signal?: AbortSignal,
): Promise<void> {
  const plans = scenario.plans(engines, settings, (engine, reason) =>
    events.onLeftOut({ type: 'left-out', scenario: scenario.id, engine, reason }),
  )
  const rounds = scenario.rounds?.(settings) ?? settings.rounds
  const shared = new Map<string, Place>()
  const broken = new Set<Plan>()
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const plan of rotated(plans, round, rounds)) {
        signal?.throwIfAborted()
        if (broken.has(plan)) continue
        events.onStart(plan, round, rounds)
        try {
          events.onMeasurement(await measureAt(plan, round, places, shared))
        } catch (error) {
          signal?.throwIfAborted()
          // It would fail in every round, and cost its time.
          broken.add(plan)
          events.onLeftOut(leftOutOf(plan, round, error))
        }
      }
    }
  } finally {
    for (const place of shared.values()) await place[Symbol.asyncDispose]()
  }
}

async function measureAt(
  plan: Plan,
  round: number,
  places: Pick<Places, 'make'>,
  shared: Map<string, Place>,
): Promise<Measurement> {
  // The store of one process goes with it.
  if (plan.shared === undefined || !plan.engine.crossProcess) {
    await using place = await places.make(plan.engine.family)
    return await measure(plan, round, place)
  }
  const place = shared.get(plan.shared) ?? (await places.make(plan.engine.family))
  shared.set(plan.shared, place)
  return measure(plan, round, place)
}

function rotated<T>(items: readonly T[], round: number, rounds: number): T[] {
  const start = Math.floor(((round - 1) * items.length) / rounds)
  const turned = [...items.slice(start), ...items.slice(0, start)]
  return round % 2 === 1 ? turned : turned.toReversed()
}

function leftOutOf({ subject }: Plan, round: number, error: unknown): LeftOut {
  const { scenario, engine, mode, variant, durability } = subject
  const name = [mode, variant, durability].filter((part) => part !== '').join(', ')
  return { type: 'left-out', scenario, engine, reason: `${name} failed in round ${round}: ${messageOf(error)}`, round }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? message
}
