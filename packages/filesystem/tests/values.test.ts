import {
  checkPath,
  comparePaths,
  compareTuples,
  decodeTuple,
  encodeTuple,
  formatVersion,
  isBelow,
  nextVersion,
  openFilesystem,
  parentOf,
  parseVersion,
  sequenceOf,
} from '@latchless/filesystem'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const generation = '00112233445566ff'

test('nextVersion() adds one to the sequence and keeps the generation', () => {
  const version = formatVersion(7, generation)
  expect(version).toBe(`7.${generation}`)
  expect(nextVersion(version)).toBe(`8.${generation}`)
  expect(sequenceOf(version)).toBe(7)
})

test.each([
  '',
  '7',
  'v7.00112233445566ff',
  `0.${generation}`,
  `01.${generation}`,
  '7.XYZ',
  `9007199254740993.${generation}`,
  'unversioned',
])('parseVersion() refuses %j', (text) => {
  expect(() => parseVersion(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})

test('formatVersion() refuses a sequence beyond the safe integers', () => {
  expect(() => formatVersion(Number.MAX_SAFE_INTEGER + 1, generation)).toThrow(RangeError)
  expect(() => formatVersion(0, generation)).toThrow(RangeError)
})

test.each(['/a', '/a/b', "/o'brien; drop", '/ü/日本', '/a-b/.hidden', `/${'x'.repeat(240)}`])(
  'checkPath() accepts %j',
  (path) => {
    expect(() => checkPath(path, 'get')).not.toThrow()
  },
)

test.each([
  '',
  '/',
  'a',
  '/a/',
  '//a',
  '/a//b',
  '/.',
  '/a/..',
  '/a/./b',
  '/a\\b',
  '/a\u0000',
  '/a\n',
  '/\u0085',
  '/e\u0301',
  '/\ud800',
])('checkPath() refuses %j', (path) => {
  expect(() => checkPath(path, 'get')).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})

test('checkPath() limits segments to 240 bytes and paths to 1,024, counted in UTF-8', () => {
  expect(() => checkPath(`/${'x'.repeat(241)}`, 'get')).toThrow(expect.objectContaining({ code: 'too-large' }))
  expect(() => checkPath(`/${'日'.repeat(81)}`, 'get')).toThrow(expect.objectContaining({ code: 'too-large' }))
  const segment = `/${'x'.repeat(203)}`
  expect(() => checkPath(`${segment.repeat(5)}/abc`, 'get')).not.toThrow()
  expect(() => checkPath(`${segment.repeat(5)}/abcd`, 'get')).toThrow(expect.objectContaining({ code: 'too-large' }))
})

test('comparePaths() orders by UTF-8 bytes', () => {
  expect(['/a/b', '/a-b', '/a', '/\u{1f600}', '/\uff5e', '/é'].toSorted(comparePaths)).toEqual([
    '/a',
    '/a-b',
    '/a/b',
    '/é',
    '/\uff5e',
    '/\u{1f600}',
  ])
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
    { seed: 1 },
  )
})

test('isBelow() and parentOf() respect segment boundaries', () => {
  expect(isBelow('/a/b', '/a')).toBe(true)
  expect(isBelow('/ab', '/a')).toBe(false)
  expect(isBelow('/a', '/a')).toBe(false)
  expect(isBelow('/a', '/')).toBe(true)
  expect([parentOf('/a'), parentOf('/a/b')]).toEqual(['/', '/a'])
})

const element = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 8 }),
)

test('encodeTuple() can be undone', () => {
  fc.assert(
    fc.property(fc.array(element, { maxLength: 5 }), (tuple) => {
      expect(decodeTuple(encodeTuple(tuple))).toEqual(tuple)
    }),
    { seed: 2 },
  )
})

test('encodeTuple() refuses a lone surrogate, which would come back as another character', () => {
  for (const text of ['\ud800', 'a\udc00b', '\ude00\ud83d']) expect(() => encodeTuple([text])).toThrow(RangeError)
  expect(decodeTuple(encodeTuple(['\u{1f600}']))).toEqual(['\u{1f600}'])
})

test('compareTuples() orders null < boolean < number < string < bytes, and a prefix before its extensions', () => {
  const ordered = [
    [],
    [null],
    [null, null],
    [false],
    [true],
    [-1e300],
    [-1],
    [0],
    [0.5],
    [2],
    [10],
    [''],
    ['\u0000'],
    ['\u0000a'],
    ['a'],
    ['a', 1],
    ['ab'],
    ['b'],
    [new Uint8Array()],
    [Uint8Array.of(0)],
    [Uint8Array.of(0, 0)],
    [Uint8Array.of(1)],
  ]
  for (let at = 1; at < ordered.length; at++) {
    expect(compareTuples(ordered[at - 1]!, ordered[at]!), `tuple ${at}`).toBeLessThan(0)
  }
})

test('compareTuples() orders numbers as numbers', () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(Math.sign(compareTuples([a], [b]))).toBe(a === b ? 0 : a < b ? -1 : 1)
    }),
    { seed: 3 },
  )
})

test.each(['', 'dir', 'http://x', 'memory:x', 'file:', 'plain:', 'mysql://user:hunter2@h/db'])(
  'openFilesystem() refuses %j without repeating what is behind the colon',
  async (url) => {
    const error: unknown = await openFilesystem(url).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'invalid-argument' })
    expect(String(error)).not.toContain('hunter2')
  },
)

test('openFilesystem() opens memory:', async () => {
  await using filesystem = await openFilesystem('memory:')
  expect(filesystem.capabilities('/a')).toMatchObject({ backend: 'memory', cas: 'records', durability: 'memory' })
})
