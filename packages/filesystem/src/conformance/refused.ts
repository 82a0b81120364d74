import assert from 'node:assert/strict'
import { absent, anything, atVersion, unwritten } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { formatVersion } from '../version.ts'
import { rejectsWith } from './assertions.ts'
import type { StoreOptions, Subject } from './subject.ts'
import type { Need } from './need.ts'
import { record, text } from './samples.ts'

/** Asserts that what a backend lacks is declared, refused with `unsupported`, and leaves nothing behind. */
export async function assertRefused(
  need: Need,
  filesystem: Filesystem,
  subject: Subject,
  open: (overrides?: StoreOptions) => Promise<Filesystem>,
): Promise<void> {
  switch (need) {
    case 'processes':
      assert.equal(filesystem.capabilities('/').crossProcess, subject.crossProcess, 'the declared crossProcess')
      return
    case 'purge':
      return keepsTombstones(await open({ tombstoneMs: 0 }))
    case 'cas':
    case 'blindWrites':
    case 'history':
    case 'query':
    case 'log':
    case 'transact':
    case 'watch':
    case 'maintain':
      for (const [what, call] of refusedCalls[need]) {
        await rejectsWith('unsupported', () => call(filesystem), what)
        assert.deepEqual((await filesystem.list('/')).items, [], `${what} left something`)
      }
  }
}

type RefusedCall = readonly [what: string, call: (filesystem: Filesystem) => unknown]

const path = '/refused/record'
const token = formatVersion(1, '0123456789abcdef')
const body = [Uint8Array.of(1)]

const refusedCalls: Readonly<Record<Exclude<Need, 'processes' | 'purge'>, readonly RefusedCall[]>> = {
  cas: [
    ['put() of a record', (fs) => fs.put(path, record({ n: 1 }), anything)],
    ['put() under unwritten', (fs) => fs.put(path, text('a'), unwritten)],
    ['put() under a version', (fs) => fs.put(path, text('a'), atVersion(token))],
    ['delete() under a version', (fs) => fs.delete(path, atVersion(token))],
  ],
  blindWrites: [['put() under any', (fs) => fs.put(path, text('a'), anything)]],
  history: [
    ['history()', (fs) => fs.history(path)],
    ['getVersion()', (fs) => fs.getVersion(path, 1)],
  ],
  query: [['query()', (fs) => fs.query('/refused', 'by_name')]],
  log: [
    ['append()', (fs) => fs.append(path, body)],
    ['read()', (fs) => fs.read(path)],
    ['trim()', (fs) => fs.trim(path, 1)],
  ],
  transact: [
    ['transact() of a put', (fs) => fs.transact([{ type: 'put', path, entry: text('a'), expect: absent }])],
    ['transact() of a check', (fs) => fs.transact([{ type: 'check', path, expect: absent }])],
    ['transact() of an append', (fs) => fs.transact([{ type: 'append', path, bodies: body }])],
  ],
  watch: [['watch()', (fs) => fs.watch('/refused')[Symbol.asyncIterator]().next()]],
  maintain: [['maintain()', (fs) => fs.maintain()]],
}

/** Where tombstones are kept for good, no housekeeping forgets one. */
async function keepsTombstones(filesystem: Filesystem): Promise<void> {
  const { cas, maintain } = filesystem.capabilities('/')
  if (cas === 'none' || cas === 'unknown' || !maintain) return
  await filesystem.put(path, record(1), unwritten)
  await filesystem.delete(path, anything)
  const before = await filesystem.get(path)
  await filesystem.maintain()
  assert.deepEqual(await filesystem.get(path), before, 'a tombstone that is kept for good')
}
