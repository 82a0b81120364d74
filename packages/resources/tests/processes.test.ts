import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sequenceOf } from '@latchless/filesystem'
import { BudgetStore, RESERVATION_TTL_MS_DEFAULT, TREE_PATH } from '@latchless/resources'
import { backends } from '@latchless/store-testing'
import { expect, test } from 'vitest'
import { keepingHistory, readTree, treeVersions, usd, violations, wholeLedger } from './support/budgets.ts'
import type { Told } from './support/reserver.ts'

const PROCESSES = 16
const VICTIMS = 4
const LIMIT = 120
const program = fileURLToPath(new URL('support/reserver.ts', import.meta.url))

/** Runs one process; a victim is killed as soon as it holds something. Resolves with what it told. */
async function run(url: string, name: string, role: 'worker' | 'victim'): Promise<readonly Told[]> {
  const child = fork(program, [url, name, role])
  const told: Told[] = []
  child.on('message', (message: Told) => {
    told.push(message)
    if (role === 'victim') child.kill('SIGKILL')
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect([code, signal]).toEqual(role === 'victim' ? [null, 'SIGKILL'] : [0, null])
  return told
}

const tested = backends.filter(({ name }) => name === 'sqlite' || name === 'postgres')

test.each(tested)(
  'on $name, 16 processes, some of them killed, never oversubscribe one account at any version',
  { timeout: 120_000 },
  async ({ fresh }) => {
    await using store = await fresh()
    const filesystem = await store.open()
    const budgets = new BudgetStore(keepingHistory(filesystem))
    await budgets.setLimits({}, usd(LIMIT))
    const url = store.url as string
    const told = await Promise.all(
      Array.from({ length: PROCESSES }, async (_, n) => run(url, `p${n}`, n < VICTIMS ? 'victim' : 'worker')),
    )

    // Everything that the killed ones held is free once it has expired, before and after a sweep.
    const later = new BudgetStore(keepingHistory(filesystem), { now: () => Date.now() + RESERVATION_TTL_MS_DEFAULT })
    const account = async () => later.account({})
    const before = await account()
    expect(before?.reserved).toEqual({})
    expect((await later.sweep()).reservationsExpired).toBeGreaterThanOrEqual(VICTIMS)
    expect(await account()).toEqual(before)
    expect((await readTree(filesystem))?.open).toEqual([])

    const versions = await treeVersions(filesystem)
    const head = await filesystem.get(TREE_PATH)
    expect(versions).toHaveLength(head.state === 'live' ? sequenceOf(head.version) : 0)
    expect(violations(versions, LIMIT)).toEqual([])

    const events = await wholeLedger(filesystem)
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1))
    const idsOf = (type: string) =>
      events.flatMap((event) => (event.type === type && 'reservation' in event ? [event.reservation.id] : []))
    const reconciled = idsOf('reconciled')
    expect(new Set(reconciled).size).toBe(reconciled.length)
    expect(before?.spent).toEqual({ usdMicros: reconciled.length * 2 })
    // What a process was told is in the history, whatever became of the process.
    for (const type of ['reserved', 'reconciled'] as const) {
      const acknowledged = told.flat().flatMap((message) => (message.type === type ? [message.id] : []))
      expect(idsOf(type)).toEqual(expect.arrayContaining(acknowledged))
    }
    expect(idsOf('reserved').toSorted()).toEqual([...reconciled, ...idsOf('released')].toSorted())
    expect(idsOf('denied').length).toBeGreaterThan(0)
  },
)
