import type { Bar } from './bar.ts'
import { bestOf, judge, oursIn, relation } from './bar.ts'

const SQLITE_PEERS = new Set(['deno-kv', 'better-sqlite3', 'node-sqlite', 'libsql'])
/** A peer that lets some processes starve has no throughput to compare with. */
const PEER_FAIRNESS_MIN = 0.5

const sqlite: Bar = (results) => {
  const [scenario, engine, durability] = ['hot-4x4', 'latchless/sqlite', 'disk'] as const
  const ours = results.one({ scenario, engine, mode: 'combine', durability })
  const peers = results
    .where({ scenario, durability })
    .filter((peer) => SQLITE_PEERS.has(peer.subject.engine) && peer.median('fairness') >= PEER_FAIRNESS_MIN)
  const best = bestOf(peers)
  const name = best ? `, ${best.subject.engine} ${best.subject.mode}` : ''
  return [
    judge({ scenario, engine, bar: 'p99.9 ≤ 100 ms', value: ours?.median('p999Ms'), unit: ' ms', atMost: 100 }),
    judge({ scenario, engine, bar: 'fairness ≥ 0.8', value: ours?.median('fairness'), atLeast: 0.8 }),
    judge({
      scenario,
      engine,
      bar: 'event loop stalled ≤ 50 ms',
      value: ours?.median('loopStallMs'),
      unit: ' ms',
      atMost: 50,
    }),
    judge({
      scenario,
      engine,
      bar: `at least the best fair SQLite peer's operations${name}`,
      ...relation(ours, best, 'opsPerSecond'),
      atLeast: 1,
    }),
  ]
}

const local: Bar = (results) => {
  const [scenario, engine, durability] = ['hot-4x4', 'latchless/local', 'disk'] as const
  const ours = results.one({ scenario, engine, mode: 'combine', durability })
  const peer = results.one({ scenario, engine: 'lockfile+write-file-atomic' })
  return [
    judge({
      scenario,
      engine,
      bar: '≥ 3 × lockfile+write-file-atomic',
      ...relation(ours, peer, 'opsPerSecond'),
      atLeast: 3,
    }),
    judge({ scenario, engine, bar: 'p99 ≤ 1/10 of it', ...relation(ours, peer, 'p99Ms'), atMost: 0.1 }),
  ]
}

const memory: Bar = (results) => {
  const [scenario, engine] = ['hot-1x64', 'latchless/memory'] as const
  const ours = oursIn(results, scenario, engine)
  return [
    judge({
      scenario,
      engine,
      bar: '≥ 200,000 updates/s',
      value: ours?.median('opsPerSecond'),
      unit: '/s',
      atLeast: 200_000,
    }),
    judge({
      scenario,
      engine,
      bar: 'event loop stalled < 20 ms',
      value: ours?.median('loopStallMs'),
      unit: ' ms',
      atMost: 20,
    }),
  ]
}

export const embeddedBars: readonly Bar[] = [sqlite, local, memory]
