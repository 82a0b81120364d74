import { busyReason, fairnessOf, growthOf, median, significant, spreadOf } from '@latchless/bench'
import { expect, test } from 'vitest'

test('the median of an even number of values lies between the two middle ones', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeNaN()
})

test('one that got nothing makes the fairness 0', () => {
  expect(fairnessOf([10, 5])).toBe(0.5)
  expect(fairnessOf([10, 0])).toBe(0)
  expect(fairnessOf([0, 0])).toBe(0)
  expect(fairnessOf([])).toBe(0)
})

test('the spread sets the distance of the rounds in relation to their median', () => {
  expect(spreadOf([90, 100, 110])).toBe(0.2)
  expect(spreadOf([0, 0])).toBe(0)
})

test('figures are shortened to the digits that mean something', () => {
  expect(significant(123_456.789)).toBe(123_500)
  expect(significant(0.000_123_456)).toBe(0.000_123_5)
  expect(significant(Number.NaN)).toBeNaN()
})

test('a machine is busy from a quarter of its processors on', () => {
  expect(busyReason([0.5, 9, 9], 2)).toBeUndefined()
  expect(busyReason([0.51, 0, 0], 2)).toBe('the load average is 0.51, comparisons need at most 0.50')
})

test('memory that grows to the end shows against the memory after warm-up', () => {
  const samples = Array.from({ length: 20 }, (_, index) => ({ updates: index, heapMb: 10 + index, rssMb: 50 }))
  expect(growthOf(samples)).toEqual({ heapWarmMb: 16.5, heapLastMb: 27.5, rssWarmMb: 50, rssLastMb: 50 })
  expect(growthOf(samples.slice(0, 3))).toEqual({})
})
