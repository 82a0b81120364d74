import { compareTuples, encodeTuple, type Tuple, type TupleElement, type TupleRange } from '@latchless/filesystem'
import { encodeRange } from '@latchless/filesystem/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const element: fc.Arbitrary<TupleElement> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -2, max: 2 }),
  fc.string({ maxLength: 3, unit: 'grapheme' }),
  fc.constantFrom('', 'a', 'a\u0000', 'a\u0000b', 'ab', '\ue000', '\u{10000}'),
  fc.uint8Array({ maxLength: 3 }),
)
const tuple: fc.Arbitrary<Tuple> = fc.array(element, { minLength: 1, maxLength: 3 })
const range: fc.Arbitrary<TupleRange> = fc.record(
  { prefix: fc.array(element, { maxLength: 2 }), from: tuple, to: tuple },
  { requiredKeys: [] },
)

function isInBytes(given: Tuple, { from, to }: ReturnType<typeof encodeRange>): boolean {
  const encoded = encodeTuple(given)
  return (!from || Buffer.compare(encoded, from) >= 0) && (!to || Buffer.compare(encoded, to) < 0)
}

function isInTuples(given: Tuple, { prefix = [], from, to }: TupleRange): boolean {
  const begins = compareTuples(given.slice(0, prefix.length), prefix) === 0
  return begins && (!from || compareTuples(given, from) >= 0) && (!to || compareTuples(given, to) < 0)
}

test('A range of encodings holds exactly the tuples of the range', () => {
  fc.assert(
    fc.property(range, tuple, (asked, given) => {
      const bytes = encodeRange(asked)
      expect(isInBytes(given, bytes)).toBe(isInTuples(given, asked))
      // Random tuples rarely meet a random bound, so what is made from the bounds is looked at as well.
      for (const bound of [asked.prefix, asked.from, asked.to]) {
        if (!bound || bound.length === 0) continue
        for (const near of [bound, [...bound, ...given], bound.slice(0, 1)]) {
          expect(isInBytes(near, bytes)).toBe(isInTuples(near, asked))
        }
      }
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test('A range without bounds is open at both ends', () => {
  expect(encodeRange()).toEqual({ from: undefined, to: undefined })
  expect(encodeRange({ prefix: [] })).toEqual({ from: undefined, to: undefined })
})

test('The upper end of a prefix lies behind everything that begins with it', () => {
  const { from, to } = encodeRange({ prefix: ['a'] })
  const last = encodeTuple(['a', Uint8Array.of(255, 255, 255)])
  expect(from).toEqual(encodeTuple(['a']))
  expect(Buffer.compare(last, to ?? new Uint8Array())).toBeLessThan(0)
  expect(Buffer.compare(encodeTuple(['a\u0000']), to ?? new Uint8Array())).toBeGreaterThan(0)
})

test('A range with a bound that is not encodable is refused', () => {
  expect(() => encodeRange({ from: [Number.NaN] })).toThrow(RangeError)
  expect(() => encodeRange({ prefix: [Number.POSITIVE_INFINITY] })).toThrow(RangeError)
})
