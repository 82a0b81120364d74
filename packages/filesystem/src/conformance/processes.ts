import assert from 'node:assert/strict'
import { anything, unwritten } from '../expectation.ts'
import { sequenceOf } from '../version.ts'
import { deleted, live, rejectsWith } from './assertions.ts'
import type { CaseContext, CaseDefinition } from './case.ts'
import { countsOf, total } from './counter.ts'
import type { ForkedChild } from './forked-child.ts'
import { bodyOf, record, text, writeIdOf } from './samples.ts'

const path = '/processes/record'

async function forkAll(context: CaseContext, count: number): Promise<ForkedChild[]> {
  return Promise.all(Array.from({ length: count }, () => context.fork()))
}

/** Wakes a process again and again, because nobody can tell when it has stopped itself, until this is done. */
async function resumed<Result>(frozen: ForkedChild, result: Promise<Result>): Promise<Result> {
  const done = result.then(() => true)
  for (let isDone = false; !isDone;) {
    frozen.resume()
    const turn = new Promise<false>((resolve) => setImmediate(() => resolve(false)))
    isDone = await Promise.race([done, turn])
  }
  return result
}

/** Several processes on one store: the kit forks them. */
export const processCases: readonly CaseDefinition[] = [
  {
    name: 'What one process wrote, another process and a reopened store see',
    needs: ['processes'],
    async run({ filesystem, open, fork }) {
      await filesystem.put(path, text('from the parent'), anything)
      const reader = await fork()
      assert.equal((await reader.run('read', { path })).body, 'from the parent')
      const writer = await fork()
      await writer.run('write', { path, body: 'from a child' })
      assert.equal(bodyOf(await filesystem.get(path)), 'from a child')
      await filesystem.close()
      assert.equal(bodyOf(await (await open()).get(path)), 'from a child')
    },
  },
  {
    name: 'A reopened store remembers versions, tombstones, history, write ids and op ids',
    needs: ['processes', 'cas', 'history'],
    async run({ filesystem, open }) {
      const put = { writeId: writeIdOf(1), updates: [{ opId: 'op-1' }] }
      const first = await filesystem.put(path, record('one', { by_n: [1] }), unwritten, put)
      await filesystem.delete(path, anything)
      await filesystem.put('/processes/kept', record('kept'), unwritten, { keepVersions: 0 })
      await filesystem.put('/processes/kept', record('kept again'), anything, { keepVersions: 0 })
      const before = await filesystem.get(path)
      await filesystem.close()
      const reopened = await open()
      assert.deepEqual(await reopened.get(path), before)
      assert.deepEqual(deleted(before).ops, [{ opId: 'op-1', version: first.version }])
      assert.equal((await reopened.history(path)).versions.length, 2)
      assert.equal(bodyOf(await reopened.getVersion(path, 1)), '"one"')
      await rejectsWith('compacted', () => reopened.getVersion('/processes/kept', 1), 'getVersion(1)')
      const replay = await reopened.put(path, record('one', { by_n: [1] }), unwritten, put)
      assert.deepEqual(replay, { version: first.version, writeId: writeIdOf(1), replayed: true })
    },
  },
  {
    name: 'Increments of one record by several processes add up exactly',
    needs: ['processes', 'cas'],
    async run(context) {
      const children = await forkAll(context, 4)
      const results = await Promise.all(
        children.map((child, n) => child.run('increment', { path, name: `p${n}`, times: 15 })),
      )
      const head = live(await context.filesystem.get(path))
      assert.deepEqual(countsOf(head), { p0: 15, p1: 15, p2: 15, p3: 15 })
      const sequences = results.flat().map(sequenceOf)
      assert.deepEqual(
        sequences.toSorted((a, b) => a - b),
        Array.from({ length: 60 }, (_, n) => n + 1),
        'each acknowledged increment is one version, and none is missing',
      )
    },
  },
  {
    name: 'Of several processes that create the same paths each path has exactly one winner',
    needs: ['processes', 'cas'],
    async run(context) {
      const paths = Array.from({ length: 25 }, (_, n) => `/processes/round-${n}`)
      const children = await forkAll(context, 3)
      const won = await Promise.all(children.map((child, n) => child.run('create', { paths, name: `p${n}` })))
      assert.deepEqual(won.flat().toSorted(), paths.toSorted(), 'each path was won once')
      for (const [n, own] of won.entries()) {
        for (const mine of own)
          assert.equal(bodyOf(await context.filesystem.get(mine)), JSON.stringify({ name: `p${n}` }))
      }
    },
  },
  {
    name: 'Processes killed in the middle lose no acknowledged write and write none twice',
    needs: ['processes', 'cas'],
    async run(context) {
      const acknowledged: Record<string, number> = {}
      for (let round = 0; round < 3; round++) {
        const [victim, survivor] = await forkAll(context, 2)
        assert.ok(victim && survivor)
        victim.start('loop', { path, name: `victim-${round}` })
        survivor.start('loop', { path, name: `survivor-${round}` })
        await victim.acknowledges(3 + round)
        await victim.kill()
        const atKill = survivor.acknowledged
        await survivor.acknowledges(atKill + 3)
        survivor.stop()
        acknowledged[`survivor-${round}`] = await survivor.result<'loop'>()
        acknowledged[`victim-${round}`] = victim.acknowledged
      }
      const head = live(await context.filesystem.get(path))
      const counts = countsOf(head)
      for (const [name, count] of Object.entries(acknowledged)) {
        // The write that was in flight at the kill may have landed; nothing else may differ.
        const inFlight = name.startsWith('victim') ? 1 : 0
        const stored = counts[name] ?? 0
        assert.ok(stored >= count && stored <= count + inFlight, `${name}: acknowledged ${count}, stored ${stored}`)
      }
      assert.equal(sequenceOf(head.version), total(counts), 'one version for each increment')
    },
  },
  {
    name: 'A frozen process delays nobody: the others finish while it is frozen',
    needs: ['processes', 'cas'],
    async run(context) {
      for (let round = 0; round < 3; round++) {
        const [frozen, other] = await forkAll(context, 2)
        assert.ok(frozen && other)
        const names = [`frozen-${round}`, `other-${round}`] as const
        // At any moment where that must do no harm, and between a read and its write where a write may hold up others.
        const anywhere = context.subject.stoppedWriterDelaysOthers !== true
        if (anywhere) frozen.start('loop', { path, name: names[0] })
        else frozen.start('stall', { path, name: names[0], times: 1 })
        await frozen.acknowledges(anywhere ? 2 + round : 1)
        frozen.freeze()
        // No clock: this resolves because the others are free, or the test runner gives up.
        const finished = await other.run('increment', { path, name: names[1], times: 10 })
        assert.equal(finished.length, 10)
        assert.ok(frozen.isRunning, 'the frozen process is still there')
        frozen.stop()
        const count = await resumed(frozen, anywhere ? frozen.result<'loop'>() : frozen.result<'stall'>())
        const counts = countsOf(await context.filesystem.get(path))
        assert.deepEqual([counts[names[0]], counts[names[1]]], [count, 10], 'and loses nothing when it goes on')
      }
    },
  },
  {
    name: 'A process frozen between its read and its write delays nobody, and its write then loses',
    needs: ['processes', 'cas'],
    async run(context) {
      const [frozen, other] = await forkAll(context, 2)
      assert.ok(frozen && other)
      frozen.start('stall', { path, name: 'frozen', times: 2 })
      await frozen.acknowledges(1)
      const versions = await other.run('increment', { path, name: 'other', times: 5 })
      assert.deepEqual(versions.map(sequenceOf), [1, 2, 3, 4, 5], 'nobody else wrote meanwhile')
      assert.ok(frozen.isRunning, 'the frozen process is still there')
      await resumed(frozen, frozen.result<'stall'>())
      assert.deepEqual(countsOf(await context.filesystem.get(path)), { frozen: 2, other: 5 })
    },
  },
]
