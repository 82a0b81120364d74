import type { Engine, LeftOut, Measurement, Plan, Scenario, Settings } from '@latchless/bench'
import { loadEngine, Places, planOf, runScenario, scenarioText } from '@latchless/bench'
import { expect, test } from 'vitest'
import { engine as losingEngine } from './losing-engine.ts'

const settings: Settings = { rounds: 1, seconds: 0.2, stallSeconds: 0.5, updates: 10, durability: 'disk' }

function scenarioOf(engine: Engine, different: Partial<Plan> = {}): Scenario {
  const [mode] = engine.modes
  if (!mode) throw new Error('Cannot measure: the engine has no mode')
  const plan = planOf('hot-1x64', engine, mode, settings, { processes: 1, writers: 3, paths: 'hot', ...different })
  return { id: 'hot-1x64', title: 'three writers', plans: () => [plan] }
}

async function run(scenario: Scenario): Promise<{ measurements: Measurement[]; leftOut: LeftOut[] }> {
  const measurements: Measurement[] = []
  const leftOut: LeftOut[] = []
  await using places = new Places()
  await runScenario(scenario, [], settings, places, {
    onMeasurement: (measurement) => measurements.push(measurement),
    onLeftOut: (missing) => leftOut.push(missing),
    onStart: () => {},
  })
  return { measurements, leftOut }
}

test('a measurement is one line of JSON with every figure, and all acknowledged updates are found', async () => {
  const { measurements, leftOut } = await run(scenarioOf(await loadEngine('latchless/memory')))
  expect(leftOut).toEqual([])
  const line = JSON.stringify(measurements[0])
  expect(line).not.toContain('\n')
  const number = expect.any(Number)
  expect(JSON.parse(line)).toEqual({
    scenario: 'hot-1x64',
    engine: 'latchless/memory',
    mode: 'combine',
    variant: '',
    durability: 'memory',
    round: 1,
    opsPerSecond: number,
    p50Ms: number,
    p99Ms: number,
    p999Ms: number,
    maxMs: number,
    fairness: number,
    failures: 0,
    loopStallMs: number,
    rssMb: number,
    acknowledged: number,
    lost: 0,
    repeated: 0,
    details: { cpuMicrosPerOp: number, heapMb: number },
  })
  const { acknowledged, opsPerSecond, p50Ms, p99Ms, maxMs } = measurements[0] as Measurement
  expect(acknowledged).toBeGreaterThan(0)
  expect(opsPerSecond).toBeGreaterThan(0)
  expect(p50Ms).toBeLessThanOrEqual(p99Ms)
  expect(p99Ms).toBeLessThanOrEqual(maxMs)
})

test('an engine that loses updates is reported as losing them', async () => {
  const scenario = scenarioOf(losingEngine)
  const { measurements, leftOut } = await run(scenario)
  const [measurement] = measurements
  expect(measurement?.acknowledged).toBeGreaterThan(10)
  expect(measurement?.lost).toBe(Math.floor((measurement?.acknowledged ?? 0) / 5))
  expect(measurement?.repeated).toBe(0)
  expect(scenarioText(scenario, measurements, leftOut)).toContain(`${measurement?.lost} LOST`)
})

test('an engine that cannot do it is left out by name, with its reason', async () => {
  const { measurements, leftOut } = await run(scenarioOf(losingEngine, { bodyBytes: 2000 }))
  expect(measurements).toEqual([])
  expect(leftOut).toEqual([
    {
      type: 'left-out',
      scenario: 'hot-1x64',
      engine: 'losing',
      reason: 'losing, memory failed in round 1: Cannot open the losing engine: the body is too large',
      round: 1,
    },
  ])
})

test('work that is counted ends by its number, and pages are read to their end and again', async () => {
  const engine = await loadEngine('latchless/memory')
  const counted = await run(scenarioOf(engine, { paths: 'cycle', pathsMax: 7, updates: 100 }))
  expect(counted.measurements[0]).toMatchObject({
    acknowledged: 100,
    lost: 0,
    details: { heapWarmMb: expect.any(Number) },
  })
  const paged = await run(scenarioOf(engine, { work: 'query', filled: 250, writers: 1 }))
  expect(paged.leftOut).toEqual([])
  expect(paged.measurements[0]).toMatchObject({ acknowledged: null, failures: 0 })
  expect(paged.measurements[0]?.details?.['recordsPerSecond']).toBeGreaterThan(0)
})
