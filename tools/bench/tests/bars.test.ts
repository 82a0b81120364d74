import type { Measurement } from '@latchless/bench'
import { judgeBars, Results } from '@latchless/bench'
import { describe, expect, test } from 'vitest'
import { sampleMeasurement } from './sample-measurement.ts'

const ours = (different: Partial<Measurement>) =>
  sampleMeasurement({ scenario: 'hot-4x4', engine: 'latchless/postgres', ...different })
const peer = (engine: string, different: Partial<Measurement> = {}) =>
  sampleMeasurement({ scenario: 'hot-4x4', engine, mode: 'history', ...different })

function verdicts(measurements: readonly Measurement[], scenario: Measurement['scenario'], engine: string) {
  return judgeBars(measurements, [scenario])
    .filter((bar) => bar.engine === engine)
    .map(({ verdict }) => verdict)
}

describe('the bars', () => {
  test('are not measured when a part of them is missing', () => {
    expect(verdicts([], 'hot-4x4', 'latchless/postgres')).toEqual(Array.from({ length: 5 }, () => 'not measured'))
  })

  test('compare with the best peer that writes history', () => {
    const measurements = [
      ours({ opsPerSecond: 2600, p99Ms: 3 }),
      peer('pg/for-update', { opsPerSecond: 500, p99Ms: 100 }),
      peer('pg/statement', { opsPerSecond: 1000, p99Ms: 30 }),
      peer('pg/statement', { mode: 'bare', opsPerSecond: 9000 }),
    ]
    expect(verdicts(measurements, 'hot-4x4', 'latchless/postgres')).toEqual(['pass', 'pass', 'pass', 'pass', 'pass'])
    const [first] = judgeBars(measurements, ['hot-4x4'])
    expect(first).toMatchObject({ measured: '2.6 × (2600 against 1000)' })
    expect(first?.bar).toContain('pg/statement history')
  })

  test('compare with a peer at its best, which is with a named statement', () => {
    const measurements = [
      ours({ opsPerSecond: 2600, p99Ms: 6 }),
      peer('pg/statement', { opsPerSecond: 1000, p99Ms: 20 }),
      peer('pg/statement', { mode: 'history-prepared', opsPerSecond: 1600, p99Ms: 12 }),
    ]
    const [operations, p99] = judgeBars(measurements, ['hot-4x4'])
    expect(operations).toMatchObject({ verdict: 'miss', measured: '1.63 × (2600 against 1600)' })
    expect(p99).toMatchObject({ verdict: 'miss', measured: '0.5 × (6 against 12)' })
  })

  test('are not kept by doing nothing, by failing, or with rounds missing', () => {
    const convoy = (variant: string, different: Partial<Measurement> = {}) =>
      sampleMeasurement({ scenario: 'convoy', engine: 'latchless/local', variant, ...different })
    const bars = judgeBars(
      [
        convoy('stall=none', { round: 1 }),
        convoy('stall=none', { round: 2 }),
        convoy('stall=apply', { opsPerSecond: 0, p99Ms: 0, maxMs: 0, failures: 600, details: { heldUpMs: 10_000 } }),
      ],
      ['convoy'],
    ).filter(({ engine }) => engine === 'latchless/local')
    expect(bars.filter(({ verdict }) => verdict === 'pass')).toEqual([])
    const misses = bars.filter(({ verdict }) => verdict === 'miss').map(({ bar }) => bar)
    expect(misses).toEqual([
      'no failure of combine · stall=apply',
      'something done in every round of combine · stall=apply',
      'every round of combine · stall=apply measured',
    ])
  })

  test('are missed by the median of the rounds, not by one of them', () => {
    const rounds = (values: readonly number[]) =>
      values.map((opsPerSecond, index) => ours({ opsPerSecond, p99Ms: 1, round: index + 1 }))
    const peers = [peer('pg/for-update', { p99Ms: 100 }), peer('pg/statement', { opsPerSecond: 1000, p99Ms: 100 })]
    expect(verdicts([...rounds([100, 2600, 2700]), ...peers], 'hot-4x4', 'latchless/postgres')[0]).toBe('pass')
    expect(verdicts([...rounds([100, 200, 2700]), ...peers], 'hot-4x4', 'latchless/postgres')[0]).toBe('miss')
  })

  test('are missed by one failure in any round', () => {
    const measurements = [ours({ round: 1 }), ours({ round: 2 }), ours({ round: 3, failures: 1 })]
    expect(verdicts(measurements, 'hot-4x4', 'latchless/postgres').at(-1)).toBe('miss')
  })

  test('leave out SQLite peers that let a process starve', () => {
    const sqlite = sampleMeasurement({ scenario: 'hot-4x4', engine: 'latchless/sqlite', opsPerSecond: 900 })
    const fair = peer('libsql', { mode: 'cas', opsPerSecond: 800, fairness: 0.6 })
    const starving = peer('better-sqlite3', { mode: 'cas', opsPerSecond: 5000, fairness: 0.1 })
    const weaker = peer('node-sqlite', { mode: 'cas', opsPerSecond: 50_000, durability: 'process' })
    const bars = judgeBars([sqlite, fair, starving, weaker], ['hot-4x4']).filter(
      ({ engine }) => engine === 'latchless/sqlite',
    )
    expect(bars.at(-1)).toMatchObject({ verdict: 'pass' })
    expect(bars.at(-1)?.bar).toContain('libsql cas')
  })

  test('see writers that are parked, although they hardly show in the percentiles', () => {
    const convoy = (variant: string, different: Partial<Measurement>) =>
      sampleMeasurement({ scenario: 'convoy', engine: 'latchless/local', variant, ...different })
    const measurements = [
      convoy('stall=none', { details: { heldUpMs: 0 } }),
      convoy('stall=apply', { details: { heldUpMs: 10_000 } }),
      convoy('stall=call', { maxMs: 9_900, details: { heldUpMs: 10_000 } }),
      convoy('stall=stop', { p99Ms: 16, details: { heldUpMs: 10_000 } }),
    ]
    expect(verdicts(measurements, 'convoy', 'latchless/local')).toEqual([
      'pass',
      'pass',
      'pass',
      'miss',
      'miss',
      'pass',
    ])
  })

  test('report an update of ours that was lost', () => {
    const bars = judgeBars([ours({ lost: 1 })], ['hot-4x4'])
    expect(bars.at(-1)).toMatchObject({ bar: 'no update lost or repeated', verdict: 'miss' })
  })
})

test('results of a subject are its rounds, and one that fits twice is not the one', () => {
  const results = new Results([
    ours({ opsPerSecond: 1 }),
    ours({ opsPerSecond: 3, round: 2 }),
    ours({ variant: 'other' }),
  ])
  expect(results.one({ engine: 'latchless/postgres', variant: '' })?.median('opsPerSecond')).toBe(2)
  expect(results.one({ engine: 'latchless/postgres' })).toBeUndefined()
})
