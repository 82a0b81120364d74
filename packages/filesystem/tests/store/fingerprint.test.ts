import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { fingerprint, FINGERPRINT_DEPTH_MAX } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'

describe('fingerprint()', () => {
  test('is the SHA-256 of the canonical JSON', () => {
    const canonical = '{"a":[true,null,1],"b":"é"}'
    const hex = createHash('sha256').update(canonical, 'utf8').digest('hex')
    expect(fingerprint({ b: 'é', a: [true, null, 1.0] })).toBe(`sha256:${hex}`)
  })

  test('goes by what a value is as JSON, not by how it was made', () => {
    const reversed = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value
      if (Array.isArray(value)) return value.map(reversed)
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, part]) => [key, reversed(part)]),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const again: unknown = JSON.parse(JSON.stringify(value))
        expect(fingerprint(reversed(again))).toBe(fingerprint(value))
      }),
      { seed: 1, numRuns: 200 },
    )
    expect(fingerprint({ a: 1, b: undefined })).toBe(fingerprint({ a: 1 }))
    expect(fingerprint(Object.assign(Object.create(null) as object, { a: 1 }))).toBe(fingerprint({ a: 1 }))
  })

  test.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: 1 }, { a: 1, b: null }],
    [
      [1, 2],
      [2, 1],
    ],
    [
      [[1], 2],
      [1, [2]],
    ],
    [['a', 'b'], ['a,b']],
    ['null', null],
    [[], {}],
    [{ ['__proto__']: 1 }, {}],
    ['e\u0301', '\u00e9'],
  ])('tells %j from %j', (a, b) => {
    expect(fingerprint(a)).not.toBe(fingerprint(b))
  })

  const circle: unknown[] = []
  circle.push(circle)
  test.each([
    ['nothing', undefined],
    ['nothing in an array', [undefined]],
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what must be refused
    ['a hole', [1, , 2]],
    ['no number', { a: Number.NaN }],
    ['no finite number', [Infinity]],
    ['a bigint', 1n],
    ['a symbol', Symbol('s')],
    ['a function', { toJSON: () => 'something else' }],
    ['an array with its own JSON', Object.assign(['rm'], { toJSON: () => ['ls'] })],
    ['an object with its own JSON', Object.defineProperty({ a: 1 }, 'toJSON', { value: () => ({ a: 2 }) })],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array(1)],
    ['a map', new Map()],
    ['half of a character', 'a\ud800'],
    ['half of a character in a name', { '\ud800': 1 }],
    ['a circle', circle],
  ])('refuses %s', (_, value) => {
    expect(() => fingerprint(value)).toThrowError(expect.objectContaining({ code: 'invalid-argument' }) as Error)
  })

  test('refuses one level more than the limit', () => {
    const nested = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 1)
    expect(fingerprint(nested(FINGERPRINT_DEPTH_MAX))).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(() => fingerprint(nested(FINGERPRINT_DEPTH_MAX + 1))).toThrowError('nests deeper than 64 levels')
  })
})
