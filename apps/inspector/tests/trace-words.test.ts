import { Explanation, gotoUs, Makers, type Trace, winnerOf, writerLabels } from '@latchless/inspector'
import { expect, test } from 'vitest'
import { duelLines, lost, MS, read, traceOf, won } from './trace-lines.ts'

const A = { w: 'a@h/1', op: 'opA' }
const B = { w: 'b@h/2', op: 'opB' }

const LINES = duelLines(A, B)

function linesOf(trace: Trace, event: number): string {
  const label = (writer: number): string => trace.names.text(writer).slice(0, 1)
  const explanation = new Explanation(trace, new Makers(trace), label, event)
  return [explanation.title, ...explanation.lines].join('\n')
}

test('a loss is told with its winner, its wait, what came of the update and what it cost', async () => {
  const trace = await traceOf(LINES)
  expect(linesOf(trace, 6)).toBe(
    [
      'b, update opB, attempt 1 of 2',
      'read v4 at 0.000 s   v4 to v5 sent at 0.012 s   answered after 31 ms: LOST, the head was already v5',
      'lost to a, which had the same v4 and made v5 at 0.030 s (13 ms sooner)',
      'chain  1 lost to a (v5), 2 won v6, ended ok at 0.070 s',
      'waited 17 ms for conflict (17 ms drawn from 0 µs to 34 ms)   goes on at 0.060 s',
      'cost  2 attempts in 70 ms: 47 ms in flight, 17 ms waiting',
    ].join('\n'),
  )
})

test('a loss to a writer that was not recorded names it all the same', async () => {
  const trace = await traceOf([lost(0, 10, 4, 'wB', { cur: 5, by: 'stranger@x/3', byWrite: 'wX' }, B)])
  expect(linesOf(trace, 0)).toContain('lost to s, which made v5 and was not recorded')
  expect(winnerOf(trace, new Makers(trace), 0)).toMatchObject({ version: 5, isRecorded: false })
})

test('an unknown answer is told with what is known of it now', async () => {
  const unknown = { ...won(0, 10 * MS, 4, 'wB', B), out: 'unknown' }
  expect(linesOf(await traceOf([unknown]), 0)).toContain('UNKNOWN, it may have landed')
  const landed = [unknown, lost(20 * MS, 10 * MS, 4, 'wA', { cur: 5, by: 'b@h/2', byWrite: 'wB' }, A)]
  expect(linesOf(await traceOf(landed), 0)).toContain('UNKNOWN, and it has landed, as is told at 0.030 s')
})

test.each([
  ['1.5s', 1_500_000],
  ['20ms', 20_000],
  ['+50ms', 1_050_000],
  ['-250ms', 750_000],
  ['50%', 2_000_000],
  ['v6', 70_000],
  ['m2', 3_000_000],
  ['op opB', 0],
  ['2026-11-21T14:00:02Z', 2_000_000],
  ['99h', 4_000_000],
])('gotoUs() finds %s', async (text, us) => {
  const trace = await traceOf([...LINES, read(4_000_000, 0, 6, A)])
  const { startUs } = trace
  const marks = [startUs + 10, startUs + 3_000_000]
  const context = {
    trace,
    makers: new Makers(trace),
    cursorUs: startUs + 1_000_000,
    key: trace.names.find('/k'),
    marks,
  }
  expect(gotoUs(text, context) - startUs).toBe(us)
})

test.each(['', 'soon', 'v99', 'm3', 'op nobody', '5 %'])('gotoUs() refuses %j', async (text) => {
  const trace = await traceOf(LINES)
  const context = { trace, makers: new Makers(trace), cursorUs: trace.startUs, key: trace.names.find('/k'), marks: [] }
  expect(() => gotoUs(text, context)).toThrow(RangeError)
})

test('writerLabels() says as much as tells writers apart', () => {
  expect([...writerLabels(['api@h/1', 'batch@h/1']).values()]).toEqual(['api', 'batch'])
  expect([...writerLabels(['api@h/1', 'api@h/2']).values()]).toEqual(['api/1', 'api/2'])
  expect([...writerLabels(['api@h/1', 'api@g/1']).values()]).toEqual(['api@h/1', 'api@g/1'])
})
