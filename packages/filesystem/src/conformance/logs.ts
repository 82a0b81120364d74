import assert from 'node:assert/strict'
import { CompactedError } from '../errors.ts'
import { anything } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { pathsOf, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodies, readAll, textOf } from './log-reading.ts'
import { bodyOf, text } from './samples.ts'

const log = '/logs/events'

async function textsOf(filesystem: Filesystem, path = log): Promise<string[]> {
  return (await readAll(filesystem, path)).map(textOf)
}

async function isTrimmed(filesystem: Filesystem, after: number, oldest: number): Promise<void> {
  const what = `read() behind ${after}`
  const error = await rejectsWith('compacted', () => filesystem.read(log, { after }), what)
  assert.ok(error instanceof CompactedError, `${what} must reject with a CompactedError`)
  assert.equal(error.oldest, oldest, `${what} names the oldest retained entry`)
  assert.equal(error.operation, 'read')
}

/** Logs: what one caller appends, reads and trims. */
export const logCases: readonly CaseDefinition[] = [
  {
    name: 'append() numbers entries densely from 1, in order, each log on its own',
    needs: ['log'],
    async run({ filesystem }) {
      assert.deepEqual(await filesystem.read(log), { entries: [] }, 'a log never written is empty')
      assert.deepEqual(await filesystem.append(log, bodies('a')), { first: 1, last: 1 })
      assert.deepEqual(await filesystem.append(log, bodies('b', 'c', 'd')), { first: 2, last: 4 })
      assert.deepEqual(await filesystem.append(`${log}/below`, bodies('x')), { first: 1, last: 1 })
      assert.deepEqual(await filesystem.append(log, bodies('e')), { first: 5, last: 5 })
      const entries = await readAll(filesystem, log)
      assert.deepEqual(
        entries.map((entry) => [entry.sequence, textOf(entry)]),
        ['a', 'b', 'c', 'd', 'e'].map((each, n) => [n + 1, each]),
      )
      for (const { time } of entries) assert.ok(Number.isFinite(time) && time > 0, 'an entry has a time')
      assert.deepEqual(await textsOf(filesystem, `${log}/below`), ['x'])
    },
  },
  {
    name: 'An entry of a log comes back byte for byte',
    needs: ['log'],
    async run({ filesystem }) {
      const every = Uint8Array.from({ length: 256 }, (_, value) => value)
      const given = [
        new Uint8Array(),
        every,
        new TextEncoder().encode('\n{}\r\n\n'),
        Uint8Array.of(0),
        Uint8Array.of(10),
      ]
      await filesystem.append(log, given)
      for (const body of given) await filesystem.append(log, [body])
      const read = (await readAll(filesystem, log)).map(({ body }) => [...body])
      assert.deepEqual(
        read,
        [...given, ...given].map((body) => [...body]),
      )
    },
  },
  {
    name: 'read() pages strictly behind its cursor and tells whether there is more',
    needs: ['log'],
    async run({ filesystem }) {
      await filesystem.append(log, bodies('a', 'b', 'c', 'd', 'e', 'f', 'g'))
      for (const limit of [1, 2, 3, 7, 10]) {
        assert.equal((await readAll(filesystem, log, { limit })).length, 7, `${limit} a page`)
        assert.equal((await readAll(filesystem, log, { limit, after: 4 })).length, 3, `${limit} a page, behind 4`)
      }
      assert.deepEqual(await filesystem.read(log, { after: 7 }), { entries: [] }, 'behind the end is nothing yet')
      assert.deepEqual(await filesystem.read(log, { after: 70 }), { entries: [] }, 'far behind the end is nothing yet')
      assert.equal((await filesystem.read(log, { after: 0, limit: 1 })).entries[0]?.sequence, 1)
    },
  },
  {
    name: 'A log and a record at the same path know nothing of each other',
    needs: ['log'],
    async run({ filesystem }) {
      await filesystem.append(log, bodies('entry'))
      assert.deepEqual(await filesystem.get(log), { state: 'unwritten' })
      assert.deepEqual(await pathsOf(filesystem, '/'), [], 'list() shows no logs')
      await filesystem.put(log, text('record'), anything)
      await filesystem.append(log, bodies('second'))
      assert.equal(bodyOf(await filesystem.get(log)), 'record')
      await filesystem.delete(log, anything)
      assert.deepEqual(await textsOf(filesystem), ['entry', 'second'], 'deleting the record leaves the log')
      assert.deepEqual(await filesystem.append(log, bodies('third')), { first: 3, last: 3 })
      await filesystem.put('/logs', text('parent'), anything)
      assert.deepEqual(await pathsOf(filesystem, '/'), ['/logs'])
      assert.deepEqual(await pathsOf(filesystem, '/', { depth: 'children' }), ['/logs'])
    },
  },
  {
    name: 'trim() forgets the entries before a number, and reading them is compacted',
    needs: ['log'],
    async run({ filesystem }) {
      await filesystem.trim(log, 5)
      assert.deepEqual(await filesystem.read(log), { entries: [] }, 'a log that is trimmed before it is written')
      await filesystem.append(log, bodies('a', 'b', 'c', 'd', 'e'))
      await filesystem.trim(log, 1)
      assert.equal((await readAll(filesystem, log, { after: 0 })).length, 5, 'nothing lies before 1')
      await filesystem.trim(log, 3)
      assert.deepEqual(await textsOf(filesystem), ['c', 'd', 'e'])
      assert.equal((await filesystem.read(log)).entries[0]?.sequence, 3)
      assert.equal((await readAll(filesystem, log, { after: 2 })).length, 3, 'behind the last that was trimmed')
      await isTrimmed(filesystem, 0, 3)
      await isTrimmed(filesystem, 1, 3)
      await filesystem.trim(log, 2)
      assert.deepEqual(await textsOf(filesystem), ['c', 'd', 'e'], 'trimming less than before changes nothing')
    },
  },
  {
    name: 'The numbering of a log goes on after everything was trimmed',
    needs: ['log'],
    async run({ filesystem }) {
      await filesystem.append(log, bodies('a', 'b', 'c'))
      await filesystem.trim(log, 1000)
      assert.deepEqual(await filesystem.read(log), { entries: [] })
      await isTrimmed(filesystem, 0, 4)
      await isTrimmed(filesystem, 2, 4)
      assert.deepEqual(await filesystem.read(log, { after: 3 }), { entries: [] })
      assert.deepEqual(await filesystem.append(log, bodies('d')), { first: 4, last: 4 })
      assert.deepEqual(await textsOf(filesystem), ['d'])
      await isTrimmed(filesystem, 2, 4)
    },
  },
  {
    name: 'A caller that changes the bodies of an append afterwards does not change the log',
    needs: ['log'],
    async run({ filesystem }) {
      const [first, second] = [bodies('first'), bodies('second')]
      // The second waits behind the first in a store that appends batch by batch.
      const pending = [filesystem.append(log, first), filesystem.append(log, second)]
      first[0]?.fill(0x21)
      second[0]?.fill(0x21)
      await Promise.all(pending)
      assert.deepEqual((await textsOf(filesystem)).toSorted(), ['first', 'second'])
      const { entries } = await filesystem.read(log)
      for (const { body } of entries) body.fill(0x21)
      assert.deepEqual((await textsOf(filesystem)).toSorted(), ['first', 'second'])
    },
  },
  {
    name: 'A malformed append, read or trim is refused, and the log is as before',
    needs: ['log'],
    async run({ filesystem }) {
      await filesystem.append(log, bodies('kept'))
      const wrong = 'text' as unknown as Uint8Array
      const refused: readonly [string, () => Promise<unknown>][] = [
        ['an append of nothing', () => filesystem.append(log, [])],
        ['an append of text', () => filesystem.append(log, [Uint8Array.of(1), wrong])],
        ['an append to the root', () => filesystem.append('/', bodies('x'))],
        ['a read of the root', () => filesystem.read('/')],
        ['a read behind -1', () => filesystem.read(log, { after: -1 })],
        ['a read behind 0.5', () => filesystem.read(log, { after: 0.5 })],
        ['a read of no entries', () => filesystem.read(log, { limit: 0 })],
        ['a trim before 0', () => filesystem.trim(log, 0)],
        ['a trim before 1.5', () => filesystem.trim(log, 1.5)],
        ['a trim of the root', () => filesystem.trim('/', 1)],
      ]
      for (const [what, call] of refused) await rejectsWith('invalid-argument', call, what)
      assert.deepEqual(await textsOf(filesystem), ['kept'])
    },
  },
  {
    name: 'An append whose signal fired before the call adds nothing',
    needs: ['log'],
    async run({ filesystem }) {
      const signal = AbortSignal.abort(new Error('Cannot wait any longer'))
      const together = [
        filesystem.append(log, bodies('a')),
        rejectsWith('aborted', () => filesystem.append(log, bodies('never'), { signal }), 'append()'),
        filesystem.append(log, bodies('b')),
      ]
      await Promise.all(together)
      await rejectsWith('aborted', () => filesystem.trim(log, 2, { signal }), 'trim()')
      assert.deepEqual((await textsOf(filesystem)).toSorted(), ['a', 'b'])
    },
  },
]
