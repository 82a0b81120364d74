import assert from 'node:assert/strict'
import { absent, anything, atVersion, exactly, unwritten } from '../expectation.ts'
import { generationOf, sequenceOf } from '../version.ts'
import { deleted, live, losesWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodyOf, record, writeIdOf } from './samples.ts'

const path = '/versions/record'

/** What tokens, write ids and op ids mean over the life of a path. */
export const versionCases: readonly CaseDefinition[] = [
  {
    name: 'Versions are dense, and one generation lasts over deletes and recreations',
    needs: ['cas'],
    async run({ filesystem }) {
      const versions = []
      versions.push((await filesystem.put(path, record(1), unwritten)).version)
      versions.push((await filesystem.put(path, record(2), anything)).version)
      versions.push((await filesystem.delete(path, anything))?.version)
      versions.push((await filesystem.put(path, record(3), absent)).version)
      versions.push((await filesystem.delete(path, anything))?.version)
      versions.push((await filesystem.put(path, record(4), anything)).version)
      const known = versions.filter((version) => version !== undefined)
      assert.deepEqual(known.map(sequenceOf), [1, 2, 3, 4, 5, 6], 'each write, deletes included, adds one')
      assert.equal(new Set(known.map(generationOf)).size, 1, 'the generation of a path is constant')
    },
  },
  {
    name: 'Two paths have different generations',
    needs: ['cas'],
    async run({ filesystem }) {
      const one = await filesystem.put('/versions/one', record(1), unwritten)
      const two = await filesystem.put('/versions/two', record(1), unwritten)
      assert.notEqual(generationOf(one.version), generationOf(two.version))
    },
  },
  {
    name: 'delete() leaves a tombstone with a version of its own',
    needs: ['cas'],
    async run({ filesystem }) {
      const { version } = await filesystem.put(path, record(1), unwritten)
      const result = await filesystem.delete(path, atVersion(version), { writeId: writeIdOf(9) })
      const head = deleted(await filesystem.get(path))
      assert.equal(head.version, result?.version)
      assert.equal(sequenceOf(head.version), 2)
      assert.equal(head.info.size, 0)
      assert.equal(head.info.writeId, writeIdOf(9))
      assert.ok(!('entry' in head), 'a tombstone has no entry')
      const recreated = await filesystem.put(path, record(2), atVersion(head.version))
      assert.equal(sequenceOf(recreated.version), 3, "a tombstone's version is a precondition for the next write")
    },
  },
  {
    name: 'A stale token is refused after delete and recreate with the same body',
    needs: ['cas'],
    async run({ filesystem }) {
      const { version: stale } = await filesystem.put(path, record('same'), unwritten)
      await filesystem.delete(path, atVersion(stale))
      await filesystem.put(path, record('same'), absent)
      await losesWith(() => filesystem.put(path, record('lost'), atVersion(stale)), 'put() with a stale token')
      await losesWith(() => filesystem.delete(path, atVersion(stale)), 'delete() with a stale token')
      assert.equal(bodyOf(await filesystem.get(path)), '"same"')
    },
  },
  {
    name: 'A late duplicate of a create does not resurrect a deleted record',
    needs: ['cas'],
    async run({ filesystem }) {
      const create = () => filesystem.put(path, record('created'), unwritten, { writeId: writeIdOf(1) })
      const first = await create()
      await filesystem.delete(path, atVersion(first.version))
      const late = await create()
      assert.deepEqual(late, { version: first.version, writeId: writeIdOf(1), replayed: true })
      deleted(await filesystem.get(path), 'the head after the duplicate')
      const stranger = () => filesystem.put(path, record('created'), unwritten, { writeId: writeIdOf(2) })
      await losesWith(stranger, 'another create under unwritten')
      deleted(await filesystem.get(path), 'the head after another create')
    },
  },
  {
    name: 'VersionMismatch carries the winner with its entry',
    needs: ['cas'],
    async run({ filesystem }) {
      const { version: stale } = await filesystem.put(path, record('base'), unwritten)
      const winner = await filesystem.put(path, record('winner'), atVersion(stale), {
        writeId: writeIdOf(7),
        updates: [{ opId: 'winning-op' }],
      })
      const error = await losesWith(() => filesystem.put(path, record('loser'), atVersion(stale)), 'the second writer')
      const current = live(error.current, 'the winner')
      assert.equal(current.version, winner.version)
      assert.equal(bodyOf(current), '"winner"')
      assert.equal(current.info.writeId, writeIdOf(7))
      assert.deepEqual(
        current.ops.map(({ opId }) => opId),
        ['winning-op'],
        'the winner carries its opIds',
      )
      assert.equal(error.path, path)
      assert.equal(error.retry, 'safe')
      const next = await filesystem.put(path, record('retry'), exactly(error.current))
      assert.equal(sequenceOf(next.version), 3, 'a retry needs no second read')
    },
  },
]
