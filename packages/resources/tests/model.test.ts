// Random commands on the store and on a model that is as simple as can be; after each one the two must agree.
import type { Filesystem } from '@latchless/filesystem'
import { scoped } from '@latchless/filesystem'
import type { BudgetScope } from '@latchless/resources'
import { BudgetStore } from '@latchless/resources'
import { backends, manualClock } from '@latchless/store-testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTree, usd, used, wholeLedger } from './support/budgets.ts'

interface ModelReservation {
  readonly account: number
  readonly amount: number
  readonly expiresAt: number
  status: 'open' | 'expired' | 'closed' | 'denied'
}

/** Accounts 0 (the tenant) and 1, 2 (users). */
class Model {
  readonly limits: (number | undefined)[] = [undefined, undefined, undefined]
  readonly spent = [0, 0, 0]
  readonly reservations = new Map<string, ModelReservation>()

  tick(now: number): void {
    for (const each of this.reservations.values()) {
      if (each.status === 'open' && now >= each.expiresAt) each.status = 'expired'
    }
  }

  reserved(account: number): number {
    const open = [...this.reservations.values()].filter(({ status }) => status === 'open')
    return open.reduce((sum, each) => sum + (account === 0 || each.account === account ? each.amount : 0), 0)
  }

  allows(account: number, amount: number): boolean {
    return [0, account].every((each) => {
      const limit = this.limits[each] ?? Number.POSITIVE_INFINITY
      return (this.spent[each] ?? 0) + this.reserved(each) + amount <= limit
    })
  }
}

interface Real {
  readonly filesystem: Filesystem
  readonly stores: readonly BudgetStore[]
  readonly clock: ReturnType<typeof manualClock>
}

const scopeOf = (account: number): BudgetScope => (account === 0 ? {} : { user: `u${account}` })

type Act = (model: Model, store: BudgetStore, real: Real) => Promise<void>

/** A command on one of the stores, given by its number. */
const command = (label: string, which: number, act: Act): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run: async (model, real) => {
    model.tick(real.clock.now())
    await act(model, real.stores[which % real.stores.length] as BudgetStore, real)
    await agree(model, real)
  },
  toString: () => label,
})

const reserve = (which: number, id: string, account: number, amount: number, ttlMs: number) =>
  command(`reserve(${id}, ${account}, ${amount}, ${ttlMs})`, which, async (model, store, { clock }) => {
    const run = store.reserve(scopeOf(account), { usdMicros: amount }, { id, ttlMs })
    const known = model.reservations.get(id)
    if (known && (known.account !== account || known.amount !== amount)) {
      await expect(run).rejects.toMatchObject({ code: 'reservation-conflict' })
    } else if (known) {
      expect(await run).toMatchObject({ replayed: true, decision: known.status === 'denied' ? 'denied' : 'granted' })
    } else {
      const isAllowed = model.allows(account, amount)
      expect(await run).toMatchObject({ replayed: false, decision: isAllowed ? 'granted' : 'denied' })
      const status = isAllowed ? 'open' : 'denied'
      model.reservations.set(id, { account, amount, expiresAt: clock.now() + ttlMs, status })
    }
  })

const close = (which: number, id: string, actual: number | undefined) =>
  command(`close(${id}, ${actual})`, which, async (model, store) => {
    const run = actual === undefined ? store.release(id) : store.reconcile(id, used(actual))
    const known = model.reservations.get(id)
    const mayClose = known?.status === 'open' || (known?.status === 'expired' && actual !== undefined)
    if (!known) {
      await expect(run).rejects.toMatchObject({ code: 'unknown-reservation' })
    } else if (mayClose) {
      await run
      known.status = 'closed'
      for (const each of new Set([0, known.account])) model.spent[each] = (model.spent[each] ?? 0) + (actual ?? 0)
    } else {
      await expect(run).rejects.toMatchObject({ code: 'reservation-closed' })
    }
  })

const limit = (which: number, account: number, max: number | undefined) =>
  command(`limit(${account}, ${max})`, which, async (model, store) => {
    if (max === undefined) await store.removeLimits(scopeOf(account))
    else await store.setLimits(scopeOf(account), usd(max))
    model.limits[account] = max
  })

const pass = (which: number) =>
  command(`pass(${which})`, which, async (_, store, { clock }) => {
    clock.advance(which * 10)
    if (which % 2 === 0) await store.sweep()
  })

async function agree(model: Model, { stores, clock, filesystem }: Real): Promise<void> {
  model.tick(clock.now())
  for (const account of [0, 1, 2]) {
    const seen = await stores[0]?.account(scopeOf(account))
    expect(seen?.spent.usdMicros ?? 0).toBe(model.spent[account])
    expect(seen?.reserved.usdMicros ?? 0).toBe(model.reserved(account))
  }
  // What is reserved is the sum of what is open, in the record itself.
  const open = (await readTree(filesystem))?.open.filter(({ expiresAt }) => clock.now() < expiresAt) ?? []
  expect(open.reduce((sum, { estimate }) => sum + (estimate.usdMicros ?? 0), 0)).toBe(model.reserved(0))
}

const which = fc.nat(8)
const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const account = fc.nat(2)
const amount = fc.nat(12)
const commands = [
  fc.tuple(which, id, account, amount, fc.integer({ min: 1, max: 100 })).map((drawn) => reserve(...drawn)),
  fc.tuple(which, id, account, amount, fc.constant(50)).map((drawn) => reserve(...drawn)),
  fc.tuple(which, id, fc.option(amount, { nil: undefined })).map((drawn) => close(...drawn)),
  fc.tuple(which, account, fc.option(fc.nat(30), { nil: undefined })).map((drawn) => limit(...drawn)),
  which.map((drawn) => pass(drawn)),
]

const tested = backends.filter(({ name }) => name === 'memory' || name === 'sqlite')

test.each(tested)('on $name, any sequence of commands does what the model says', async ({ name, fresh }) => {
  await using store = await fresh()
  const settings = { seed: 1, numRuns: name === 'memory' ? 150 : 15 }
  let tenant = 0
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (drawn) => {
      const clock = manualClock()
      const filesystem = underTenant(await store.open(), tenant++)
      const stores = [new BudgetStore(filesystem, clock), new BudgetStore(filesystem, clock)]
      await fc.asyncModelRun(() => ({ model: new Model(), real: { filesystem, stores, clock } }), drawn)
      const numbers = (await wholeLedger(filesystem)).map(({ number }) => number)
      expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    }),
    settings,
  )
})

// One tenant each, so that a run finds nothing of the run before it.
function underTenant(filesystem: Filesystem, tenant: number): Filesystem {
  const permissions = ['read', 'list', 'write', 'delete'] as const
  return scoped(filesystem, [{ alias: '/budgets', target: `/tenants/t${tenant}/budgets`, permissions }])
}
