import assert from 'node:assert/strict'
import { CompactedError } from '../errors.ts'
import { absent, anything, unwritten } from '../expectation.ts'
import { type Filesystem, KEEP_VERSIONS_DEFAULT } from '../filesystem.ts'
import { sequenceOf } from '../version.ts'
import { deleted, live, rejectsWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodyOf, record, text } from './samples.ts'

const path = '/history/record'

async function sequences(filesystem: Filesystem): Promise<number[]> {
  const { versions } = await filesystem.history(path)
  return versions.map(({ info }) => sequenceOf(info.version))
}

async function isCompacted(filesystem: Filesystem, sequence: number, oldest: number): Promise<void> {
  const what = `getVersion(${sequence})`
  const error = await rejectsWith('compacted', () => filesystem.getVersion(path, sequence), what)
  assert.ok(error instanceof CompactedError, `${what} must reject with a CompactedError`)
  assert.equal(error.oldest, oldest, `${what} names the oldest retained version`)
}

/** Superseded versions: which are retained, and how they are read. */
export const historyCases: readonly CaseDefinition[] = [
  {
    name: 'history() lists the retained versions newest first, the head and tombstones included',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      assert.deepEqual((await filesystem.history(path)).versions, [], 'a path never written has none')
      await filesystem.put(path, record('one'), unwritten)
      await filesystem.delete(path, anything)
      await filesystem.put(path, record('three'), absent)
      const { versions } = await filesystem.history(path)
      assert.deepEqual(
        versions.map(({ state, info, entry }) => [sequenceOf(info.version), state, entry]),
        [
          [3, 'live', undefined],
          [2, 'deleted', undefined],
          [1, 'live', undefined],
        ],
      )
      const withBodies = await filesystem.history(path, { bodies: true })
      assert.deepEqual(
        withBodies.versions.map(({ entry }) => entry && new TextDecoder().decode(entry.body)),
        ['"three"', undefined, '"one"'],
      )
    },
  },
  {
    name: 'history() pages strictly below its cursor',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      for (let n = 1; n <= 7; n++) await filesystem.put(path, text(`${n}`), anything)
      for (const limit of [1, 2, 3, 7, 10]) {
        const seen: number[] = []
        let before: number | undefined
        do {
          const page = await filesystem.history(path, { limit, before })
          assert.ok(page.versions.length <= limit)
          seen.push(...page.versions.map(({ info }) => sequenceOf(info.version)))
          before = page.next
          assert.ok(seen.length <= 7, 'no version twice')
        } while (before !== undefined)
        assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1], `${limit} a page`)
      }
    },
  },
  {
    name: 'getVersion() reads each retained version, and undefined where none ever was',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      assert.equal(await filesystem.getVersion(path, 1), undefined, 'a path never written')
      const one = await filesystem.put(path, record('one', { by_n: [1] }), unwritten, { updates: [{ opId: 'x' }] })
      await filesystem.delete(path, anything)
      await filesystem.put(path, record('three'), absent)
      const first = live(await filesystem.getVersion(path, 1))
      assert.equal(first.version, one.version)
      assert.equal(bodyOf(first), '"one"')
      assert.deepEqual(first.entry.tuples, { by_n: [1] })
      assert.deepEqual(first.ops, [])
      assert.equal(first.info.updates[0]?.opId, 'x')
      deleted(await filesystem.getVersion(path, 2))
      assert.equal(bodyOf(await filesystem.getVersion(path, 3)), '"three"')
      assert.equal(await filesystem.getVersion(path, 4), undefined, 'a version not written yet')
    },
  },
  {
    name: 'keepVersions retains exactly that many superseded versions',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      for (let n = 1; n <= 6; n++) await filesystem.put(path, text(`${n}`), anything, { keepVersions: 2 })
      assert.deepEqual(await sequences(filesystem), [6, 5, 4])
      await isCompacted(filesystem, 3, 4)
      await isCompacted(filesystem, 1, 4)
      assert.equal(await filesystem.getVersion(path, 7), undefined)
      await filesystem.put(path, text('7'), anything, { keepVersions: 4 })
      assert.deepEqual(await sequences(filesystem), [7, 6, 5, 4], 'what was pruned does not come back')
    },
  },
  {
    name: 'keepVersions 0 purges every superseded version, by put() and by delete()',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      for (let n = 1; n <= 3; n++) await filesystem.put(path, text(`${n}`), anything)
      await filesystem.put(path, text('4'), anything, { keepVersions: 0 })
      assert.deepEqual(await sequences(filesystem), [4])
      await isCompacted(filesystem, 3, 4)
      await filesystem.put(path, text('5'), anything)
      await filesystem.delete(path, anything, { keepVersions: 0 })
      assert.deepEqual(await sequences(filesystem), [6])
      await isCompacted(filesystem, 4, 6)
      await isCompacted(filesystem, 5, 6)
    },
  },
  {
    name: 'A write that does not say retains the default number of versions',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      const writes = KEEP_VERSIONS_DEFAULT + 4
      for (let n = 1; n <= writes; n++) await filesystem.put(path, text(`${n}`), anything)
      const kept = await sequences(filesystem)
      assert.equal(kept.length, KEEP_VERSIONS_DEFAULT + 1)
      assert.equal(kept.at(-1), writes - KEEP_VERSIONS_DEFAULT)
    },
  },
]
