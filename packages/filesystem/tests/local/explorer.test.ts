import { describe, expect, test } from 'vitest'
import { protocolMutants } from './protocol-mutants.ts'
import { allScenarios } from './scenarios.ts'
import type { Exploration } from './schedules.ts'
import { exploreAll, exploreRandomly } from './schedules.ts'

/** The same for the protocol and for the broken ones, so that each of these would be noticed in the product. */
const SAMPLING = { seed: 1, schedules: 3000 }

/** What a red run prints: the schedule that broke it. */
function storyOf({ broken }: Exploration): string {
  return broken ? [...broken.violations.map(({ message }) => message), ...broken.trace].join('\n') : ''
}

describe('the local protocol, under every schedule with few preemptions', () => {
  test.each(allScenarios)('$name: no lost, no doubled write and no stale read', async (scenario) => {
    const exploration = await exploreAll(scenario, { preemptionsMax: 2, schedulesMax: scenario.schedules ?? 2500 })
    expect(storyOf(exploration)).toBe('')
    expect(exploration.schedules).toBeGreaterThan(200)
  })

  test.each(allScenarios)('$name: holds under seeded random schedules', async (scenario) => {
    const exploration = await exploreRandomly(scenario, {
      ...SAMPLING,
      schedules: scenario.schedules ?? SAMPLING.schedules,
    })
    expect(storyOf(exploration)).toBe('')
  })
})

describe('the explorer finds a broken protocol', () => {
  test.each(protocolMutants)('when $name', async ({ scenario, makeSteps, makeDisk }) => {
    const exploration = await exploreRandomly(scenario, { ...SAMPLING, makeSteps, makeDisk })
    expect(exploration.broken?.violations.length).toBeGreaterThan(0)
  })
})
