import { barChart, markdownReport, replaceResults, SCENARIO_IDS, scenarioOf, loadEngines } from '@latchless/bench'
import type { LeftOut } from '@latchless/bench'
import { describe, expect, test } from 'vitest'
import { sampleMeasurement } from './sample-measurement.ts'

describe('the document', () => {
  test('gets the results between its markers and keeps the rest', () => {
    const document = 'before\n<!-- results -->\nold\n<!-- /results -->\nafter\n'
    expect(replaceResults(document, 'new\n')).toBe('before\n<!-- results -->\nnew\n<!-- /results -->\nafter\n')
    expect(() => replaceResults('no markers', 'new')).toThrow('Cannot write the report')
  })

  test('states durability and relation beside each figure, and names what was left out', () => {
    const measurements = [
      sampleMeasurement({ scenario: 'hot-4x4', engine: 'latchless/sqlite' }),
      sampleMeasurement({ scenario: 'hot-4x4', engine: 'libsql', mode: 'cas', opsPerSecond: 500, lost: 2 }),
    ]
    const reason = 'its store belongs to one process'
    const leftOut: LeftOut[] = [{ type: 'left-out', scenario: 'hot-4x4', engine: 'latchless/memory', reason }]
    const report = markdownReport({ headers: [], measurements, leftOut }, ['benchmarks/convoy.svg'])
    expect(report).toContain('| libsql · cas | disk | 500 | 0 % | 0.5 × |')
    expect(report).toContain('2 LOST')
    expect(report).toContain(`- left out: latchless/memory: ${reason}`)
    expect(report).toContain('<img src="benchmarks/convoy.svg"')
  })

  test('relates an operation of a store that is full to the same one in a new store', () => {
    const engine = 'latchless/sqlite'
    const measurements = [
      sampleMeasurement({ scenario: 'stores', engine, variant: 'budgets/reserve' }),
      sampleMeasurement({ scenario: 'stores', engine, variant: 'runs/save', opsPerSecond: 200 }),
      sampleMeasurement({ scenario: 'stores', engine, variant: 'runs/save-after-10000', opsPerSecond: 100 }),
    ]
    const report = markdownReport({ headers: [], measurements, leftOut: [] }, [])
    expect(report).toContain('| latchless/sqlite · combine · runs/save-after-10000 | disk | 100 | 0 % | 0.5 × |')
  })
})

test('a chart is well-formed, with a bar for each value and colours for light and dark', () => {
  const bars = [3, 0.02, 4000].map((value) => ({ value, label: `${value} < more`, series: 'ours' as const }))
  const picture = barChart({ title: 'a & b', subtitle: '', legend: [], rows: [{ label: 'row', bars }] })
  expect(picture.match(/<rect /g)).toHaveLength(3)
  expect(picture).toContain('prefers-color-scheme: dark')
  expect(picture).toContain('a &amp; b')
  expect(picture).not.toContain('NaN')
  expect(picture.match(/< /g)).toBeNull()
})

test('every engine loads here, and every scenario has a plan or says why not', async () => {
  const leftOut: LeftOut[] = []
  const { ENGINE_IDS } = await import('@latchless/bench')
  const engines = await loadEngines(ENGINE_IDS, (missing) => leftOut.push(missing))
  expect(leftOut).toEqual([])
  expect(engines.map(({ id }) => id)).toEqual(ENGINE_IDS)
  const settings = { rounds: 5, seconds: 4, stallSeconds: 10, updates: 10, durability: 'disk' } as const
  for (const id of SCENARIO_IDS) {
    const missing: string[] = []
    const plans = scenarioOf(id).plans(engines, settings, (engine) => missing.push(engine))
    const named = new Set([...plans.map(({ subject }) => subject.engine), ...missing])
    expect([id, ENGINE_IDS.every((engine) => named.has(engine))]).toEqual([id, true])
  }
})
