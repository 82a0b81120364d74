import assert from 'node:assert/strict'
import { anything, unwritten } from '../expectation.ts'
import type { Entry, Tuple } from '../filesystem.ts'
import { compareTuples } from '../tuple.ts'
import { live } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { bodyOf, record, someWriter, text, writeIdOf } from './samples.ts'

const path = '/entries/record'

/** What goes in comes out, and nothing that a caller does afterwards changes it. */
export const entryCases: readonly CaseDefinition[] = [
  {
    name: 'A body comes back byte for byte: empty, every byte value, and a line break at either end',
    async run({ filesystem }) {
      const every = Uint8Array.from({ length: 256 }, (_, value) => value)
      const bodies = [new Uint8Array(), every, new TextEncoder().encode('\n{}\r\n\n'), Uint8Array.of(0)]
      for (const body of bodies) {
        await filesystem.put(path, { body, contentType: 'application/octet-stream' }, anything)
        const { entry } = live(await filesystem.get(path))
        assert.ok(entry.body instanceof Uint8Array)
        assert.deepEqual([...entry.body], [...body])
      }
    },
  },
  {
    name: 'kind, schemaVersion, contentType and tuples come back as written',
    needs: ['cas'],
    async run({ filesystem }) {
      const tuples: Readonly<Record<string, Tuple>> = {
        by_name: ['naïve \u{1f642} \u0000', 'z'],
        by_rest: [null, false, true, -1.5, 0, 2 ** 53, Uint8Array.of(0, 255, 1)],
      }
      const entry: Entry = { ...record({ a: 1 }, tuples), contentType: 'application/json; charset=utf-8' }
      await filesystem.put(path, entry, unwritten)
      const stored = live(await filesystem.get(path)).entry
      assert.equal(stored.kind, entry.kind)
      assert.equal(stored.schemaVersion, entry.schemaVersion)
      assert.equal(stored.contentType, entry.contentType)
      assert.deepEqual(Object.keys(stored.tuples ?? {}).toSorted(), Object.keys(tuples))
      for (const [name, tuple] of Object.entries(tuples)) {
        assert.equal(compareTuples(stored.tuples?.[name] ?? [], tuple), 0, `the tuple of ${name}`)
      }
      await filesystem.put(path, text('plain'), anything)
      const plain = live(await filesystem.get(path)).entry
      assert.deepEqual([plain.kind, plain.schemaVersion, plain.tuples], [undefined, undefined, undefined])
    },
  },
  {
    name: 'A version tells who wrote it, what was folded into it, and how large it is',
    needs: ['cas'],
    async run({ filesystem }) {
      const updates = [{ opId: 'op-1', writer: someWriter }, { writer: { ...someWriter, pid: 1 } }]
      const { version } = await filesystem.put(path, text('héllo'), unwritten, {
        writeId: writeIdOf(5),
        writer: someWriter,
        updates,
      })
      const { info } = live(await filesystem.get(path))
      assert.equal(info.version, version)
      assert.equal(info.writeId, writeIdOf(5))
      assert.deepEqual({ ...info.writer }, someWriter)
      assert.equal(info.size, 6, 'the size counts bytes')
      assert.ok(Number.isSafeInteger(info.time) && info.time > 0, 'the time is in whole milliseconds')
      assert.deepEqual(
        info.updates.map(({ opId, writer }) => ({ opId, pid: writer?.pid })),
        [
          { opId: 'op-1', pid: someWriter.pid },
          { opId: undefined, pid: 1 },
        ],
      )
    },
  },
  {
    name: 'A write that names no writeId, writer or updates gets them',
    needs: ['cas'],
    async run({ filesystem }) {
      const one = await filesystem.put(path, text('1'), unwritten)
      const two = await filesystem.put(path, text('2'), anything)
      assert.match(one.writeId, /^[0-9a-f]{32}$/)
      assert.notEqual(one.writeId, two.writeId)
      const { info } = live(await filesystem.get(path))
      assert.equal(info.writeId, two.writeId)
      assert.equal(typeof info.writer.service, 'string')
      assert.equal(info.updates.length, 1)
      assert.equal(info.updates[0]?.opId, undefined)
    },
  },
  {
    name: 'A caller that changes its body after put() does not change the store',
    async run({ filesystem }) {
      const entry = text('before')
      const pending = filesystem.put(path, entry, anything)
      entry.body.fill(0x21)
      await pending
      assert.equal(bodyOf(await filesystem.get(path)), 'before', 'the body is taken when put() is called')
      const other = text('second')
      await filesystem.put(path, other, anything)
      other.body.fill(0x21)
      assert.equal(bodyOf(await filesystem.get(path)), 'second')
    },
  },
  {
    name: 'A caller that changes a returned body does not change the store',
    async run({ filesystem }) {
      await filesystem.put(path, text('stored'), anything)
      live(await filesystem.get(path)).entry.body.fill(0x21)
      assert.equal(bodyOf(await filesystem.get(path)), 'stored')
      const { items } = await filesystem.list('/entries', { bodies: true })
      items[0]?.head?.entry?.body.fill(0x21)
      assert.equal(bodyOf(await filesystem.get(path)), 'stored')
    },
  },
]
