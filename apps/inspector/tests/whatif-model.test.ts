import { join } from 'node:path'
import { modelInputs, parsePolicy, readTrace, RUNS, type Trace, whatIf } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { modelledLines, READ_US, WRITE_US } from './modelled-trace.ts'
import { recordStorm } from './storm.ts'
import { done, MS, read, traceOf, won } from './trace-lines.ts'

const all = (trace: Trace) => modelInputs(trace, { fromUs: trace.startUs, toUs: trace.endUs })
const model = (trace: Trace, policy: string) => whatIf(all(trace), policy === '' ? {} : parsePolicy(policy))

/** Four processes of eight writers, whose updates are combined. */
async function combinedStorm(): Promise<Trace> {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 4, writers: 8, updatesEach: 25 })
  return await readTrace([file])
}

describe('the inputs of the model', () => {
  test('are how long reads, writes and apply took, and how updates were made', async () => {
    const { costs, mode, loads, processes, updates } = all(
      await traceOf(modelledLines({ writers: 8, processes: 2, updates: 400, gapUs: 5 * MS })),
    )
    expect({ mode, processes, updates, writers: loads.length }).toEqual({
      mode: 'plain',
      processes: 2,
      updates: 400,
      writers: 8,
    })
    expect([costs.read.percentile(0.5), costs.won.percentile(0.5), costs.serviceUs]).toEqual([
      READ_US,
      WRITE_US,
      WRITE_US,
    ])
    expect([costs.think.percentile(0.99), costs.late.percentile(0.99)]).toEqual([0, 0])
  })

  test('are those of the window and of the record', async () => {
    const hot = modelledLines({ writers: 4, updates: 100, gapUs: 5 * MS })
    const other = modelledLines({ writers: 2, updates: 50, gapUs: 5 * MS, seed: 2 }).map((line) => ({
      ...line,
      op: `other-${String(line['op'])}`,
      ...('key' in line ? { key: '/other' } : {}),
    }))
    const trace = await traceOf([...hot, ...other])
    const inWindow = (toUs: number, key?: string) =>
      modelInputs(trace, {
        fromUs: trace.startUs,
        toUs: trace.startUs + toUs,
        key: key === undefined ? undefined : trace.names.find(key),
      })
    expect(inWindow(1e9)).toMatchObject({ updates: 150, records: 2 })
    expect(inWindow(1e9, '/other')).toMatchObject({ updates: 50, records: 1 })
    const starts = hot.filter(({ e, t }) => e === 'done' && Number(t) <= 200 * MS)
    expect(inWindow(200 * MS, '/hot').updates).toBe(starts.length)
  })

  test('are refused when there is too little, or nothing but commits', async () => {
    const few = await traceOf(modelledLines({ writers: 4, updates: 19, gapUs: MS }))
    expect(() => all(few)).toThrow(
      'Cannot model the window: it holds 19 updates with writes and an end, expected 20 updates or more',
    )
    const commits = Array.from({ length: 50 }, (_, at) => ({ e: 'commit', t: at, w: 'a@h/1', key: '/k', ver: at + 1 }))
    const bare = await traceOf(commits)
    expect(() => all(bare)).toThrow('it holds 0 updates')
    const noops = Array.from({ length: 50 }, (_, at) => [
      read(at, 1, 3, { op: `n${at}` }),
      done(at, 1, { op: `n${at}`, out: 'noop' }),
    ])
    const idle = await traceOf(noops.flat())
    expect(() => all(idle)).toThrow('it holds 0 updates')
    const unanswered = modelledLines({ writers: 4, updates: 30, gapUs: MS }).map((line) =>
      line['e'] === 'cas' ? { ...line, out: 'unknown' } : line,
    )
    const silent = await traceOf(unanswered)
    expect(() => all(silent)).toThrow('none of its writes is known to have won')
  })
})

