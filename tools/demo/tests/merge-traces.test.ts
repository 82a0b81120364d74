import { createHash } from 'node:crypto'
import { mergeTraces } from '@latchless/demo'
import { describe, expect, test } from 'vitest'

const START = '2026-01-01T00:00:00'

function trace(wall0: string, ...events: readonly object[]): string {
  return lines({ e: 'head', format: 'cas-trace', v: 1, unit: 'us', wall0, pid: 7, values: 'none' }, ...events)
}

function lines(...events: readonly object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

function parse(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

const end = { e: 'end', n: 1, t: 5 }

describe('mergeTraces()', () => {
  test('orders by the end of events, rebased to the earliest head', () => {
    const late = trace(`${START}.002Z`, { e: 'cas', t: 100, d: 50, out: 'won', op: 'late' }, end)
    const early = trace(
      `${START}.001Z`,
      { e: 'cas', t: 0, d: 1140, out: 'won', op: 'long' },
      { e: 'cas', t: 1145, d: 10, out: 'won', op: 'short' },
      end,
    )
    const [head, ...events] = parse(mergeTraces([late, early]).text)
    expect(head).toEqual({ e: 'head', format: 'cas-trace', v: 1, unit: 'us', wall0: `${START}.001Z`, values: 'none' })
    expect(events.map(({ op, t }) => [op, t])).toEqual([
      ['long', 0],
      ['late', 1100],
      ['short', 1145],
      [undefined, 1155],
    ])
  })

  test('keeps the microseconds of a head', () => {
    const first = trace(`${START}.000001Z`, { e: 'op', t: 0 }, end)
    const second = trace(`${START}.0005Z`, { e: 'op', t: 0 }, end)
    const third = trace(`${START.replace('00:00:00', '00:00:01')}Z`, { e: 'op', t: 0 }, end)
    const events = parse(mergeTraces([second, first, third]).text)
    expect(events.filter(({ e }) => e === 'op').map(({ t }) => t)).toEqual([0, 499, 999_999])
  })

  test('writes one head and one end, with the count and the checksum of what is before it', () => {
    const { text } = mergeTraces([
      trace(`${START}Z`, { e: 'op', t: 1 }, end),
      trace(`${START}Z`, { e: 'op', t: 2 }, end),
    ])
    const events = parse(text)
    expect(events.map(({ e }) => e)).toEqual(['head', 'op', 'op', 'end'])
    const body = text.slice(0, text.indexOf('{"e":"end"'))
    const sha256 = createHash('sha256').update(body).digest('hex')
    expect(events.at(-1)).toEqual({ e: 'end', n: 2, t: 2, sha256 })
  })

  test('keeps what a killed process left, up to its last whole line', () => {
    const cut = trace(`${START}Z`, { e: 'cas', t: 1, d: 1, out: 'lost' }) + '{"e":"cas","t":2,"o'
    const whole = trace(`${START}Z`, { e: 'cas', t: 3, d: 1, out: 'won' }, end)
    const merged = mergeTraces([cut, whole, ''])
    expect(merged).toMatchObject({ attempts: 2, conflicts: 1, unfinished: [0, 2] })
    expect(parse(merged.text)).toHaveLength(4)
  })

  test('counts every conditional write as an attempt and lost preconditions as conflicts', () => {
    const outs = ['won', 'lost', 'exists', 'absent', 'busy', 'unknown', 'error']
    const events = outs.map((out, t) => ({ e: 'cas', t, d: 0, out }))
    const merged = mergeTraces([trace(`${START}Z`, { e: 'done', t: 1, d: 0, out: 'lost' }, ...events, end)])
    expect(merged).toMatchObject({ attempts: 7, conflicts: 3 })
  })

  test('puts marks and events of other programs in their places, unchanged', () => {
    const text = trace(`${START}Z`, { e: 'future', t: 10, x: [1] }, { e: 'op', t: 30 }, end)
    const merged = mergeTraces([text], [{ label: 'killed', atMs: Date.parse(`${START}Z`) + 0.02 }])
    expect(parse(merged.text).slice(1, 4)).toEqual([
      { e: 'future', t: 10, x: [1] },
      { e: 'mark', t: 20, label: 'killed' },
      { e: 'op', t: 30 },
    ])
  })

  test('refuses what is not a trace and says which line is wrong', () => {
    expect(() => mergeTraces([trace(`${START}Z`, end), 'not json\n'])).toThrow(
      'Cannot merge trace 2: line 1 is not a head',
    )
    expect(() => mergeTraces([`${trace(`${START}Z`)}{}\n`])).toThrow('Cannot merge trace 1: line 2 is not an event')
    expect(() => mergeTraces([trace('yesterday', end)])).toThrow('"yesterday" is not a UTC time')
    expect(() => mergeTraces(['', ''])).toThrow('none of them has a head')
  })
})
