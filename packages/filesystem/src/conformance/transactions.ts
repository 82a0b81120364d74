import assert from 'node:assert/strict'
import { absent, anything, atVersion, unwritten } from '../expectation.ts'
import type { AppendResult, Filesystem, Head, TransactStep, WriteResult } from '../filesystem.ts'
import { formatVersion, generationOf, sequenceOf } from '../version.ts'
import { deleted, live, losesWith, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodies, readAll, textOf } from './log-reading.ts'
import { pathsOfQuery } from './query-reading.ts'
import { bodyOf, record, someWriter, writeIdOf } from './samples.ts'

const at = (name: string) => `/transact/${name}`
const log = at('log')
/** A token that no path has. */
const foreign = formatVersion(1, '00000000deadbeef')

function written(result: unknown): WriteResult {
  assert.ok(typeof result === 'object' && result !== null && 'version' in result, 'a write resolves with a version')
  return result as WriteResult
}

async function logOf(filesystem: Filesystem): Promise<string[]> {
  return (await readAll(filesystem, log)).map(textOf)
}

/** `transact` of one caller: all steps or none. */
export const transactCases: readonly CaseDefinition[] = [
  {
    name: 'transact() puts, deletes, checks and appends, and resolves with one result for each step',
    needs: ['transact'],
    async run({ filesystem }) {
      const kept = await filesystem.put(at('kept'), record('kept'), absent)
      const gone = await filesystem.put(at('gone'), record('gone', { by_n: [1] }), absent)
      await filesystem.append(log, bodies('before'))
      const results = await filesystem.transact(
        [
          { type: 'put', path: at('new'), entry: record('new', { by_n: [2] }), expect: unwritten },
          { type: 'check', path: at('kept'), expect: atVersion(kept.version) },
          { type: 'delete', path: at('gone'), expect: atVersion(gone.version) },
          { type: 'append', path: log, bodies: bodies('a', 'b') },
          { type: 'check', path: at('nothing'), expect: unwritten },
          { type: 'delete', path: at('nothing-either'), expect: anything },
        ],
        { writeId: writeIdOf(1), writer: someWriter, updates: [{ opId: 'op-1' }] },
      )
      assert.equal(results.length, 6)
      const created = live(await filesystem.get(at('new')))
      const tombstone = deleted(await filesystem.get(at('gone')))
      const result = (version: string) => ({ version, writeId: writeIdOf(1), replayed: false })
      assert.deepEqual(results, [
        result(created.version),
        undefined,
        result(tombstone.version),
        { first: 2, last: 3 },
        undefined,
        undefined,
      ])
      assert.equal(bodyOf(created), '"new"')
      for (const head of [created, tombstone]) {
        assert.equal(head.info.writeId, writeIdOf(1), 'one writeId names the whole')
        assert.deepEqual({ ...head.info.writer }, someWriter)
        assert.deepEqual(head.ops, [{ opId: 'op-1', version: head.version }])
      }
      assert.equal(sequenceOf(tombstone.version), 2)
      assert.notEqual(generationOf(created.version), generationOf(tombstone.version))
      assert.equal((await filesystem.get(at('kept'))).state, 'live', 'a check writes nothing')
      assert.deepEqual(await filesystem.get(at('nothing')), { state: 'unwritten' }, 'a check writes nothing')
      assert.deepEqual(await logOf(filesystem), ['before', 'a', 'b'])
    },
  },
  {
    name: 'transact() moves the index rows of all its steps',
    needs: ['transact', 'query'],
    async run({ filesystem }) {
      const one = await filesystem.put(at('one'), record(1, { by_n: [1] }), absent)
      const two = await filesystem.put(at('two'), record(2, { by_n: [2] }), absent)
      await filesystem.transact([
        { type: 'put', path: at('one'), entry: record(1, { by_n: [9] }), expect: atVersion(one.version) },
        { type: 'delete', path: at('two'), expect: atVersion(two.version) },
        { type: 'put', path: at('three'), entry: record(3, { by_n: [3] }), expect: absent },
      ])
      assert.deepEqual(await pathsOfQuery(filesystem, '/transact', 'by_n'), [at('three'), at('one')])
    },
  },
  ...(['first', 'second', 'third'] as const).map((nth, index): CaseDefinition => ({
    name: `A transact whose ${nth} step loses writes nothing at all, and tells which step met what`,
    needs: ['transact'],
    run: ({ filesystem }) => losesAt(filesystem, index),
  })),
  {
    name: 'Of several lost steps of a transact the first is told',
    needs: ['transact'],
    async run({ filesystem }) {
      await filesystem.put(at('there'), record(1), absent)
      const lost = await losesWith(
        () =>
          filesystem.transact([
            { type: 'append', path: log, bodies: bodies('never') },
            { type: 'check', path: at('there'), expect: unwritten },
            { type: 'put', path: at('new'), entry: record(1), expect: atVersion(foreign) },
          ]),
        'transact()',
      )
      assert.equal(lost.step, 1)
      assert.equal(lost.path, at('there'))
      assert.equal(bodyOf(lost.current), '1')
      assert.deepEqual(lost.expected, unwritten)
    },
  },
  {
    name: 'A check and a put of a transact meet tombstones as put() does',
    needs: ['transact'],
    async run({ filesystem }) {
      await filesystem.put(at('dead'), record(1), absent)
      const tombstone = await filesystem.delete(at('dead'), anything)
      assert.ok(tombstone)
      const check = (expect: Parameters<Filesystem['put']>[2]) =>
        filesystem.transact([{ type: 'check', path: at('dead'), expect }])
      assert.deepEqual(await check(absent), [undefined])
      assert.deepEqual(await check(anything), [undefined])
      assert.deepEqual(await check(atVersion(tombstone.version)), [undefined])
      deleted((await losesWith(() => check(unwritten), 'a check of unwritten')).current)
      const dead: TransactStep = { type: 'delete', path: at('dead'), expect: atVersion(tombstone.version) }
      await losesWith(() => filesystem.transact([dead]), 'a delete of a tombstone')
      const [result] = await filesystem.transact([
        { type: 'put', path: at('dead'), entry: record(2), expect: atVersion(tombstone.version) },
      ])
      assert.equal(sequenceOf(written(result).version), 3)
    },
  },
  {
    name: 'The identical transact sent again resolves with its first results and writes nothing',
    needs: ['transact'],
    async run({ filesystem }) {
      const gone = await filesystem.put(at('gone'), record('gone'), absent)
      const again = () =>
        filesystem.transact(
          [
            { type: 'check', path: at('checked'), expect: unwritten },
            { type: 'put', path: at('new'), entry: record('new'), expect: unwritten },
            { type: 'delete', path: at('gone'), expect: atVersion(gone.version) },
            { type: 'append', path: log, bodies: bodies('a', 'b') },
          ],
          { writeId: writeIdOf(1) },
        )
      const first = await again()
      // Whatever is written behind it: the checks are not judged again, and the log is not appended to again.
      await filesystem.put(at('checked'), record('checked'), absent)
      await filesystem.put(at('new'), record('newer'), atVersion(written(first[1]).version))
      await filesystem.append(log, bodies('c'))
      const replay = (result: unknown) => ({ ...written(result), replayed: true })
      assert.deepEqual(await again(), [undefined, replay(first[1]), replay(first[2]), { first: 1, last: 2 }])
      assert.equal(bodyOf(await filesystem.get(at('new'))), '"newer"')
      assert.deepEqual(await logOf(filesystem), ['a', 'b', 'c'])
    },
  },
  {
    name: 'A transact of nothing but an append is recognised when it is sent again',
    needs: ['transact'],
    async run({ filesystem }) {
      const again = () =>
        filesystem.transact([{ type: 'append', path: log, bodies: bodies('a') }], { writeId: writeIdOf(7) })
      const [first] = await again()
      assert.deepEqual(first, { first: 1, last: 1 } satisfies AppendResult)
      await filesystem.append(log, bodies('b'))
      assert.deepEqual(await again(), [first])
      assert.deepEqual(await logOf(filesystem), ['a', 'b'])
    },
  },
  {
    name: 'A malformed transact is refused, and nothing is written',
    needs: ['transact'],
    async run({ filesystem }) {
      const good: TransactStep = { type: 'put', path: at('good'), entry: record(1), expect: absent }
      const other: TransactStep = { type: 'append', path: at('good'), bodies: bodies('x') }
      const wrong = { type: 'move', path: at('wrong') } as unknown as TransactStep
      const refused: readonly [string, readonly TransactStep[], object?][] = [
        ['no steps', []],
        ['the same path twice', [good, { type: 'check', path: at('good'), expect: absent }]],
        ['a record and a log at one path', [good, other]],
        ['an unknown step', [good, wrong]],
        ['a delete under absent', [good, { type: 'delete', path: at('x'), expect: absent }]],
        ['an append of nothing', [good, { type: 'append', path: at('x'), bodies: [] }]],
        ['the root', [good, { type: 'check', path: '/', expect: absent }]],
        ['a malformed tuple', [good, { ...good, path: at('x'), entry: record(1, { by_n: [] }) }]],
        ['a short writeId', [good], { writeId: 'abc' }],
        ['a negative keepVersions', [good], { keepVersions: -1 }],
      ]
      for (const [what, steps, options] of refused) {
        await rejectsWith('invalid-argument', () => filesystem.transact(steps, options), `transact() of ${what}`)
        assert.equal((await filesystem.get(at('good'))).state, 'unwritten', `transact() of ${what} wrote`)
      }
    },
  },
  {
    name: 'A caller that changes its bodies after transact() does not change the store',
    needs: ['transact'],
    async run({ filesystem }) {
      const entry = record('before')
      const appended = bodies('before')
      const pending = filesystem.transact([
        { type: 'put', path: at('new'), entry, expect: absent },
        { type: 'append', path: log, bodies: appended },
      ])
      entry.body.fill(0x21)
      appended[0]?.fill(0x21)
      await pending
      assert.equal(bodyOf(await filesystem.get(at('new'))), '"before"')
      assert.deepEqual(await logOf(filesystem), ['before'])
    },
  },
  {
    name: 'keepVersions of a transact holds for every record that it writes',
    needs: ['transact', 'history'],
    async run({ filesystem }) {
      const [one, two] = [at('one'), at('two')]
      for (const n of [1, 2, 3]) for (const path of [one, two]) await filesystem.put(path, record(n), anything)
      const expect = async (path: string) => atVersion(live(await filesystem.get(path)).version)
      const steps: TransactStep[] = [
        { type: 'put', path: one, entry: record(4), expect: await expect(one) },
        { type: 'delete', path: two, expect: await expect(two) },
      ]
      await filesystem.transact(steps, { keepVersions: 1 })
      for (const path of [one, two]) {
        const { versions } = await filesystem.history(path)
        assert.deepEqual(
          versions.map(({ info }) => sequenceOf(info.version)),
          [4, 3],
          `the retained versions of ${path}`,
        )
        await rejectsWith('compacted', () => filesystem.getVersion(path, 2), `getVersion() of ${path}`)
      }
    },
  },
]

