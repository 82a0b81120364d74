import assert from 'node:assert/strict'
import { absent, anything, atVersion, unwritten } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { generationOf, sequenceOf, type Version } from '../version.ts'
import { deleted, losesWith, pathsOf, rejectsWith } from './assertions.ts'
import { BackgroundWork } from './background-work.ts'
import type { CaseDefinition } from './case.ts'
import { increment, countsOf } from './counter.ts'
import { record } from './samples.ts'
import { turns } from './turns.ts'

const at = (name: string) => `/maintain/${name}`
const ROUNDS_MAX = 1000

/** Writes and deletes each path; the versions that they had before the delete. */
async function bury(filesystem: Filesystem, paths: readonly string[]): Promise<Version[]> {
  const versions: Version[] = []
  for (const path of paths) {
    versions.push((await filesystem.put(path, record(1, { by_n: [1] }), absent)).version)
    await filesystem.delete(path, anything)
  }
  return versions
}

/** Maintains until nothing is left of these paths. */
async function purge(filesystem: Filesystem, paths: readonly string[], limit?: number): Promise<void> {
  for (const path of paths) {
    for (let rounds = 0; (await filesystem.get(path)).state !== 'unwritten'; rounds++) {
      assert.ok(rounds < ROUNDS_MAX, `maintain() must forget the tombstone of ${path}`)
      await filesystem.maintain({ limit })
    }
  }
}

