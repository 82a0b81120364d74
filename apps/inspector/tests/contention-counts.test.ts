import { type Activity, adviceOf, Contention, jain, summarize } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'

const START_MS = Date.UTC(2026, 10, 21, 14, 0, 0)
const OUTCOMES = ['won', 'lost', 'lost', 'busy', 'unknown', 'error'] as const

function attempt(fields: Partial<Extract<Activity, { type: 'attempt' }>> = {}): Activity {
  return { type: 'attempt', atMs: START_MS, ms: 1, key: '/k', writer: 'a@h/1', outcome: 'won', updates: 1, ...fields }
}

function summaryOf(contention: Contention, nowMs: number, windowSeconds = 600) {
  return summarize(contention, { nowMs, windowSeconds, order: { column: 'rate', isReversed: false }, keysMax: 100_000 })
}

/** Attempts of many keys, a few of which are hot, over some minutes. */
function randomAttempts(seed: number, count: number, keys: number): Extract<Activity, { type: 'attempt' }>[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => ({
    type: 'attempt' as const,
    atMs: START_MS + random(300_000),
    ms: random(1000),
    key: `/k/${Math.min(random(keys), random(keys), random(keys))}`,
    writer: `w@h/${random(5)}`,
    outcome: OUTCOMES[random(OUTCOMES.length)] ?? 'won',
    updates: 1 + random(4),
  }))
}

test.each([1, 2, 3, 4, 5])('counts of a window are those of counting every event, seed %i', (seed) => {
  const events = randomAttempts(seed, 3000, 200)
  const contention = new Contention()
  for (const event of events) contention.add(event)
  for (const windowSeconds of [10, 60, 600]) {
    const nowMs = START_MS + 200_000 + seed * 321
    const sinceS = Math.floor(nowMs / 1000) - windowSeconds
    const inWindow = events.filter(({ atMs }) => {
      const second = Math.floor(atMs / 1000)
      return second > sinceS && second <= Math.floor(nowMs / 1000)
    })
    const summary = summaryOf(contention, nowMs, windowSeconds)
    const keys = Map.groupBy(inWindow, ({ key }) => key)
    expect(summary.keyCount).toBe(keys.size)
    expect(summary.total.won).toBe(inWindow.filter(({ outcome }) => outcome === 'won').length)
    expect(summary.keys.map(({ key, tally, error }) => ({ key, ...tally, error }))).toEqual(
      expect.arrayContaining(
        [...keys].map(([key, those]) => {
          const of = (...outcomes: string[]) => those.filter(({ outcome }) => outcomes.includes(outcome))
          return {
            key,
            won: of('won').length,
            lost: of('lost').length,
            unknown: of('unknown').length,
            failed: of('busy', 'error').length,
            commits: 0,
            updates: of('won').reduce((sum, { updates }) => sum + updates, 0),
            committedUpdates: 0,
            wastedMs: of('lost').reduce((sum, { ms }) => sum + ms, 0),
            longestMs: Math.max(...those.map(({ ms }) => ms)),
            error: 0,
          }
        }),
      ),
    )
  }
})

test.each([1, 2, 3, 4, 5])(
  'with more keys than are counted exactly, no hot one is missing and none is off by more than its error, seed %i',
  (seed) => {
    const events = randomAttempts(seed, 5000, 4000)
    const contention = new Contention({ exactKeysMax: 300, topKeys: 20 })
    for (const event of events) contention.add(event)
    const summary = summaryOf(contention, START_MS + 300_000)
    const truth = new Map<string, number>()
    for (const { key } of events) truth.set(key, (truth.get(key) ?? 0) + 1)
    expect(summary.keyCount).toBeLessThan(truth.size)
    let inexact = 0
    for (const { key, tally, error } of summary.keys) {
      const seen = tally.won + tally.lost + tally.unknown + tally.failed
      const missing = (truth.get(key) ?? 0) - seen
      expect(missing, key).toBeGreaterThanOrEqual(0)
      expect(missing, key).toBeLessThanOrEqual(error)
      if (error > 0) inexact++
    }
    expect(inexact).toBeGreaterThan(0)
    const shown = new Set(summary.keys.map(({ key }) => key))
    for (const [key, count] of truth) if (count > events.length / 20) expect(shown).toContain(key)
  },
)

