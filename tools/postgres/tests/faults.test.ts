import { onStatement, seededRandom, withProbability } from '@latchless/postgres-server'
import { expect, test } from 'vitest'

const request = { statements: ['SELECT 1'], connection: 1, number: 1 }
const cut = { kind: 'cut-before' } as const
const cutAfter = { kind: 'cut-after' } as const

function hits(seed: number): number[] {
  const rule = withProbability(0.03, seed, cut)
  return Array.from({ length: 2000 }, (_, at) => at).filter(() => rule(request) !== undefined)
}

test('withProbability() hits the same requests for the same seed, and about the share that it is told', () => {
  expect(hits(1)).toEqual(hits(1))
  expect(hits(1)).not.toEqual(hits(2))
  expect(hits(1).length).toBeGreaterThan(30)
  expect(hits(1).length).toBeLessThan(90)
})

test('withProbability() takes its faults in turn', () => {
  const rule = withProbability(1, 1, cut, cutAfter)
  expect([rule(request), rule(request), rule(request)]).toEqual([cut, cutAfter, cut])
})

test('seededRandom() draws numbers from 0 up to 1', () => {
  const random = seededRandom(42)
  const drawn = Array.from({ length: 1000 }, () => random())
  expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true)
  expect(new Set(drawn).size).toBeGreaterThan(990)
})

test('onStatement() leaves other statements alone', () => {
  const rule = onStatement(/INSERT/, cut)
  expect(rule(request)).toBeUndefined()
  expect(rule({ ...request, statements: ['SELECT 1', 'INSERT'] })).toBe(cut)
  expect(rule({ ...request, statements: ['INSERT'] })).toBeUndefined()
})
