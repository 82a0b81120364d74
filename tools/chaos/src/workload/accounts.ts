import type { Head, TransactStep } from '@latchless/filesystem'
import { exactly, VersionMismatch } from '@latchless/filesystem'
import { nowUs } from '../history/journal.ts'
import type { Client } from './client.ts'
import { chance, isUnknown, REPEATS_MAX } from './client.ts'
import { epochOfPath } from './places.ts'
import type { Transfer } from './records.ts'
import { accountType } from './records.ts'

const ACCOUNTS = 4
const LOOK_ONE_IN = 5

/** Moves money between two accounts and notes it in the ledger, or looks whether it is all there. */
export async function accountStep(client: Client): Promise<void> {
  try {
    await (client.random.below(LOOK_ONE_IN) === 0 ? sumUp(client) : transfer(client))
  } catch (error) {
    if (!(error instanceof VersionMismatch)) throw error
  }
}

async function transfer(client: Client): Promise<void> {
  const { random, filesystem } = client
  const { accounts, ledger } = client.places.bank(ACCOUNTS)
  const first = random.below(ACCOUNTS)
  const from = accounts[first] ?? ''
  const to = accounts[(first + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS] ?? ''
  const amount = 1 + random.below(9)
  const heads = [await filesystem.get(from), await filesystem.get(to)] as const
  if (chance(client, 0.2)) await client.runtime.sleep(random.fraction() * 5)
  const note: Transfer = { name: client.nextName(), from, to, amount }
  const pays = (path: string, head: Head, difference: number): TransactStep => ({
    type: 'put',
    path,
    entry: accountType.encode({ balance: balanceOf(path, head) + difference }),
    expect: exactly(head),
  })
  await send(client, [
    pays(from, heads[0], -amount),
    pays(to, heads[1], amount),
    { type: 'append', path: ledger, bodies: [Buffer.from(JSON.stringify(note))] },
  ])
  for (const [at, path] of [from, to].entries()) {
    const head = heads[at]
    if (head && head.state !== 'unwritten') client.places.saw('accounts', 0, path, head.version)
  }
}

async function sumUp(client: Client): Promise<void> {
  const { accounts } = client.places.bank(ACCOUNTS)
  const start = nowUs()
  const heads: Head[] = []
  for (const path of accounts) heads.push(await client.filesystem.get(path))
  const unchanged = accounts.map((path, at): TransactStep => ({
    type: 'check',
    path,
    expect: exactly(heads[at] ?? { state: 'unwritten' }),
  }))
  await send(client, unchanged)
  const sum = accounts.reduce((total, path, at) => total + balanceOf(path, heads[at] ?? { state: 'unwritten' }), 0)
  const epoch = epochOfPath(accounts[0] ?? '')
  client.journal.observe(epoch, { type: 'sum', client: client.name, start, end: nowUs(), sum })
}

async function send(client: Client, steps: readonly TransactStep[]): Promise<void> {
  const options = { writeId: client.runtime.randomHex(16), keepVersions: accountType.keepVersions }
  for (let repeats = 0; ; repeats++) {
    try {
      await client.filesystem.transact(steps, options)
      return
    } catch (error) {
      if (!isUnknown(error) || repeats === REPEATS_MAX || chance(client, 0.3)) throw error
    }
    await client.runtime.sleep(client.random.fraction() * 20)
  }
}

function balanceOf(path: string, head: Head): number {
  return head.state === 'live' ? accountType.decode(head.entry, path).balance : 0
}
