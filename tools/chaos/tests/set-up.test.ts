import type { SetUp } from '@latchless/chaos'
import { checkSetUp, successesIn } from '@latchless/chaos'
import { expect, test } from 'vitest'
import { historyOf, rightScene } from './scene.ts'

const everything: SetUp = {
  seconds: 60,
  operations: 10_000,
  successes: { write: 1, casUpdate: 1, append: 1, transact: 1 },
  works: ['write', 'casUpdate', 'append', 'transact'],
  disturbances: ['kill'],
  callFaults: ['busy'],
  faults: { kill: 1, busy: 1 },
}
const none = { write: 0, casUpdate: 0, append: 0, transact: 0 }

function messages(change: Partial<SetUp>): string[] {
  return checkSetUp({ ...everything, ...change }).map(({ message }) => message)
}

test('A run that succeeded with all kinds of work and met all that it was to meet is enough', () => {
  expect(messages({})).toEqual([])
  const withoutTransact = { successes: { ...everything.successes, transact: 0 } }
  expect(messages({ ...withoutTransact, works: ['write', 'casUpdate', 'append'] })).toEqual([])
})

test('A run in which nothing succeeded proves nothing, however short it was', () => {
  expect(messages({ seconds: 1, operations: 5, successes: none })).toEqual(['nothing succeeded, so nothing is proven'])
})

test.each(everything.works)('A run without one %s that succeeded is found', (work) => {
  const successes = { ...everything.successes, [work]: 0 }
  const message = `no ${work} succeeded, so nothing is proven of it`
  expect(messages({ successes })).toEqual([message])
  expect(messages({ successes, seconds: 3 })).toEqual([message])
  expect(messages({ successes, operations: 100 })).toEqual([message])
  // In a short run on a slow machine that may be chance.
  expect(messages({ successes, operations: 100, seconds: 3 })).toEqual([])
})

test('A long run without one of its disturbances is found, and a short one may be without', () => {
  const faults = { kill: 0 }
  expect(messages({ faults })).toEqual([
    'kill never happened, so nothing is proven under it',
    'busy never happened, so nothing is proven under it',
  ])
  expect(messages({ faults, operations: 1000 })).toHaveLength(1)
  expect(messages({ faults, seconds: 5 })).toEqual([])
})

test('A refused answer, a check and the steps of others are no successes', () => {
  const scene = rightScene()
  expect(successesIn(historyOf(scene))).toEqual({ write: 2, casUpdate: 3, append: 2, transact: 1 })
  scene.lines = scene.lines.map((line) =>
    line.type === 'answer' ? { type: 'answer', id: line.id, end: line.end, outcome: 'refused', code: 'busy' } : line,
  )
  expect(successesIn(historyOf(scene))).toEqual(none)
})