/** Three steps, of which one meets what it does not expect. */
async function losesAt(filesystem: Filesystem, index: number): Promise<void> {
  const paths = ['a', 'b', 'c'].map(at)
  const heads: Head[] = []
  for (const [n, path] of paths.entries()) {
    await filesystem.put(path, record(`${n} first`, { by_n: [n] }), absent)
    heads.push(await filesystem.get(path))
  }
  await filesystem.append(log, bodies('before'))
  const stale = atVersion(foreign)
  const expectAt = (n: number) => (n === index ? stale : atVersion(live(heads[n]).version))
  const steps: TransactStep[] = [
    { type: 'put', path: paths[0] ?? '', entry: record('never', { by_n: [100] }), expect: expectAt(0) },
    { type: 'delete', path: paths[1] ?? '', expect: expectAt(1) },
    { type: 'put', path: paths[2] ?? '', entry: record('never', { by_n: [101] }), expect: expectAt(2) },
    { type: 'put', path: at('new'), entry: record('never', { by_n: [102] }), expect: unwritten },
    { type: 'append', path: log, bodies: bodies('never') },
  ]
  const lost = await losesWith(() => filesystem.transact(steps, { writeId: writeIdOf(1) }), 'transact()')
  assert.equal(lost.step, index, 'the step that lost')
  assert.deepEqual(lost.current, heads[index], 'the head that it met')
  assert.deepEqual(lost.expected, stale)
  for (const [n, path] of paths.entries())
    assert.deepEqual(await filesystem.get(path), heads[n], `${path} is as before`)
  assert.deepEqual(await filesystem.get(at('new')), { state: 'unwritten' })
  assert.deepEqual(await logOf(filesystem), ['before'])
  if (filesystem.capabilities('/').query !== 'none') {
    assert.deepEqual(await pathsOfQuery(filesystem, '/transact', 'by_n'), paths, 'the index is as before')
  }
  const next = await filesystem.put(paths[0] ?? '', record('next'), atVersion(live(heads[0]).version))
  assert.equal(sequenceOf(next.version), 2, 'a lost transact takes no version')
  assert.deepEqual(await filesystem.append(log, bodies('after')), { first: 2, last: 2 }, 'nor an entry')
  const [result] = await filesystem.transact([{ type: 'put', path: at('new'), entry: record(1), expect: unwritten }], {
    writeId: writeIdOf(1),
  })
  assert.equal(written(result).replayed, false, 'the writeId of a lost transact is not remembered')
}
