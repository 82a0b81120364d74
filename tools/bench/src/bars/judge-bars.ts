import { Results } from '../results.ts'
import type { Measurement } from '../measurement.ts'
import type { ScenarioId } from '../scenarios/scenario.ts'
import type { BarResult } from './bar.ts'
import { embeddedBars } from './embedded.ts'
import { everyBackendBars } from './every-backend.ts'
import { postgresBars } from './postgres.ts'

/** Every bar of the scenarios, in the order of the scenarios' families. */
export function judgeBars(measurements: readonly Measurement[], scenarios: readonly ScenarioId[]): BarResult[] {
  const results = new Results(measurements)
  return [...postgresBars, ...embeddedBars, ...everyBackendBars]
    .flatMap((bar) => bar(results))
    .filter(({ scenario }) => scenarios.includes(scenario))
}
