import { convoy } from './convoy.ts'
import { memoryGrowth } from './growth.ts'
import { list } from './list.ts'
import { scaling } from './scaling.ts'
import type { Scenario, ScenarioId } from './scenario.ts'
import { SCENARIO_IDS } from './scenario.ts'
import { stores } from './stores.ts'
import { disjoint64, historyDepth, hot1x64, hot4x16, hot4x4, largeBody, uncontended } from './updates.ts'

const all = [
  uncontended,
  hot4x4,
  hot4x16,
  hot1x64,
  disjoint64,
  convoy,
  list,
  largeBody,
  historyDepth,
  stores,
  memoryGrowth,
  scaling,
]

export function scenarioOf(id: ScenarioId): Scenario {
  const found = all.find((scenario) => scenario.id === id)
  if (!found) throw new RangeError(`Cannot run scenario "${id}": expected one of ${SCENARIO_IDS.join(', ')}`)
  return found
}

export function isScenarioId(text: string): text is ScenarioId {
  return (SCENARIO_IDS as readonly string[]).includes(text)
}