test('one second of many keys keeps every key that was seen more often than the least one that is kept', () => {
  const contention = new Contention({ exactKeysMax: 0, topKeys: 8 })
  const random = seededRandom(7)
  const truth = new Map<string, number>()
  for (let n = 0; n < 4000; n++) {
    const key = n % 3 !== 0 ? `/hot/${random(4)}` : `/cold/${n}`
    truth.set(key, (truth.get(key) ?? 0) + 1)
    contention.add(attempt({ key }))
  }
  const { keys } = summaryOf(contention, START_MS)
  expect(keys).toHaveLength(8)
  const shown = new Set(keys.map(({ key }) => key))
  for (const key of ['/hot/0', '/hot/1', '/hot/2', '/hot/3']) expect(shown).toContain(key)
  for (const { key, tally, error } of keys) {
    expect(tally.won + error).toBeGreaterThanOrEqual(truth.get(key) ?? 0)
    expect(tally.won).toBeLessThanOrEqual(truth.get(key) ?? 0)
  }
})

test('many times as many keys in one second as can be counted do not take a look at all of them each', () => {
  const contention = new Contention()
  // A search for the least in all 100,000 for each of the others would not end within the time of a test.
  for (let n = 0; n < 400_000; n++) contention.add(attempt({ key: n % 4 === 0 ? '/hot' : `/cold/${n}` }))
  const { keys, keyCount } = summaryOf(contention, START_MS)
  expect(keyCount).toBe(100_000)
  expect(keys[0]).toMatchObject({ key: '/hot', tally: { won: 100_000 } })
})

test('a folded write is to the credit of those whose updates it holds', () => {
  const contention = new Contention()
  contention.add(attempt({ updates: 3, updateWriters: ['a@h/1', 'b@h/1', 'c@h/1'] }))
  const { writers, fairness } = summaryOf(contention, START_MS)
  expect(writers.map(({ writer, won, updates, share }) => ({ writer, won, updates, share }))).toEqual([
    { writer: 'a@h/1', won: 1, updates: 1, share: 1 },
    { writer: 'b@h/1', won: 0, updates: 1, share: 1 },
    { writer: 'c@h/1', won: 0, updates: 1, share: 1 },
  ])
  expect(fairness).toBeCloseTo(1)
})

test('what is older than ten minutes is forgotten, also when nothing happened in between', () => {
  const contention = new Contention()
  contention.add(attempt({ key: '/old' }))
  contention.add(attempt({ key: '/new', atMs: START_MS + 3_600_000 }))
  contention.add(attempt({ key: '/late', atMs: START_MS + 3_000_000 - 1 }))
  const { keys } = summaryOf(contention, START_MS + 3_600_000)
  expect(keys.map(({ key }) => key)).toEqual(['/new'])
})

test('an event without a date is left out', () => {
  const contention = new Contention()
  contention.add(attempt({ atMs: Number.NaN }))
  expect(contention.lastMs).toBeUndefined()
  expect(summaryOf(contention, START_MS).keys).toEqual([])
})

test('commits alone tell rates and nothing of what was lost', () => {
  const contention = new Contention()
  for (const writer of ['a@h/1', 'a@h/1', 'b@h/2']) {
    contention.add({ type: 'commit', atMs: START_MS, key: '/k', writer, updates: 3 })
  }
  const summary = summaryOf(contention, START_MS)
  expect(summary.isTraced).toBe(false)
  expect(summary.total).toMatchObject({ commits: 3, committedUpdates: 9, lost: 0 })
  expect(summary.keys).toMatchObject([{ key: '/k', writers: 2, winner: 'b@h/2' }])
  expect(summary.fairness).toBeCloseTo(0.9)
})

