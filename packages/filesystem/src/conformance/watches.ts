import assert from 'node:assert/strict'
import { absent, anything, unwritten } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { losesWith, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodies } from './log-reading.ts'
import { record, text } from './samples.ts'
import { inWords, Watching } from './watching.ts'

const at = (name: string) => `/watch/${name}`

/** `watch`: what is told, in what order, and how it ends. */
export const watchCases: readonly CaseDefinition[] = [
  {
    name: 'watch() tells what is written afterwards, each with its version, and nothing from before',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      await filesystem.put(at('before'), record(1), unwritten)
      await using watching = await Watching.start(filesystem, '/watch')
      const { version } = await filesystem.put(at('a'), record(1), unwritten)
      await watching.tells({ [at('a')]: 'put 1' })
      await filesystem.put(at('a'), record(2), anything)
      await watching.tells({ [at('a')]: 'put 2' })
      await filesystem.delete(at('a'), anything)
      await watching.tells({ [at('a')]: 'delete 3' })
      await filesystem.put(at('a'), record(4), absent)
      await filesystem.put(at('before'), record(2), anything)
      await watching.tells({ [at('a')]: 'put 4', [at('before')]: 'put 2' })
      const told = watching.changes.filter((change) => change.path === at('a'))
      assert.deepEqual([...new Set(told.map(inWords))], ['put 1', 'put 2', 'delete 3', 'put 4'])
      assert.equal(told[0]?.type === 'put' && told[0].version, version)
      assert.ok(watching.changes.every((change) => change.path !== at('before') || inWords(change) === 'put 2'))
      assert.equal(watching.gaps, 0)
    },
  },
  {
    name: 'Of a quick series of versions of a path the last is told, and none behind a later one',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      await using watching = await Watching.start(filesystem, '/watch')
      const paths = Array.from({ length: 5 }, (_, n) => at(`p${n}`))
      for (let n = 1; n <= 9; n++) {
        await Promise.all(paths.map((path) => filesystem.put(path, record(n), anything)))
      }
      await filesystem.delete(at('p0'), anything)
      const expected = Object.fromEntries(paths.map((path) => [path, 'put 9']))
      await watching.tells({ ...expected, [at('p0')]: 'delete 10' })
    },
  },
  {
    name: 'watch() tells what lies below its prefix, to the segment boundary',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      await using below = await Watching.start(filesystem, '/watch/a')
      await using all = await Watching.start(filesystem, '/')
      const inside = ['/watch/a/x', '/watch/a/b/c', '/watch/a/b']
      const outside = ['/watch/a', '/watch/ab', '/watch/a-b', '/watch/ab/x', '/watch/A/x', '/watch', '/other']
      for (const path of [...outside, ...inside]) await filesystem.put(path, record(1), unwritten)
      await below.tells(Object.fromEntries(inside.map((path) => [path, 'put 1'])))
      await all.tells(Object.fromEntries([...inside, ...outside].map((path) => [path, 'put 1'])))
      await below.settles()
      assert.deepEqual([...new Set(below.changes.map(({ path }) => path))].toSorted(), inside.toSorted())
    },
  },
  {
    name: 'A lost write, a read and a log are not told',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      const { log } = filesystem.capabilities('/')
      await filesystem.put(at('there'), record(1), unwritten)
      await using watching = await Watching.start(filesystem, '/watch')
      await losesWith(() => filesystem.put(at('there'), record(2), unwritten), 'a put')
      await filesystem.get(at('there'))
      await filesystem.list('/watch')
      if (log) await filesystem.append(at('log'), bodies('entry'))
      if (log) await filesystem.append(at('there'), bodies('entry'))
      await filesystem.put(at('end'), record(1), unwritten)
      await watching.tells({ [at('end')]: 'put 1' })
      await watching.settles()
      assert.deepEqual([...new Set(watching.changes.map(({ path }) => path))], [at('end')])
    },
  },
  {
    name: 'watch() tells every write of a transact',
    needs: ['watch', 'transact'],
    async run({ filesystem }) {
      await filesystem.put(at('gone'), record(1), unwritten)
      await using watching = await Watching.start(filesystem, '/watch')
      await filesystem.transact([
        { type: 'put', path: at('a'), entry: record(1), expect: unwritten },
        { type: 'delete', path: at('gone'), expect: anything },
        { type: 'check', path: at('checked'), expect: unwritten },
        { type: 'put', path: at('b'), entry: record(1), expect: unwritten },
        { type: 'append', path: at('log'), bodies: bodies('entry') },
      ])
      await watching.tells({ [at('a')]: 'put 1', [at('gone')]: 'delete 2', [at('b')]: 'put 1' })
      await watching.settles()
      assert.equal(
        watching.changes.some(({ path }) => path === at('checked') || path === at('log')),
        false,
      )
    },
  },
  {
    name: 'Two watches are independent of each other',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      await using first = await Watching.start(filesystem, '/watch')
      const second = await Watching.start(filesystem, '/watch')
      await filesystem.put(at('a'), record(1), unwritten)
      await first.tells({ [at('a')]: 'put 1' })
      await second.tells({ [at('a')]: 'put 1' })
      await second.return()
      await second.ends()
      await filesystem.put(at('b'), record(1), unwritten)
      await first.tells({ [at('b')]: 'put 1' })
      assert.equal(second.last[at('b')], undefined, 'a watch that was ended tells nothing more')
    },
  },
  {
    name: 'The signal of a watch ends it, also while it waits',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      const controller = new AbortController()
      const watching = await Watching.start(filesystem, '/watch', { signal: controller.signal })
      controller.abort()
      await watching.ends()
      const fired = filesystem.watch('/watch', { signal: AbortSignal.abort() })[Symbol.asyncIterator]()
      assert.equal((await fired.next()).done, true, 'a signal that had fired')
      await filesystem.put(at('a'), record(1), unwritten)
      assert.deepEqual(watching.last, {})
    },
  },
  {
    name: 'return() ends a watch while its next change is pending',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      const watching = await Watching.start(filesystem, '/watch')
      await watching.return()
      await filesystem.put(at('later'), record(1), unwritten)
      await watching.ends()
      assert.deepEqual(watching.last, {}, 'nothing is told that was written later')
      const unused = filesystem.watch('/watch')[Symbol.asyncIterator]()
      await unused.return?.()
      assert.equal((await unused.next()).done, true, 'a watch that was ended before it began')
    },
  },
  {
    name: 'close() ends a watch with closed, also while it waits',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      const watching = await Watching.start(filesystem, '/watch')
      // Caught before close(), so that the rejection is never without a handler.
      const ended = rejectsWith('closed', () => watching.ends(), 'the watch')
      await filesystem.close()
      await ended
    },
  },
  {
    name: 'watch() of a malformed prefix is refused',
    needs: ['watch'],
    async run({ filesystem }) {
      for (const prefix of ['', 'a', '/a/', '/a//b', '/a/..']) {
        const next = () => filesystem.watch(prefix)[Symbol.asyncIterator]().next()
        await rejectsWith('invalid-argument', next, `watch() of ${JSON.stringify(prefix)}`)
      }
    },
  },
  {
    name: 'watch() tells the writes of another process',
    needs: ['processes', 'watch', 'cas'],
    async run({ filesystem, fork }) {
      await using watching = await Watching.start(filesystem, '/watch')
      const child = await fork()
      await child.run('write', { path: at('from/a/child'), body: 'x' })
      await watching.tells({ [at('from/a/child')]: 'put 1' })
      const other: Filesystem = filesystem
      await other.put(at('from/a/child'), text('y'), anything)
      await watching.tells({ [at('from/a/child')]: 'put 2' })
    },
  },
]
