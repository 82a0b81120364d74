import type { Acknowledgement } from '@latchless/demo'
import { delayOf, fairnessOf, latencyOf, parseJournal, percentile } from '@latchless/demo'
import { describe, expect, test } from 'vitest'

function acknowledgement(startMs: number, tookMs: number): Acknowledgement {
  return { type: 'acknowledged', path: '/a', writer: 'w', sequence: 1, startMs, tookMs }
}

test('percentile() is the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([0.5, 0.99, 1].map((fraction) => percentile(hundred, fraction))).toEqual([50, 99, 100])
  expect(percentile([7], 0.01)).toBe(7)
  expect(percentile([], 0.5)).toBe(0)
})

test('latencyOf() sorts by number', () => {
  expect(latencyOf([9, 10, 100].map((ms) => acknowledgement(0, ms)))).toEqual({ p50Ms: 10, p99Ms: 100, maxMs: 100 })
})

test('fairnessOf() is the fewest by the most, and 0 when nobody got anything', () => {
  expect(fairnessOf([50, 100, 80])).toBe(0.5)
  expect(fairnessOf([100, 0])).toBe(0)
  expect(fairnessOf([0, 0])).toBe(0)
})

describe('delayOf()', () => {
  const before = { from: 1000, to: 2000 }
  const stop = { from: 2000, to: 3000 }

  test('is about 0 when the stop changes nothing', () => {
    expect(delayOf([acknowledgement(1500, 5), acknowledgement(2500, 5)], before, stop)).toBe(0)
  })

  test('shows a call that was blocked until the stopped process went on', () => {
    expect(delayOf([acknowledgement(1500, 5), acknowledgement(1999, 1010)], before, stop)).toBe(995)
  })

  test('does not blame the stop for a call that was slow before and after it', () => {
    const always = acknowledgement(500, 3000)
    expect(delayOf([always, acknowledgement(1500, 5), acknowledgement(2500, 5)], before, stop)).toBe(0)
  })

  test('leaves out calls outside both windows', () => {
    const outside = [acknowledgement(900, 50), acknowledgement(3000, 50)]
    expect(delayOf([...outside, acknowledgement(1500, 5), acknowledgement(2500, 6)], before, stop)).toBe(1)
  })

  test('is null when there is nothing to compare', () => {
    expect(delayOf([acknowledgement(1500, 5)], before, stop)).toBeNull()
    expect(delayOf([acknowledgement(2500, 5)], before, stop)).toBeNull()
  })
})

describe('parseJournal()', () => {
  const line = '{"type":"intent","path":"/a","writer":"w","sequence":1}\n'

  test('drops a last line that the kill cut off', () => {
    expect(parseJournal(line + line.slice(0, 20), 'j')).toHaveLength(1)
    expect(parseJournal('', 'j')).toEqual([])
  })

  test('refuses any other broken line', () => {
    expect(() => parseJournal(`${line}{}\n${line}`, 'j')).toThrow(
      'Cannot read journal "j": line 2 is not a journal line',
    )
  })
})
