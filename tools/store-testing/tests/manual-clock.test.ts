import { manualClock } from '@latchless/store-testing'
import { expect, test } from 'vitest'

test('A manual clock goes on only when it is told to', () => {
  const { now, advance, set } = manualClock(1000)
  expect([now(), now()]).toEqual([1000, 1000])
  advance(50)
  expect(now()).toBe(1050)
  set(7)
  expect(now()).toBe(7)
})
