import type { Capabilities, Entry } from '@latchless/filesystem'
import { absent, anything, MemoryFilesystem, replacing } from '@latchless/filesystem'
import * as resources from '@latchless/resources'
import { BudgetGateStore, BudgetStore, ClosedReservation, Gate, NO_USAGE, Tree } from '@latchless/resources'
import { byteOnly } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'

const stores = { BudgetStore, BudgetGateStore }
const types = { Tree, ClosedReservation, Gate }

const isRecordType = (value: unknown) => typeof value === 'object' && value !== null && 'encode' in value

test('every exported record type and store is tested here', () => {
  const names = Object.entries(resources).flatMap(([name, value]) => (isRecordType(value) ? [name] : []))
  expect(names.toSorted()).toEqual(Object.keys(types).toSorted())
  expect(
    Object.keys(resources)
      .filter((name) => name.endsWith('Store'))
      .toSorted(),
  ).toEqual(Object.keys(stores).toSorted())
})

describe.each(Object.entries(stores))('%s', (_, Store) => {
  test('is refused over a filesystem that holds only bytes', async () => {
    await using filesystem = await byteOnly()
    expect(() => new Store(filesystem)).toThrow(
      expect.objectContaining({ code: 'cas-unsupported', name: 'BudgetError' }),
    )
    expect((await filesystem.list('/')).items).toEqual([])
  })

  test.each(['none', 'unknown'] as const)(
    'is refused where compare-and-swap is %s, and nothing is asked of the store',
    async (cas) => {
      const memory = await MemoryFilesystem.open()
      const calls: string[] = []
      const spied = new Proxy(memory, {
        get: (target, name) => {
          calls.push(String(name))
          return Reflect.get(target, name, target) as unknown
        },
      })
      const capabilities = (path: string): Capabilities => ({ ...memory.capabilities(path), cas })
      expect(() => new Store(replacing(spied, { capabilities }))).toThrow(
        expect.objectContaining({ code: 'cas-unsupported' }),
      )
      expect(calls).toEqual([])
    },
  )
})

const reservation = {
  id: 'r1',
  number: 1,
  status: 'released',
  scope: {},
  estimate: {},
  findings: [],
  createdAt: 1,
  expiresAt: 2,
  closedAt: 1,
} as const
const samples: Record<keyof typeof types, Entry> = {
  Tree: Tree.encode({ accounts: {}, open: [], drained: 0, pending: [] }),
  ClosedReservation: ClosedReservation.encode(reservation),
  Gate: Gate.encode({ id: 'g1', status: 'pending', scope: {}, findings: [], createdAt: 1, expiresAt: 2 }),
}

test.each(Object.entries(samples))(
  'a record of the type %s is refused by a filesystem that holds only bytes',
  async (_, entry) => {
    await using filesystem = await byteOnly()
    await expect(filesystem.put('/budgets/x', entry, absent)).rejects.toMatchObject({ code: 'unsupported' })
  },
)

describe('damaged bytes', () => {
  test.each(['/budgets/tree', '/budgets/reservations/r1'])('at %s grant nothing and are left alone', async (path) => {
    const filesystem = await MemoryFilesystem.open()
    const damaged: Entry = { body: Buffer.from('{'), contentType: 'application/json' }
    await filesystem.put(path, damaged, anything)
    const store = new BudgetStore(filesystem)
    await expect(store.reserve({}, {}, { id: 'r1' })).rejects.toMatchObject({ code: 'corrupt' })
    await expect(store.reconcile('r1', NO_USAGE)).rejects.toMatchObject({ code: 'corrupt' })
    const head = await filesystem.get(path)
    expect(head.state === 'live' && Buffer.from(head.entry.body).toString()).toBe('{')
  })

  test('of a newer schema are left alone', async () => {
    const filesystem = await MemoryFilesystem.open()
    await filesystem.put('/budgets/tree', { ...samples.Tree, schemaVersion: 2 }, anything)
    await expect(new BudgetStore(filesystem).reserve({}, {})).rejects.toMatchObject({ code: 'schema-too-new' })
  })
})
