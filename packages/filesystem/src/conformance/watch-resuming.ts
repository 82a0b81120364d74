import assert from 'node:assert/strict'
import { absent, anything, unwritten } from '../expectation.ts'
import type { Change, Filesystem } from '../filesystem.ts'
import { pathsOf } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { record } from './samples.ts'
import { inWords, Watching } from './watching.ts'

const at = (name: string) => `/watch/${name}`

/** Writes of which a watcher must be told, one way or the other: what must be told last of each path. */
async function writeSome(filesystem: Filesystem): Promise<Readonly<Record<string, string>>> {
  await filesystem.put(at('a'), record(1), anything)
  await filesystem.put(at('b'), record(1), unwritten)
  await filesystem.put(at('b'), record(2), anything)
  await filesystem.put(at('c/d'), record(1), unwritten)
  await filesystem.delete(at('c/d'), anything)
  return { [at('a')]: 'put 2', [at('b')]: 'put 2', [at('c/d')]: 'delete 2' }
}

/** `watch` from a cursor, and where it must say that it missed something. */
export const watchResumeCases: readonly CaseDefinition[] = [
  {
    name: 'A watch that goes on from a cursor tells everything that was written since',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      const before = await Watching.start(filesystem, '/watch')
      await filesystem.put(at('a'), record(1), unwritten)
      await before.tells({ [at('a')]: 'put 1' })
      const { cursor } = before
      await before.return()
      const expected = await writeSome(filesystem)
      await using resumed = new Watching(filesystem, '/watch', { after: cursor })
      await resumed.tells(expected)
      await filesystem.put(at('live'), record(1), unwritten)
      await resumed.tells({ [at('live')]: 'put 1' })
      // A cursor may be used again, and one of the middle as well.
      const middle = resumed.changes.findIndex((change) => change.path === at('a') && inWords(change) === 'put 2')
      const after = resumed.changes[middle]?.cursor ?? ''
      await using again = new Watching(filesystem, '/watch', { after })
      await filesystem.put(at('live'), record(2), anything)
      const { [at('a')]: _told, ...rest } = expected
      const already = new Set(resumed.changes.slice(0, middle + 1).map(({ path }) => path))
      const owed = Object.entries(rest).filter(([path]) => !already.has(path))
      await again.tells({ ...Object.fromEntries(owed), [at('live')]: 'put 2' })
    },
  },
  {
    name: 'A watch goes on from a cursor of another handle and a store that was reopened',
    needs: ['processes', 'watch', 'cas'],
    async run({ filesystem, open }) {
      const before = await Watching.start(filesystem, '/watch')
      await filesystem.put(at('a'), record(1), unwritten)
      await before.tells({ [at('a')]: 'put 1' })
      const { cursor } = before
      await before.return()
      const expected = await writeSome(filesystem)
      await filesystem.close()
      await using resumed = new Watching(await open(), '/watch', { after: cursor })
      await resumed.tells(expected)
    },
  },
  {
    name: 'A cursor that is not of this store yields a gap, then every head, tombstones included, then what is written',
    needs: ['watch', 'cas'],
    async run({ filesystem }) {
      const expected = await writeSome(filesystem)
      await filesystem.put('/elsewhere/x', record(1), unwritten)
      await using watching = new Watching(filesystem, '/watch', { after: 'of no store' })
      await watching.tells({ ...expected, [at('a')]: 'put 1' })
      assert.equal(watching.first?.type, 'gap', 'first of all it says that it does not know')
      assert.equal(watching.last['/elsewhere/x'], undefined, 'nothing outside of its prefix')
      await filesystem.put(at('a'), record(2), anything)
      await filesystem.put(at('c/d'), record(3), absent)
      await watching.tells({ [at('a')]: 'put 2', [at('c/d')]: 'put 3' })
    },
  },
  {
    name: 'A gap over more records than a page holds tells every one of them',
    needs: ['watch', 'cas'],
    async run({ open }) {
      const filesystem = await open({ limits: { pageSizeMax: 5 } })
      const paths = Array.from({ length: 130 }, (_, n) => at(`many/n${n}`))
      for (const path of paths) await filesystem.put(path, record(1), unwritten)
      await using watching = new Watching(filesystem, '/watch', { after: 'of no store' })
      await watching.tells(Object.fromEntries(paths.map((path) => [path, 'put 1'])))
    },
  },
  {
    name: 'A watcher that falls behind what is kept gets a gap and the heads, never silence',
    needs: ['watch', 'cas'],
    async run({ open }) {
      const filesystem = await open({ limits: { watchBufferMax: 10 } })
      const iterator = filesystem.watch('/watch')[Symbol.asyncIterator]()
      const first = iterator.next()
      const started = first.then(() => true)
      // Written until the watch has begun; then nothing is read for a while.
      for (let begun = false; !begun;) {
        await filesystem.put(at('tick'), record('tick'), anything)
        const turn = new Promise<false>((resolve) => setImmediate(() => resolve(false)))
        begun = await Promise.race([started, turn])
      }
      const paths = Array.from({ length: 60 }, (_, n) => at(`n${n}`))
      for (const path of paths) await filesystem.put(path, record(1), unwritten)
      for (const path of paths) await filesystem.put(path, record(2), anything)
      await filesystem.delete(at('n0'), anything)
      // Where housekeeping is what forgets old changes, it does so now.
      if (filesystem.capabilities('/').maintain) await filesystem.maintain()
      const told = await readUntil(filesystem, iterator, [
        ...paths.slice(1).map((path) => `${path} put 2`),
        `${at('n0')} delete 3`,
      ])
      await iterator.return?.()
      assert.deepEqual(told, [], 'what was never told, and no gap said so')
      assert.equal((await pathsOf(filesystem, '/watch')).length, 60)
    },
  },
  {
    name: 'The tombstone that a watcher sees purged is told as compacted',
    needs: ['watch', 'purge', 'cas'],
    async run({ open }) {
      const filesystem = await open({ tombstoneMs: 0 })
      await using watching = await Watching.start(filesystem, '/watch')
      await filesystem.put(at('a'), record(1), unwritten)
      await filesystem.delete(at('a'), anything)
      await watching.tells({ [at('a')]: 'delete 2' })
      while ((await filesystem.get(at('a'))).state !== 'unwritten') await filesystem.maintain()
      await watching.tells({ [at('a')]: 'compacted' })
      const { version } = await filesystem.put(at('a'), record('new'), unwritten)
      await watching.tells({ [at('a')]: 'put 1' })
      const last = watching.changes.at(-1)
      assert.equal(last?.type === 'put' && last.version, version)
    },
  },
]

const READS_MAX = 2000

/** Reads until all of this was told last of its paths; what is missing when many later writes have been told. */
async function readUntil(
  filesystem: Filesystem,
  iterator: AsyncIterator<Change>,
  expected: readonly string[],
): Promise<readonly string[]> {
  const missing = new Set(expected)
  let pending: Promise<IteratorResult<Change>> | undefined
  for (let reads = 0; missing.size > 0 && reads < READS_MAX; reads++) {
    pending ??= iterator.next()
    // A later write, so that a watch which skipped the others has something to tell.
    const nudge = filesystem.put(at('tick'), record('tick'), anything).then(() => undefined)
    const result = (await Promise.race([pending, nudge])) ?? undefined
    await nudge
    if (!result) continue
    pending = undefined
    if (result.done === true) break
    const change = result.value
    if (change.type !== 'gap') missing.delete(`${change.path} ${inWords(change)}`)
  }
  return [...missing]
}
