// How events reach the ledger and the records beside the tree.
import type { Filesystem } from '@latchless/filesystem'
import { encrypted, FilesystemError, Keyring, MemoryFilesystem, replacing } from '@latchless/filesystem'
import { BudgetStore, DRAIN_EVERY } from '@latchless/resources'
import { manualClock } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
import { readTree, usd, used, wholeLedger } from './support/budgets.ts'

const EVENTS = 130

describe.each([
  ['that seals what it holds', async () => encrypted(await MemoryFilesystem.open(), keyring())],
  ['that takes few entries at a time', async () => MemoryFilesystem.open({ limits: { appendEntriesMax: 20 } })],
  ['that takes few bytes at a time', async () => smallLedger(await MemoryFilesystem.open(), 1000)],
] as const)('a filesystem %s', (_, open) => {
  test('is handed all events that wait, in appends that it takes', async () => {
    const filesystem: Filesystem = await open()
    const clock = manualClock()
    let isDown = true
    const appends: number[] = []
    const store = new BudgetStore(
      replacing(filesystem, {
        append: async (log, bodies, ...rest) => {
          if (isDown) throw new Error('down')
          appends.push(bodies.length)
          return filesystem.append(log, bodies, ...rest)
        },
      }),
      clock,
    )
    for (let n = 0; n < EVENTS; n++) await store.setLimits({}, usd(n))
    isDown = false
    expect((await store.sweep()).eventsDrained).toBe(EVENTS)
    expect(appends.length).toBeGreaterThan(1)
    expect(appends.reduce((sum, entries) => sum + entries, 0)).toBe(EVENTS)
    expect((await wholeLedger(filesystem)).map(({ number }) => number)).toHaveLength(EVENTS)
  })
})

/** A filesystem whose logs take less than its records. */
function smallLedger(filesystem: Filesystem, bodyBytesMax: number): Filesystem {
  const capabilities: Filesystem['capabilities'] = (path) => {
    const known = filesystem.capabilities(path)
    return path === '/budgets/ledger' ? { ...known, limits: { ...known.limits, bodyBytesMax } } : known
  }
  const append: Filesystem['append'] = async (log, bodies, ...rest) => {
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
    if (bytes > bodyBytesMax) throw new FilesystemError('too-large', 'Cannot append "/x": too large')
    return filesystem.append(log, bodies, ...rest)
  }
  return replacing(filesystem, { capabilities, append })
}

function keyring(): Keyring {
  return new Keyring({ keys: { k: Keyring.generateKey() }, active: 'k' })
}

test('events are not stored again by everybody who passes by while somebody hands them on', async () => {
  const filesystem = await MemoryFilesystem.open()
  const arrived = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  let appends = 0
  const slow = replacing(filesystem, {
    append: async (...call) => {
      appends++
      arrived.resolve()
      await go.promise
      return filesystem.append(...call)
    },
  })
  const store = new BudgetStore(slow)
  const change = async (from: number, to: number) => {
    for (let n = from; n < to; n++) await store.setLimits({}, usd(n))
  }
  const first = change(0, DRAIN_EVERY)
  await arrived.promise
  // They do not wait for the one who does it, either.
  await change(DRAIN_EVERY, DRAIN_EVERY * 4)
  expect(appends).toBe(1)
  go.resolve()
  await first
  await change(DRAIN_EVERY * 4, DRAIN_EVERY * 5)
  expect((await readTree(filesystem))?.pending).toEqual([])
  expect(appends).toBe(2)
})

test('who hands on late leaves a record that was settled since as it is', async () => {
  const filesystem = await MemoryFilesystem.open()
  const clock = manualClock()
  const store = new BudgetStore(filesystem, clock)
  await store.reserve({}, { usdMicros: 1 }, { id: 'r1', ttlMs: 1 })
  clock.advance(1)
  await store.reserve({}, {}, { id: 'r2' })
  const arrived = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  let isFirst = true
  const slow = replacing(filesystem, {
    get: async (path, ...rest) => {
      const head = await filesystem.get(path, ...rest)
      if (path === '/budgets/reservations/r1' && isFirst) {
        isFirst = false
        arrived.resolve()
        await go.promise
      }
      return head
    },
  })
  const late = new BudgetStore(slow, clock).sweep()
  await arrived.promise
  await store.sweep()
  await store.reconcile('r1', used(1))
  await store.sweep()
  go.resolve()
  await late
  expect((await store.reservation('r1'))?.status).toBe('reconciled')
  await expect(store.reconcile('r1', used(1))).rejects.toMatchObject({ code: 'reservation-closed' })
})
