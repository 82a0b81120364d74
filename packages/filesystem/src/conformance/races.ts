import assert from 'node:assert/strict'
import { absent, anything, exactly, unwritten } from '../expectation.ts'
import { sequenceOf } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { live, losesWith } from './assertions.ts'
import type { CaseDefinition } from './case.ts'
import { countsOf, increment, total } from './counter.ts'
import { bodyOf, record, text } from './samples.ts'

const path = '/races/record'

/** Several writers in one process. */
export const raceCases: readonly CaseDefinition[] = [
  {
    name: 'Of eight simultaneous creators exactly one wins, and the others see it',
    needs: ['cas'],
    async run({ filesystem }) {
      for (const expect of [unwritten, absent]) {
        const target = `${path}-${expect.type}`
        const names = Array.from({ length: 8 }, (_, n) => `creator-${n}`)
        const results = await Promise.allSettled(names.map((name) => filesystem.put(target, record(name), expect)))
        const winners = names.filter((_, n) => results[n]?.status === 'fulfilled')
        assert.equal(winners.length, 1, `one winner under ${expect.type}`)
        const winner = JSON.stringify(winners[0])
        for (const result of results) {
          if (result.status === 'fulfilled') continue
          assert.ok(result.reason instanceof VersionMismatch, String(result.reason))
          assert.equal(bodyOf(result.reason.current), winner, 'a loser is told the winner')
        }
        assert.equal(bodyOf(await filesystem.get(target)), winner)
      }
    },
  },
  {
    name: 'Of eight simultaneous creators under absent exactly one wins without versions too',
    async run({ filesystem }) {
      const names = Array.from({ length: 8 }, (_, n) => `creator-${n}`)
      const results = await Promise.allSettled(names.map((name) => filesystem.put(path, text(name), absent)))
      const winners = names.filter((_, n) => results[n]?.status === 'fulfilled')
      assert.equal(winners.length, 1)
      for (const result of results) {
        if (result.status === 'rejected') assert.ok(result.reason instanceof VersionMismatch, String(result.reason))
      }
      assert.equal(bodyOf(await filesystem.get(path)), winners[0])
    },
  },
  {
    name: 'Simultaneous increments of one record add up exactly',
    needs: ['cas'],
    async run({ filesystem }) {
      const writers = ['a', 'b', 'c', 'd', 'e']
      const versions = await Promise.all(
        writers.map(async (name) => {
          const own = []
          for (let n = 0; n < 20; n++) own.push(await increment(filesystem, path, name))
          return own
        }),
      )
      const head = live(await filesystem.get(path))
      assert.deepEqual(countsOf(head), Object.fromEntries(writers.map((name) => [name, 20])))
      assert.equal(sequenceOf(head.version), 100, 'one version for each increment')
      assert.equal(new Set(versions.flat()).size, 100, 'no version was acknowledged twice')
    },
  },
  {
    name: 'Of two writers that read the same head only one wins',
    needs: ['cas'],
    async run({ filesystem }) {
      await filesystem.put(path, record(0), unwritten)
      for (let round = 0; round < 20; round++) {
        const head = await filesystem.get(path)
        const writes = ['left', 'right'].map((side) => filesystem.put(path, record(`${side} ${round}`), exactly(head)))
        const won = (await Promise.allSettled(writes)).filter(({ status }) => status === 'fulfilled')
        assert.equal(won.length, 1, `round ${round}`)
      }
      assert.equal(sequenceOf(live(await filesystem.get(path)).version), 21)
    },
  },
  {
    name: 'Simultaneous blind writes each become a version of their own',
    needs: ['cas'],
    async run({ filesystem }) {
      const writes = Array.from({ length: 10 }, (_, n) => filesystem.put(path, record(n), anything))
      const sequences = (await Promise.all(writes)).map(({ version }) => sequenceOf(version))
      assert.deepEqual(
        sequences.toSorted((a, b) => a - b),
        Array.from({ length: 10 }, (_, n) => n + 1),
      )
    },
  },
  {
    name: 'A caller that stalls between read and write delays nobody and then loses',
    needs: ['cas'],
    async run({ filesystem }) {
      await filesystem.put(path, record({}), unwritten)
      // This caller holds its head, as a frozen one would, while the others go on and finish.
      const held = await filesystem.get(path)
      for (let n = 0; n < 20; n++) await increment(filesystem, path, 'others')
      const error = await losesWith(
        () => filesystem.put(path, record({ stalled: 1 }), exactly(held)),
        'the stalled caller',
      )
      assert.deepEqual(countsOf(error.current), { others: 20 })
      assert.equal(total(countsOf(await filesystem.get(path))), 20)
    },
  },
  {
    name: 'A stalled listing and an unread history delay no writer',
    needs: ['cas', 'history'],
    async run({ filesystem }) {
      await filesystem.put(path, record({}), unwritten)
      const listing = filesystem.list('/', { bodies: true })
      const history = filesystem.history(path, { bodies: true })
      const writes = Promise.all(['a', 'b'].map((name) => increment(filesystem, path, name)))
      await writes
      assert.equal(total(countsOf(await filesystem.get(path))), 2)
      for (const { entry } of (await history).versions) {
        assert.doesNotThrow(() => JSON.parse(new TextDecoder().decode(entry?.body)), 'a version is whole')
      }
      assert.equal((await listing).items.length, 1)
    },
  },
]
