import assert from 'node:assert/strict'
import { absent, anything, atVersion } from '../expectation.ts'
import type { Tuple, TupleRange } from '../filesystem.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { compareTuples } from '../tuple.ts'
import { pathsOf, losesWith, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { pathsOfQuery, putRows, queryAll } from './query-reading.ts'
import { record } from './samples.ts'

const items = '/query/items'
const at = (name: string) => `${items}/${name}`

/** Tuples in their order: elements null < boolean < number < string < bytes, and a tuple before what extends it. */
const ordered: readonly Tuple[] = [
  [null],
  [null, null],
  [null, 'a'],
  [false],
  [true],
  [true, false],
  [-Number.MAX_VALUE],
  [-1e21],
  [-2],
  [-1.5],
  [-Number.MIN_VALUE],
  [0],
  [0, 'a'],
  [Number.MIN_VALUE],
  [1],
  [1.5],
  [2],
  [10],
  [2 ** 53],
  [Number.MAX_VALUE],
  [''],
  ['', 0],
  ['\u0000'],
  ['\u0000a'],
  ['\u0001'],
  ['1'],
  ['10'],
  ['2'],
  ['A'],
  ['a'],
  ['a', null],
  ['a', -1],
  ['a', 'b'],
  ['a\u0000'],
  ['a\u0000b'],
  ['aa'],
  ['ab'],
  ['b'],
  ['é'],
  ['\ue000'],
  ['\u{10000}'],
  ['\u{1f642}'],
  [new Uint8Array()],
  [Uint8Array.of(0)],
  [Uint8Array.of(0, 0)],
  [Uint8Array.of(0, 255)],
  [Uint8Array.of(1)],
  [Uint8Array.of(1, 255)],
  [Uint8Array.of(255)],
]

/** Index queries: order, ranges, and which records have a row. */
export const queryCases: readonly CaseDefinition[] = [
  {
    name: 'query() orders rows by their tuples, elements of all types among each other',
    needs: ['cas', 'query'],
    async run({ filesystem, seed }) {
      const numbers = seededRandom(seed)
      const shuffled = ordered.map((tuple, n) => ({ tuple, n, by: numbers.fraction() })).toSorted((a, b) => a.by - b.by)
      for (const { tuple, n } of shuffled) await putRows(filesystem, 'by_value', { [at(`n${n}`)]: tuple })
      const expected = ordered.map((_, n) => at(`n${n}`))
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_value'), expected)
      const rows = await queryAll(filesystem, items, 'by_value', { limit: 7 })
      assert.deepEqual(
        rows.map(({ path }) => path),
        expected,
      )
      for (const [n, row] of rows.entries()) {
        assert.equal(compareTuples(row.tuple, ordered[n] ?? []), 0, `the tuple of ${row.path} as written`)
        assert.equal(row.tuple.length, ordered[n]?.length)
      }
      const descending = { order: 'descending', limit: 5 } as const
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_value', descending), expected.toReversed())
    },
  },
  {
    name: 'query() takes -0 for 0, and orders equal tuples by the UTF-8 bytes of their paths',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      const names = ['\u{10000}', 'a', '\ue000', 'B', 'a-b', 'b']
      await putRows(filesystem, 'by_n', Object.fromEntries(names.map((name, n) => [at(name), [n % 2 ? -0 : 0]])))
      const sorted = ['B', 'a', 'a-b', 'b', '\ue000', '\u{10000}'].map(at)
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_n'), sorted)
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_n', { limit: 1 }), sorted)
      const descending = { order: 'descending', limit: 2 } as const
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_n', descending), sorted.toReversed())
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_n', { range: { prefix: [-0] } }), sorted)
    },
  },
  {
    name: 'A range covers the tuples with its prefix, from inclusive and to exclusive',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      const rows = Object.fromEntries(ordered.map((tuple, n) => [at(`n${n}`), tuple]))
      await putRows(filesystem, 'by_value', rows)
      const ranges: readonly TupleRange[] = [
        {},
        { prefix: [] },
        { prefix: ['a'] },
        { prefix: ['a', 'b'] },
        { prefix: [null] },
        { prefix: [0] },
        { prefix: ['nothing'] },
        { from: [0] },
        { from: ['a'], to: ['b'] },
        { from: ['a', 'b'], to: ['a\u0000b'] },
        { to: [false] },
        { from: [-1.5], to: [1.5] },
        { from: [Uint8Array.of(0)], to: [Uint8Array.of(1)] },
        { from: ['b'], to: ['a'] },
        { from: ['a'], to: ['a'] },
        { prefix: ['a'], from: ['a', -1], to: ['a', 'b'] },
        { prefix: ['a'], from: [null], to: [Uint8Array.of(255)] },
      ]
      for (const range of ranges) {
        const expected = ordered.flatMap((tuple, n) => (covers(range, tuple) ? [at(`n${n}`)] : []))
        const what = JSON.stringify(range)
        assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_value', { range }), expected, what)
        assert.deepEqual(
          await pathsOfQuery(filesystem, items, 'by_value', { range, limit: 2, order: 'descending' }),
          expected.toReversed(),
          `${what}, descending`,
        )
      }
    },
  },
  {
    name: 'query() answers for the records directly in the collection, and for one index',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      const paths = ['/q/a/x', '/q/a', '/q/a/b/x', '/q/ab/x', '/q/a-b/x', '/top']
      await putRows(filesystem, 'by_n', Object.fromEntries(paths.map((path) => [path, [1]])))
      await putRows(filesystem, 'by_other', { '/q/a/other': [1] })
      assert.deepEqual(await pathsOfQuery(filesystem, '/q/a', 'by_n'), ['/q/a/x'])
      assert.deepEqual(await pathsOfQuery(filesystem, '/q', 'by_n'), ['/q/a'])
      assert.deepEqual(await pathsOfQuery(filesystem, '/', 'by_n'), ['/top'])
      assert.deepEqual(await pathsOfQuery(filesystem, '/q/a', 'by_other'), ['/q/a/other'])
      assert.deepEqual(await filesystem.query('/q/a', 'by_nothing'), { items: [] }, 'an index without rows is empty')
      assert.deepEqual(
        await filesystem.query('/q/nothing', 'by_n'),
        { items: [] },
        'so is a collection without records',
      )
    },
  },
  {
    name: 'A row moves with its record, and goes with its tuple and with the record',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      const rows = () => pathsOfQuery(filesystem, items, 'by_n')
      await putRows(filesystem, 'by_n', { [at('a')]: [1], [at('b')]: [2], [at('c')]: [3] })
      await filesystem.put(at('sparse'), record('no row'), anything)
      assert.deepEqual(await rows(), [at('a'), at('b'), at('c')], 'a record without a tuple has no row')
      await putRows(filesystem, 'by_n', { [at('a')]: [9] })
      assert.deepEqual(await rows(), [at('b'), at('c'), at('a')], 'the row has moved')
      await putRows(filesystem, 'by_other', { [at('b')]: [2] })
      assert.deepEqual(await rows(), [at('c'), at('a')], 'the row went with the tuple')
      await filesystem.delete(at('c'), anything)
      assert.deepEqual(await rows(), [at('a')], 'the row went with the record')
      await filesystem.put(at('c'), record('again', { by_n: [10] }), absent)
      assert.deepEqual(await rows(), [at('a'), at('c')], 'and came back')
    },
  },
  {
    name: 'A lost put and a lost delete leave the index as it was',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      const first = await filesystem.put(at('a'), record('one', { by_n: [1] }), absent)
      await filesystem.put(at('a'), record('two', { by_n: [2] }), atVersion(first.version))
      const stale = atVersion(first.version)
      await losesWith(() => filesystem.put(at('a'), record('lost', { by_n: [3], by_x: [1] }), stale), 'a stale put')
      await losesWith(() => filesystem.delete(at('a'), stale), 'a stale delete')
      await losesWith(() => filesystem.put(at('b'), record('lost', { by_n: [4] }), stale), 'a put on nothing')
      const rows = await queryAll(filesystem, items, 'by_n')
      assert.deepEqual(
        rows.map(({ path, tuple }) => [path, tuple]),
        [[at('a'), [2]]],
      )
      assert.deepEqual(await pathsOfQuery(filesystem, items, 'by_x'), [])
    },
  },
  {
    name: 'A row tells the head of its record, with the body when asked for',
    needs: ['cas', 'query'],
    async run({ filesystem }) {
      const entry = record({ a: 1 }, { by_n: [1] })
      const { version } = await filesystem.put(at('a'), entry, absent)
      const [row] = (await filesystem.query(items, 'by_n')).items
      assert.equal(row?.head.state, 'live')
      assert.equal(row?.head.info.version, version)
      assert.deepEqual([row?.head.kind, row?.head.schemaVersion], [entry.kind, entry.schemaVersion])
      assert.equal(row?.head.contentType, entry.contentType)
      assert.equal(row?.head.entry, undefined, 'no body unless asked for')
      const read = async () => (await filesystem.query(items, 'by_n', { bodies: true })).items[0]?.head.entry
      const body = (await read())?.body
      assert.deepEqual([...(body ?? [])], [...entry.body])
      body?.fill(0x21)
      assert.deepEqual([...((await read())?.body ?? [])], [...entry.body], 'the body is a copy')
    },
  },
  {
    name: 'A malformed query is refused',
    needs: ['query'],
    async run({ filesystem }) {
      const nan = [Number.NaN]
      const refused: readonly [string, () => Promise<unknown>][] = [
        ['an index name with a dash', () => filesystem.query(items, 'by-n')],
        ['an empty index name', () => filesystem.query(items, '')],
        ['a page of no rows', () => filesystem.query(items, 'by_n', { limit: 0 })],
        ['a bound that is no tuple', () => filesystem.query(items, 'by_n', { range: { from: nan } })],
        ['a prefix that is no tuple', () => filesystem.query(items, 'by_n', { range: { prefix: nan } })],
        ['a cursor with a relative path', () => filesystem.query(items, 'by_n', { after: { tuple: [1], path: 'a' } })],
        ['a cursor with no tuple', () => filesystem.query(items, 'by_n', { after: { tuple: nan, path: at('a') } })],
      ]
      for (const [what, call] of refused) await rejectsWith('invalid-argument', call, what)
      assert.deepEqual(await pathsOf(filesystem, '/'), [])
    },
  },
]

function covers({ prefix = [], from, to }: TupleRange, tuple: Tuple): boolean {
  if (tuple.length < prefix.length || compareTuples(tuple.slice(0, prefix.length), prefix) !== 0) return false
  if (from && compareTuples(tuple, from) < 0) return false
  return !to || compareTuples(tuple, to) < 0
}
