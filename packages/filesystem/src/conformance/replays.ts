import assert from 'node:assert/strict'
import { anything, atVersion, exactly, unwritten } from '../expectation.ts'
import { WRITE_IDS_KEPT } from '../filesystem.ts'
import { sequenceOf } from '../version.ts'
import { deleted, live } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodyOf, record, writeIdOf } from './samples.ts'

const path = '/replays/record'

/** Write ids and op ids: what a store remembers of writes that came before. */
export const replayCases: readonly CaseDefinition[] = [
  {
    name: 'The identical put sent again resolves with the first version and writes nothing',
    needs: ['cas'],
    async run({ filesystem }) {
      const put = () => filesystem.put(path, record(1), unwritten, { writeId: writeIdOf(1) })
      const first = await put()
      assert.deepEqual(first, { version: first.version, writeId: writeIdOf(1), replayed: false })
      const before = await filesystem.get(path)
      assert.deepEqual(await put(), { version: first.version, writeId: writeIdOf(1), replayed: true })
      assert.deepEqual(await filesystem.get(path), before)
    },
  },
  {
    name: 'The identical delete sent again resolves with the first version',
    needs: ['cas'],
    async run({ filesystem }) {
      const { version } = await filesystem.put(path, record(1), unwritten)
      const erase = () => filesystem.delete(path, atVersion(version), { writeId: writeIdOf(2) })
      const first = await erase()
      assert.ok(first)
      assert.deepEqual(await erase(), { version: first.version, writeId: writeIdOf(2), replayed: true })
      await filesystem.put(path, record(2), atVersion(first.version))
      assert.deepEqual(await erase(), { version: first.version, writeId: writeIdOf(2), replayed: true })
      assert.equal(bodyOf(await filesystem.get(path)), '2', 'the late duplicate deleted nothing')
    },
  },
  {
    name: `A writeId is remembered over ${WRITE_IDS_KEPT - 1} further writes, even without their bodies`,
    needs: ['cas'],
    async run({ filesystem }) {
      const put = () => filesystem.put(path, record('first'), unwritten, { writeId: writeIdOf(1) })
      const first = await put()
      for (let n = 2; n <= WRITE_IDS_KEPT; n++) {
        const options = { writeId: writeIdOf(n), keepVersions: 0 }
        // A delete in the middle takes a place like every other write.
        if (n === 50) await filesystem.delete(path, anything, options)
        else await filesystem.put(path, record(n), anything, options)
      }
      assert.deepEqual(await put(), { version: first.version, writeId: writeIdOf(1), replayed: true })
      const head = live(await filesystem.get(path))
      assert.equal(sequenceOf(head.version), WRITE_IDS_KEPT, 'the replay wrote nothing')
      const middle = await filesystem.put(path, record(77), anything, { writeId: writeIdOf(77) })
      assert.equal(sequenceOf(middle.version), 77)
      assert.equal(middle.replayed, true)
    },
  },
  {
    name: 'A head lists the opIds of the last writes, newest first, over a delete',
    needs: ['cas'],
    async run({ filesystem }) {
      const one = await filesystem.put(path, record(1), unwritten, { updates: [{ opId: 'a' }, {}, { opId: 'b' }] })
      await filesystem.put(path, record(2), anything)
      const three = await filesystem.delete(path, anything, { updates: [{ opId: 'c' }] })
      assert.ok(three)
      const tombstone = deleted(await filesystem.get(path))
      assert.deepEqual(tombstone.ops, [
        { opId: 'c', version: three.version },
        { opId: 'a', version: one.version },
        { opId: 'b', version: one.version },
      ])
      const four = await filesystem.put(path, record(4), exactly(tombstone), { updates: [{ opId: 'd' }] })
      const head = live(await filesystem.get(path))
      assert.deepEqual(head.ops, [{ opId: 'd', version: four.version }, ...tombstone.ops])
    },
  },
]
