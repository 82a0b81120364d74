import { join } from 'node:path'
import { arrivalsOf, casUpdateWaits, KIND, modelInputs, readTrace, type Trace } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from './fixture-store.ts'
import { recordStorm } from './storm.ts'
import { MS } from './trace-lines.ts'

const span = (startUs: number, endUs: number) => ({ key: 1, startUs, endUs })

describe('updates of a writer', () => {
  test('wait for the one before them where it goes round in a loop', () => {
    const loop = [span(100, 500), span(510, 900), span(920, 1500)]
    expect(arrivalsOf(loop, 100)).toEqual([
      { key: 1, atUs: 0, after: undefined },
      { key: 1, atUs: 10, after: 0 },
      { key: 1, atUs: 20, after: 1 },
    ])
  })

  test('wait for one each where several loops share a writer', () => {
    const loops = [span(0, 500), span(0, 600), span(505, 900), span(610, 1000), span(905, 1200)]
    expect(arrivalsOf(loops, 0).map(({ after }) => after)).toEqual([undefined, undefined, 0, 1, 2])
  })

  test('come at their times where they come from elsewhere', () => {
    const requests = [0, 40, 90, 200].map((ms) => span(ms * MS, (ms + 5) * MS))
    expect(arrivalsOf(requests, 0)).toEqual(
      requests.map(({ key, startUs }) => ({ key, atUs: startUs, after: undefined })),
    )
  })
})

async function storm(mode: 'plain' | 'combine'): Promise<Trace> {
  const file = join(await temporaryDirectory(), 'storm.castrace.jsonl')
  await recordStorm(file, { processes: 4, writers: 4, updatesEach: 40, mode })
  return await readTrace([file])
}

/** Of each wait for a reason: the attempt it was behind, and the range that it was drawn from. */
function waitsOf({ columns, names, count }: Trace, why: string): { attempt: number; lowUs: number; highUs: number }[] {
  return Array.from({ length: count }, (_, event) => event)
    .filter((event) => columns.kind[event] === KIND.wait && names.text(columns.word[event] ?? -1) === why)
    .map((event) => ({
      attempt: columns.attempt[event] ?? 0,
      lowUs: columns.first[event] ?? 0,
      highUs: columns.second[event] ?? 0,
    }))
}

describe('the waits of the model', () => {
  test('are those of the plain mode of casUpdate', async () => {
    const trace = await storm('plain')
    const waits = waitsOf(trace, 'conflict')
    const { afterLoss } = casUpdateWaits('plain', 100)
    expect(waits.length).toBeGreaterThan(5)
    for (const { attempt, lowUs, highUs } of waits) expect([lowUs, highUs]).toEqual(afterLoss(attempt))
    expect(modelInputs(trace, { fromUs: trace.startUs, toUs: trace.endUs }).mode).toBe('plain')
  })

  test('are those of its default mode', async () => {
    const trace = await storm('combine')
    const { afterLoss, afterWin } = casUpdateWaits('combine', 100)
    const losses = waitsOf(trace, 'conflict')
    const yields = waitsOf(trace, 'yield')
    expect([losses.length, yields.length].every((count) => count > 5)).toBe(true)
    for (const { lowUs, highUs } of losses) expect([lowUs, highUs]).toEqual(afterLoss(1))
    expect(afterWin()).toEqual([100, 300])
    // Both ends are rounded to whole microseconds.
    for (const { lowUs, highUs } of yields) expect(Math.abs(highUs - 3 * lowUs)).toBeLessThanOrEqual(2)
  })
})
