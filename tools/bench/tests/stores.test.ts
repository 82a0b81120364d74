import type { LeftOut, Measurement, Scenario } from '@latchless/bench'
import { loadEngine, Places, runScenario, scenarioOf } from '@latchless/bench'
import { expect, test } from 'vitest'

test('an operation of a store is measured once the store is filled, however long that takes', async () => {
  const stores = scenarioOf('stores')
  const budgets: Scenario = {
    ...stores,
    plans: (...parameters) =>
      stores.plans(...parameters).filter(({ operation }) => operation?.startsWith('resources/reserve-reconcile')),
  }
  const measurements: Measurement[] = []
  const leftOut: LeftOut[] = []
  const settings = { rounds: 1, seconds: 0.2, stallSeconds: 0.5, updates: 10, durability: 'disk' } as const
  await using places = new Places()
  await runScenario(budgets, [await loadEngine('latchless/memory')], settings, places, {
    onMeasurement: (measurement) => measurements.push(measurement),
    onLeftOut: (missing) => leftOut.push(missing),
    onStart: () => {},
  })
  expect(leftOut).toEqual([])
  expect(measurements).toMatchObject([
    { variant: 'resources/reserve-reconcile', failures: 0 },
    { variant: 'resources/reserve-reconcile-after-10000', failures: 0 },
  ])
  expect(measurements.every(({ opsPerSecond }) => opsPerSecond > 0)).toBe(true)
}, 120_000)