describe('the model', () => {
  test.each([
    { writers: 8, gapUs: 12 * MS },
    { writers: 8, gapUs: 5 * MS },
    { writers: 16, gapUs: 4 * MS },
  ])('makes of known parameters what they made, within a twentieth: %o', async ({ writers, gapUs }) => {
    const trace = await traceOf(modelledLines({ writers, updates: 1500, gapUs }))
    const { measured } = all(trace)
    const { figures } = await model(trace, '')
    expect(Math.abs((figures.lossRate?.median ?? 1) - (measured.lossRate ?? 0))).toBeLessThan(0.05)
    expect(figures.updatesPerSecond?.median).toBeCloseTo(measured.updatesPerSecond ?? 0, -1)
    expect(figures.p50Us?.low).toBeLessThanOrEqual(measured.p50Us ?? 0)
    expect(figures.p50Us?.high).toBeGreaterThanOrEqual(measured.p50Us ?? 0)
  })

  test('loses as often as independent rivals do, where they are rare', async () => {
    const gapUs = 20 * MS
    const trace = await traceOf(modelledLines({ writers: 50, updates: 3000, gapUs }))
    const openUs = READ_US / 2 + WRITE_US / 2
    const { figures } = await model(trace, '')
    expect(figures.lossRate?.median).toBeCloseTo(1 - Math.exp(-openUs / gapUs), 1)
  })

  test('says the same for the same seed, and something else for another', async () => {
    const inputs = all(await traceOf(modelledLines({ writers: 8, updates: 200, gapUs: 5 * MS })))
    const first = await whatIf(inputs, {}, { seed: 7 })
    expect(await whatIf(inputs, {}, { seed: 7 })).toEqual(first)
    expect(await whatIf(inputs, {}, { seed: 8 })).not.toEqual(first)
  })

  test('loses more with more writers', async () => {
    const trace = await traceOf(modelledLines({ writers: 8, updates: 400, gapUs: 10 * MS }))
    const rates: number[] = []
    for (const writers of [2, 4, 8, 16, 32]) {
      rates.push((await model(trace, `writers=${writers}`)).figures.lossRate?.median ?? 0)
    }
    expect(rates).toEqual(rates.toSorted((a, b) => a - b))
    expect(new Set(rates).size).toBe(rates.length)
  })

  test('wastes less with full jitter than without waits, where rivals are many', async () => {
    const trace = await traceOf(modelledLines({ writers: 8, updates: 80, gapUs: 10 * MS }))
    const jitter = await model(trace, 'writers=64,backoff=5ms..500ms')
    const none = await model(trace, 'writers=64,backoff=none')
    expect(jitter.figures.wastedShare?.high).toBeLessThan(none.figures.wastedShare?.low ?? 0)
  })

  test('makes fewer attempts when updates are combined, and more when they no longer are', async () => {
    const trace = await combinedStorm()
    const combined = await model(trace, '')
    const plain = await model(trace, 'mode=plain')
    expect(all(trace).mode).toBe('combine')
    expect(combined.attempts).toBeLessThan(plain.attempts / 2)
    expect(combined.figures.updatesPerWrite?.median).toBeGreaterThan(2)
    expect(plain.figures.updatesPerWrite?.median).toBe(1)
  })

  test.each(['', 'mode=plain', 'mode=combine', 'backoff=none', 'mode=plain,backoff=none', 'writers=3'])(
    'brings every update to one end under %j',
    async (policy) => {
      const trace = await combinedStorm()
      const writers = policy === 'writers=3' ? 3 : 4
      const { updates, gaveUp, unfinished } = await model(trace, policy)
      expect([updates + gaveUp, unfinished]).toEqual([RUNS * 200 * writers, 0])
    },
  )

  test('gives up after as many attempts as casUpdate does', async () => {
    const trace = await traceOf(modelledLines({ writers: 8, updates: 100, gapUs: MS }))
    const { updates, gaveUp, unfinished } = await model(trace, 'writers=64,backoff=none')
    expect(gaveUp).toBeGreaterThan(0)
    expect(updates).toBeGreaterThan(0)
    expect(unfinished).toBe(0)
  })

  test('stops at its limit of attempts, and says what had not ended', async () => {
    const inputs = all(await traceOf(modelledLines({ writers: 8, updates: 400, gapUs: 5 * MS })))
    const { attempts, updates, gaveUp, unfinished } = await whatIf(inputs, {}, { attemptsMax: 100 })
    expect(attempts).toBe(100 * RUNS)
    expect(updates + gaveUp + unfinished).toBe(400 * RUNS)
    expect(unfinished).toBeGreaterThan(0)
  })

  test('takes the start of a trace of 130,000 events, and makes no more attempts than it may', async () => {
    const lines = modelledLines({ writers: 32, updates: 28_000, gapUs: 5 * MS })
    expect(lines.length).toBeGreaterThan(130_000)
    const trace = await traceOf(lines)
    const inputs = all(trace)
    expect([inputs.updates, inputs.leftOut]).toEqual([3000, 25_000])
    const { attempts, updates, gaveUp, unfinished } = await whatIf(inputs, { writers: 33 })
    expect(attempts).toBeLessThanOrEqual(RUNS * 100_000)
    expect(updates + gaveUp + unfinished).toBeLessThanOrEqual(RUNS * 3000)
  })

  test('ends when it is told to', async () => {
    const inputs = all(await traceOf(modelledLines({ writers: 8, updates: 200, gapUs: 5 * MS })))
    const stop = new AbortController()
    const running = whatIf(inputs, {}, { signal: stop.signal })
    stop.abort()
    await expect(running).rejects.toThrow('aborted')
  })

  test('lets time pass in order for updates that take none', async () => {
    const instant = Array.from({ length: 30 }, (_, at) => [
      won(at, 0, at, `w${at}`, { op: `o${at}` }),
      done(at, 0, { op: `o${at}` }),
    ])
    const { updates, figures } = await model(await traceOf(instant.flat()), '')
    expect([updates, figures.lossRate?.high]).toEqual([30 * RUNS, 0])
  })
})
