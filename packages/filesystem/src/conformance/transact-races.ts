import assert from 'node:assert/strict'
import { absent, exactly } from '../expectation.ts'
import type { Filesystem } from '../filesystem.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { BackgroundWork } from './background-work.ts'
import type { CaseDefinition } from './case.ts'
import { readAll, textOf } from './log-reading.ts'
import { bodyOf, record } from './samples.ts'
import { accountOf, headsAtOnce, transfer } from './transfer.ts'
import { turns } from './turns.ts'

const accounts = ['/accounts/a', '/accounts/b', '/accounts/c']
const log = '/transfers'
const START = 100

async function openAccounts(filesystem: Filesystem): Promise<void> {
  for (const account of accounts) await filesystem.put(account, record({ balance: START, transfers: 0 }), absent)
}

/** The accounts hold what the log of transfers says, and each transfer is in it once. */
async function assertBooks(filesystem: Filesystem, transfers: number): Promise<void> {
  const expected = new Map(accounts.map((account) => [account, { balance: START, transfers: 0 }]))
  const entries = await readAll(filesystem, log)
  assert.equal(entries.length, transfers, 'one entry for each transfer')
  for (const entry of entries) {
    const [from = '', to = ''] = textOf(entry).split(' ')
    for (const [account, by] of [
      [from, -1],
      [to, 1],
    ] as const) {
      const { balance = 0, transfers: made = 0 } = expected.get(account) ?? {}
      expected.set(account, { balance: balance + by, transfers: made + 1 })
    }
  }
  for (const account of accounts) {
    assert.deepEqual(accountOf(await filesystem.get(account)), expected.get(account), `what ${account} holds`)
  }
}

/** From each account to each other one, so that steps over the same paths come in every order. */
const routes = accounts.flatMap((from) => accounts.filter((to) => to !== from).map((to) => [from, to] as const))

/** `transact` among others. */
export const transactRaceCases: readonly CaseDefinition[] = [
  {
    name: 'Simultaneous transacts over the same paths in different orders all end, and add up',
    needs: ['transact', 'log'],
    async run({ filesystem }) {
      await openAccounts(filesystem)
      const each = 5
      await Promise.all(
        routes.map(async ([from, to]) => {
          for (let n = 0; n < each; n++) await transfer(filesystem, from, to, log)
        }),
      )
      await assertBooks(filesystem, routes.length * each)
    },
  },
  {
    name: 'No reader sees one half of a transact without the other',
    needs: ['transact'],
    async run({ filesystem, seed }) {
      const [left, right] = ['/halves/left', '/halves/right']
      const numbers = seededRandom(seed, 11)
      const write = async (n: number) => {
        const heads = [await filesystem.get(left), await filesystem.get(right)] as const
        await filesystem.transact([
          { type: 'put', path: left, entry: record(n), expect: exactly(heads[0]) },
          { type: 'put', path: right, entry: record(n), expect: exactly(heads[1]) },
        ])
      }
      await write(0)
      const writes = (async () => {
        for (let n = 1; n <= 30; n++) await write(n)
      })()
      const writing = new BackgroundWork(writes)
      // What one half shows was committed with the other, which is read later and so is at least as new.
      const assertWhole = async () => {
        const [first, second] = numbers.below(2) === 0 ? [left, right] : [right, left]
        const early = Number(bodyOf(await filesystem.get(first)))
        const late = Number(bodyOf(await filesystem.get(second)))
        assert.ok(late >= early, `${first} was at ${early} when ${second} was still at ${late}`)
      }
      let checked = 0
      const reads = (async () => {
        while (writing.isRunning) {
          await assertWhole()
          // At whatever point of a transact this process gives its turn away.
          await turns(numbers.below(3))
          await assertWhole()
          const both = await headsAtOnce(filesystem, [left, right])
          if (both) assert.equal(bodyOf(both[0]), bodyOf(both[1]), 'two heads that a transact has checked together')
          checked++
        }
      })()
      await Promise.all([writes, reads])
      assert.ok(checked > 0, 'the reader read')
    },
  },
  {
    name: 'Of two transacts that read the same heads only one wins, whatever the order of their steps',
    needs: ['transact'],
    async run({ filesystem }) {
      await openAccounts(filesystem)
      for (let round = 0; round < 10; round++) {
        const heads = await Promise.all(accounts.map((account) => filesystem.get(account)))
        const puts = accounts.map((path, n) => ({
          type: 'put' as const,
          path,
          entry: record(round),
          expect: exactly(heads[n] ?? { state: 'unwritten' }),
        }))
        const results = await Promise.allSettled([filesystem.transact(puts), filesystem.transact(puts.toReversed())])
        const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
        assert.equal(lost.length, 1, `round ${round}`)
        assert.ok(lost[0] instanceof VersionMismatch, String(lost[0]))
      }
    },
  },
  {
    name: 'Transfers between accounts by several processes add up, and nobody meets a deadlock',
    needs: ['processes', 'transact', 'log'],
    async run({ filesystem, fork }) {
      await openAccounts(filesystem)
      const times = 6
      const children = await Promise.all([0, 1, 2].map(() => fork()))
      const work = children.map((child, n) =>
        child.run('transfer', { routes: n % 2 ? routes : routes.toReversed(), times, log }),
      )
      const working = new BackgroundWork(Promise.all(work))
      while (working.isRunning) {
        const heads = await headsAtOnce(filesystem, accounts)
        const sum = heads?.reduce((total, head) => total + accountOf(head).balance, 0)
        if (sum !== undefined) assert.equal(sum, START * accounts.length, 'the sum at one moment')
        await turns()
      }
      await Promise.all(work)
      await assertBooks(filesystem, children.length * times)
    },
  },
  {
    name: 'A process killed while it transacts leaves no half of a transact',
    needs: ['processes', 'transact', 'log'],
    async run({ filesystem, fork }) {
      await openAccounts(filesystem)
      let acknowledged = 0
      for (let round = 0; round < 2; round++) {
        const victim = await fork()
        victim.start('transferLoop', { routes, log })
        await victim.acknowledges(4 + round)
        await victim.kill()
        acknowledged += victim.acknowledged
      }
      const { length } = await readAll(filesystem, log)
      assert.ok(length >= acknowledged && length <= acknowledged + 2, `acknowledged ${acknowledged}, stored ${length}`)
      await assertBooks(filesystem, length)
    },
  },
]