/** Housekeeping: what it may forget, and what it must not touch. */
export const maintainCases: readonly CaseDefinition[] = [
  {
    name: 'maintain() removes nothing that is in use, and twice is harmless',
    needs: ['maintain'],
    async run({ filesystem }) {
      const { cas, history, query } = filesystem.capabilities('/')
      const entry =
        cas === 'none' ? { ...record(1), kind: undefined, schemaVersion: undefined } : record(1, { by_n: [1] })
      await filesystem.put(at('live'), entry, anything)
      await filesystem.put(at('live'), entry, anything)
      const before = await filesystem.get(at('live'))
      for (let n = 0; n < 3; n++) {
        const { removed, more } = await filesystem.maintain()
        assert.ok(Number.isSafeInteger(removed) && removed >= 0, 'removed is a count')
        assert.equal(more, false, 'there was little to do')
      }
      assert.deepEqual(await filesystem.get(at('live')), before)
      assert.deepEqual(await pathsOf(filesystem, '/'), [at('live')])
      if (history) assert.equal((await filesystem.history(at('live'))).versions.length, 2, 'retained versions stay')
      if (query !== 'none') assert.equal((await filesystem.query('/maintain', 'by_n')).items.length, 1)
    },
  },
  {
    name: 'maintain() leaves a tombstone that is not old enough',
    needs: ['maintain', 'cas'],
    async run({ filesystem }) {
      const path = at('young')
      const [version] = await bury(filesystem, [path])
      const before = deleted(await filesystem.get(path))
      await filesystem.maintain()
      assert.deepEqual(await filesystem.get(path), before)
      assert.ok(version)
      await losesWith(() => filesystem.put(path, record(2), atVersion(version)), 'a stale token')
      await losesWith(() => filesystem.put(path, record(2), unwritten), 'unwritten at a tombstone')
      const { version: third } = await filesystem.put(path, record(2), absent)
      assert.equal(generationOf(third), generationOf(version), 'the path goes on in its generation')
    },
  },
  {
    name: 'A tombstone that is purged leaves a path never written, whose old tokens still lose',
    needs: ['purge', 'cas'],
    async run({ open }) {
      const filesystem = await open({ tombstoneMs: 0 })
      const path = at('old')
      await filesystem.put(at('kept'), record('kept'), unwritten)
      const [version] = await bury(filesystem, [path])
      const tombstone = deleted(await filesystem.get(path))
      await purge(filesystem, [path])
      assert.deepEqual(await filesystem.get(path), { state: 'unwritten' })
      assert.deepEqual(await pathsOf(filesystem, '/maintain', { deleted: true }), [at('kept')])
      if (filesystem.capabilities('/').history) {
        assert.deepEqual((await filesystem.history(path)).versions, [], 'its history is gone with it')
        assert.equal(await filesystem.getVersion(path, 1), undefined, 'as if it never existed')
      }
      assert.ok(version)
      for (const token of [version, tombstone.version]) {
        await losesWith(() => filesystem.put(path, record(2), atVersion(token)), 'a token of before')
      }
      const again = await filesystem.put(path, record('again'), unwritten)
      assert.equal(sequenceOf(again.version), 1)
      assert.notEqual(generationOf(again.version), generationOf(version), 'a new life draws a new generation')
      for (const token of [version, tombstone.version]) {
        await losesWith(() => filesystem.put(path, record(3), atVersion(token)), 'a token of a life before')
        await losesWith(() => filesystem.delete(path, atVersion(token)), 'a token of a life before')
      }
    },
  },
  {
    name: 'maintain() removes at most its limit and says whether there is more',
    needs: ['purge', 'cas'],
    async run({ open }) {
      const filesystem = await open({ tombstoneMs: 0 })
      const paths = Array.from({ length: 7 }, (_, n) => at(`n${n}`))
      await bury(filesystem, paths)
      let left = paths.length
      for (let rounds = 0; left > 0; rounds++) {
        assert.ok(rounds < ROUNDS_MAX, 'maintain() must come to its end')
        const { removed, more } = await filesystem.maintain({ limit: 2 })
        assert.ok(removed <= 2, `a limit of 2, and ${removed} were removed`)
        const now = (await pathsOf(filesystem, '/maintain', { deleted: true })).length
        assert.ok(left - now <= 2, 'a tombstone is one item')
        assert.ok(more || now === 0 || removed === 0, 'there was more, and maintain() did not say so')
        left = now
      }
      for (let rounds = 0; (await filesystem.maintain({ limit: 2 })).more; rounds++) {
        assert.ok(rounds < ROUNDS_MAX, 'maintain() must come to its end')
      }
      assert.deepEqual(await filesystem.maintain({ limit: 2 }), { removed: 0, more: false })
    },
  },
  {
    name: 'maintain() beside writers that delete and recreate loses nothing',
    needs: ['purge', 'cas'],
    async run({ open, seed }) {
      const filesystem = await open({ tombstoneMs: 0 })
      const numbers = seededRandom(seed, 13)
      const path = at('busy')
      const counting = async (name: string) => {
        for (let n = 0; n < 20; n++) await increment(filesystem, at('counter'), name)
      }
      const burying = async () => {
        let generation = ''
        let sequence = 0
        for (let n = 0; n < 20; n++) {
          const { version } = await filesystem.put(path, record(n), absent)
          if (generationOf(version) === generation) assert.equal(sequenceOf(version), sequence + 1)
          else assert.equal(sequenceOf(version), 1, 'a new life begins at 1')
          await turns(numbers.below(3))
          const tombstone = await filesystem.delete(path, atVersion(version))
          assert.ok(tombstone, 'nobody else deletes')
          generation = generationOf(version)
          sequence = sequenceOf(tombstone.version)
          await turns(numbers.below(3))
        }
      }
      const writers = Promise.all([burying(), counting('a'), counting('b')])
      const writing = new BackgroundWork(writers)
      while (writing.isRunning) {
        await filesystem.maintain({ limit: 1 })
        await turns()
      }
      await writers
      assert.deepEqual(countsOf(await filesystem.get(at('counter'))), { a: 20, b: 20 })
    },
  },
  {
    name: 'maintain() refuses a limit that is no count',
    needs: ['maintain'],
    async run({ filesystem }) {
      for (const limit of [0, -1, 0.5]) {
        await rejectsWith('invalid-argument', () => filesystem.maintain({ limit }), `maintain() of ${limit}`)
      }
      const signal = AbortSignal.abort(new Error('Cannot wait any longer'))
      await rejectsWith('aborted', () => filesystem.maintain({ signal }), 'maintain()')
    },
  },
]
