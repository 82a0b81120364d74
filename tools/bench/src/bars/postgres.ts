import type { Results, SubjectResults } from '../results.ts'
import type { ScenarioId } from '../scenarios/scenario.ts'
import { KEEP_NOTHING } from '../scenarios/updates.ts'
import type { Bar, BarResult } from './bar.ts'
import { bestOf, judge, oursIn, relation } from './bar.ts'

const ENGINE = 'latchless/postgres'

/** A peer at its best: with a named statement or without, whichever does more. */
function peerIn(
  results: Results,
  scenario: ScenarioId,
  engine: string,
  keeps: 'history' | 'bare',
): SubjectResults | undefined {
  return bestOf(results.where({ scenario, engine }).filter(({ subject }) => subject.mode.startsWith(keeps)))
}

/** A peer that writes a history row with each update, as ours does. */
function withHistory(results: Results, scenario: ScenarioId, engine: string): SubjectResults | undefined {
  return peerIn(results, scenario, engine, 'history')
}

function calm(results: Results, scenario: ScenarioId): BarResult[] {
  const ours = oursIn(results, scenario, ENGINE)
  return [
    judge({ scenario, engine: ENGINE, bar: 'fairness ≥ 0.9', value: ours?.median('fairness'), atLeast: 0.9 }),
    judge({ scenario, engine: ENGINE, bar: 'no failure', value: ours?.total('failures'), atMost: 0 }),
  ]
}

const hot4x4: Bar = (results) => {
  const scenario = 'hot-4x4'
  const ours = oursIn(results, scenario, ENGINE)
  const peers = results
    .where({ scenario })
    .filter(({ subject }) => subject.engine.startsWith('pg/') && subject.mode.startsWith('history'))
  const best = bestOf(peers)
  const statement = withHistory(results, scenario, 'pg/statement')
  const forUpdate = withHistory(results, scenario, 'pg/for-update')
  const bar = `≥ 2.5 × the best peer's operations${best ? `, ${best.subject.engine} ${best.subject.mode}` : ''}`
  return [
    judge({ scenario, engine: ENGINE, bar, ...relation(ours, best, 'opsPerSecond'), atLeast: 2.5 }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'p99 ≤ 1/3 of pg/statement',
      ...relation(ours, statement, 'p99Ms'),
      atMost: 1 / 3,
    }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'p99 ≤ 1/10 of pg/for-update',
      ...relation(ours, forUpdate, 'p99Ms'),
      atMost: 0.1,
    }),
    ...calm(results, scenario),
  ]
}

const hot4x16: Bar = (results) => {
  const scenario = 'hot-4x16'
  const ours = oursIn(results, scenario, ENGINE)
  const peer = withHistory(results, scenario, 'pg/for-update')
  return [
    judge({
      scenario,
      engine: ENGINE,
      bar: '≥ 8 × pg/for-update',
      ...relation(ours, peer, 'opsPerSecond'),
      atLeast: 8,
    }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'p99 ≤ 1/10 of pg/for-update',
      ...relation(ours, peer, 'p99Ms'),
      atMost: 0.1,
    }),
    ...calm(results, scenario),
  ]
}

const hot1x64: Bar = (results) => {
  const scenario = 'hot-1x64'
  const pair = relation(
    oursIn(results, scenario, ENGINE),
    withHistory(results, scenario, 'pg/for-update'),
    'opsPerSecond',
  )
  return [judge({ scenario, engine: ENGINE, bar: '≥ 40 × pg/for-update', ...pair, atLeast: 40 })]
}

const uncontended: Bar = (results) => {
  const scenario = 'uncontended'
  const ours = oursIn(results, scenario, ENGINE)
  const light = oursIn(results, scenario, ENGINE, KEEP_NOTHING)
  const bare = peerIn(results, scenario, 'pg/statement', 'bare')
  const cas = withHistory(results, scenario, 'pg/naive-cas')
  return [
    judge({
      scenario,
      engine: ENGINE,
      bar: '≥ 1.2 × pg/naive-cas',
      ...relation(ours, cas, 'opsPerSecond'),
      atLeast: 1.2,
    }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'without history at most 1.15 × the time of a bare UPDATE',
      ...relation(bare, light, 'opsPerSecond'),
      atMost: 1.15,
    }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'with history at most 1.4 × the time of a bare UPDATE',
      ...relation(bare, ours, 'opsPerSecond'),
      atMost: 1.4,
    }),
  ]
}

const disjoint64: Bar = (results) => {
  const scenario = 'disjoint-64'
  const ours = oursIn(results, scenario, ENGINE)
  const light = oursIn(results, scenario, ENGINE, KEEP_NOTHING)
  const bare = peerIn(results, scenario, 'pg/statement', 'bare')
  const forUpdate = withHistory(results, scenario, 'pg/for-update')
  return [
    judge({
      scenario,
      engine: ENGINE,
      bar: '≥ 1.2 × pg/for-update',
      ...relation(ours, forUpdate, 'opsPerSecond'),
      atLeast: 1.2,
    }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'without history ≥ 0.8 × a bare UPDATE',
      ...relation(light, bare, 'opsPerSecond'),
      atLeast: 0.8,
    }),
    judge({
      scenario,
      engine: ENGINE,
      bar: 'with history ≥ 0.65 × a bare UPDATE',
      ...relation(ours, bare, 'opsPerSecond'),
      atLeast: 0.65,
    }),
  ]
}

export const postgresBars: readonly Bar[] = [hot4x4, hot4x16, hot1x64, uncontended, disjoint64]