test('versions that a store has forgotten are missing where nothing is traced, and not where attempts tell of them', () => {
  const contention = new Contention()
  contention.add({ type: 'gap', atMs: START_MS, of: 'commits', missing: 5 })
  expect(summaryOf(contention, START_MS).missing).toBe(5)
  contention.add(attempt())
  expect(summaryOf(contention, START_MS).missing).toBe(0)
  contention.add({ type: 'gap', atMs: START_MS, of: 'trace', missing: 3 })
  expect(summaryOf(contention, START_MS).missing).toBe(3)
})

test('rates are over the time since the first event where the window is longer', () => {
  const contention = new Contention()
  contention.add(attempt())
  expect(summaryOf(contention, START_MS + 4000).rateSeconds).toBe(5)
  expect(summaryOf(contention, START_MS + 4000, 3).rateSeconds).toBe(3)
})

test('the longest losing streak counts losses in a row, and a win ends it', () => {
  const contention = new Contention()
  for (const outcome of ['lost', 'lost', 'won', 'lost', 'lost', 'lost', 'unknown', 'lost', 'won', 'lost'] as const) {
    contention.add(attempt({ outcome }))
  }
  expect(summaryOf(contention, START_MS).writers).toMatchObject([
    { writer: 'a@h/1', longestStreak: 4, won: 2, lost: 7 },
  ])
})

test('updates are told by the attempts they needed, and those that gave up by why', () => {
  const contention = new Contention()
  const update = (end: string, attempts: number): Activity => ({
    type: 'update',
    atMs: START_MS,
    ms: 5,
    key: '/k',
    writer: 'a@h/1',
    end,
    attempts,
  })
  for (const each of [update('ok', 1), update('ok', 1), update('ok', 3), update('timeout', 9), update('noop', 1)]) {
    contention.add(each)
  }
  const { attemptsToWin, gaveUp, writers } = summaryOf(contention, START_MS)
  expect(attemptsToWin.slice(0, 5)).toEqual([0, 2, 0, 1, 0])
  expect([...gaveUp]).toEqual([['timeout', 1]])
  expect(writers).toMatchObject([{ done: 3, gaveUp: 1, starved: 1 }])
})

test("Jain's index is 1 for equal shares and 1/n when one has all", () => {
  expect(jain([5, 5, 5, 5])).toBeCloseTo(1)
  expect(jain([7, 0, 0, 0])).toBeCloseTo(0.25)
  expect(jain([])).toBeUndefined()
})

test('advice names the record that wastes most, and says why when nothing is folded', () => {
  const contention = new Contention()
  for (let n = 0; n < 40; n++) {
    contention.add(attempt({ key: '/hot', outcome: n % 2 ? 'won' : 'lost', writer: `w@h/${n % 4}`, ms: 10 }))
    contention.add(attempt({ key: '/calm', writer: `w@h/${n % 4}` }))
  }
  const advice = adviceOf(summaryOf(contention, START_MS))
  expect(advice).toHaveLength(1)
  expect(advice[0]).toMatchObject({ about: '/hot' })
  expect(advice[0]?.text).toMatch(/4 writers in 4 processes, 50% of attempts lost.*default mode of casUpdate/)
})

test('advice is silent where little happened', () => {
  const contention = new Contention()
  for (let n = 0; n < 6; n++) contention.add(attempt({ outcome: n % 2 ? 'won' : 'lost', writer: `w@h/${n}` }))
  expect(adviceOf(summaryOf(contention, START_MS))).toEqual([])
})

test('the trend has its newest point last', () => {
  const contention = new Contention()
  contention.add(attempt({ atMs: START_MS }))
  contention.add(attempt({ atMs: START_MS + 9000 }))
  contention.add(attempt({ atMs: START_MS + 9000 }))
  const { trend } = summaryOf(contention, START_MS + 9500, 10)
  expect(trend).toMatchObject({ secondsEach: 1, won: [1, 0, 0, 0, 0, 0, 0, 0, 0, 2] })
})
