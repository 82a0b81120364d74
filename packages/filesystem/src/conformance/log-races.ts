import assert from 'node:assert/strict'
import type { CaseDefinition } from './case.ts'
import { assertInterleaved, bodies, readAll, tail, textOf } from './log-reading.ts'

const log = '/log-races/events'
const writers = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7']

/** Logs under several appenders. */
export const logRaceCases: readonly CaseDefinition[] = [
  {
    name: 'A tailing reader under eight appenders sees every entry exactly once and in order',
    needs: ['log'],
    async run({ filesystem }) {
      const each = 20
      const appends = writers.map(async (name) => {
        let last = 0
        for (let n = 0; n < each; n++) {
          const result = await filesystem.append(log, bodies(`${name} ${n}`))
          assert.equal(result.first, result.last, 'an append of one entry is told its one number')
          assert.ok(result.first > last, 'what is appended later has a higher number')
          last = result.first
        }
      })
      const seen = await tail(filesystem, log, appends)
      assertInterleaved(seen, Object.fromEntries(writers.map((name) => [name, each])))
    },
  },
  {
    name: 'The entries of one append stay together among simultaneous appends, and each is told its own numbers',
    needs: ['log'],
    async run({ filesystem }) {
      const batches = Array.from({ length: 30 }, (_, n) =>
        Array.from({ length: 1 + (n % 4) }, (_, at) => `batch ${n} entry ${at}`),
      )
      const results = await Promise.all(batches.map((batch) => filesystem.append(log, bodies(...batch))))
      const entries = await readAll(filesystem, log)
      assert.equal(entries.length, batches.flat().length, 'every entry is there once')
      for (const [n, { first, last }] of results.entries()) {
        assert.deepEqual(entries.slice(first - 1, last).map(textOf), batches[n], `the entries ${first} to ${last}`)
      }
    },
  },
  {
    name: 'A tailing reader under appending processes sees every entry exactly once and in order',
    needs: ['processes', 'log'],
    async run({ filesystem, fork }) {
      const each = 40
      const names = ['p0', 'p1', 'p2']
      const children = await Promise.all(names.map(() => fork()))
      const results = children.map((child, n) => child.run('append', { log, name: `p${n}`, times: each, together: 4 }))
      const seen = await tail(filesystem, log, results)
      assertInterleaved(seen, Object.fromEntries(names.map((name) => [name, each])))
      // However quick that reader was, this one is behind.
      assert.equal((await readAll(filesystem, log, { after: 0, limit: 7 })).length, names.length * each)
    },
  },
  {
    name: 'A reopened log goes on with its numbers, also when all of it was trimmed',
    needs: ['processes', 'log'],
    async run({ filesystem, open }) {
      await filesystem.append(log, bodies('a', 'b', 'c'))
      await filesystem.append(`${log}-trimmed`, bodies('a', 'b', 'c'))
      await filesystem.trim(log, 2)
      await filesystem.trim(`${log}-trimmed`, 10)
      await filesystem.close()
      const reopened = await open()
      assert.deepEqual((await readAll(reopened, log)).map(textOf), ['b', 'c'])
      assert.deepEqual(await reopened.append(log, bodies('d')), { first: 4, last: 4 })
      assert.deepEqual(await reopened.append(`${log}-trimmed`, bodies('d')), { first: 4, last: 4 })
    },
  },
  {
    name: 'A process killed while it appends loses no acknowledged entry and leaves no half of an append',
    needs: ['processes', 'log'],
    async run({ filesystem, fork }) {
      const together = 3
      const acknowledged: Record<string, number> = {}
      for (let round = 0; round < 2; round++) {
        const name = `victim-${round}`
        const victim = await fork()
        victim.start('appendLoop', { log, name, together })
        const survivor = filesystem.append(log, bodies(`survivor-${round} 0`))
        await victim.acknowledges(5 + round)
        await victim.kill()
        await survivor
        acknowledged[name] = victim.acknowledged
      }
      await filesystem.append(log, bodies('last 0'))
      const counts: Record<string, number> = {}
      const entries = await readAll(filesystem, log, { after: 0 })
      for (const entry of entries) {
        const [name = '', n] = textOf(entry).split(' ')
        assert.equal(Number(n), counts[name] ?? 0, `the entries of ${name} are in its order`)
        counts[name] = (counts[name] ?? 0) + 1
      }
      for (const [name, batches] of Object.entries(acknowledged)) {
        const stored = (counts[name] ?? 0) / together
        // The append that was in flight at the kill may have landed, as a whole.
        assert.ok(stored === batches || stored === batches + 1, `${name}: acknowledged ${batches}, stored ${stored}`)
      }
    },
  },
]
