// Random commands on gates and on a model that is as simple as can be; after each one the two must agree.
import type { Filesystem } from '@latchless/filesystem'
import { scoped } from '@latchless/filesystem'
import type { GateStatus } from '@latchless/resources'
import { BudgetGateStore, BudgetStore, GATE_STATUSES } from '@latchless/resources'
import { backends, manualClock } from '@latchless/store-testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { usd } from './support/budgets.ts'

const IDS = ['a', 'b', 'c']

interface ModelGate {
  readonly expiresAt: number
  readonly user: string
  status: GateStatus
  /** Whether a sweep has written that it expired. */
  isWritten: boolean
}

interface Model {
  readonly gates: Map<string, ModelGate>
  limit: number | undefined
}

interface Real {
  readonly gates: readonly BudgetGateStore[]
  readonly budgets: BudgetStore
  readonly clock: ReturnType<typeof manualClock>
}

type Act = (model: Model, gates: BudgetGateStore, real: Real) => Promise<void>

const command = (label: string, which: number, act: Act): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run: async (model, real) => {
    await act(model, real.gates[which % real.gates.length] as BudgetGateStore, real)
    await agree(model, real)
  },
  toString: () => label,
})

const open = (which: number, id: string, user: string, ttlMs: number) =>
  command(`open(${id}, ${user}, ${ttlMs})`, which, async ({ gates: model }, gates, { clock }) => {
    const run = gates.open({ user }, [], { id, ttlMs })
    const known = model.get(id)
    if (known && known.user !== user) await expect(run).rejects.toMatchObject({ code: 'gate-conflict' })
    else if (known) expect((await run).status).toBe(known.status)
    else {
      expect((await run).status).toBe('pending')
      model.set(id, { expiresAt: clock.now() + ttlMs, user, status: 'pending', isWritten: false })
    }
  })

const resolve = (which: number, id: string, limit: number | undefined) =>
  command(`resolve(${id}, ${limit})`, which, async (model, gates) => {
    const changes = [{ account: {}, limits: usd(limit ?? 0) }]
    const run = limit === undefined ? gates.cancel(id, { by: 'ann' }) : gates.approve(id, { by: 'ann', changes })
    const known = model.gates.get(id)
    if (!known) return expect(run).rejects.toMatchObject({ code: 'unknown-gate' })
    if (known.status === 'expired' && !known.isWritten) {
      return expect(run).rejects.toMatchObject({ code: 'gate-overdue' })
    }
    if (known.status !== 'pending') return expect(run).rejects.toMatchObject({ code: 'gate-resolved' })
    known.status = (await run).status
    expect(known.status).toBe(limit === undefined ? 'cancelled' : 'approved')
    model.limit = limit ?? model.limit
  })

const pass = (which: number, ms: number) =>
  command(`pass(${which}, ${ms})`, which, async (model, _, { budgets, clock }) => {
    clock.advance(ms)
    for (const gate of model.gates.values()) {
      if (gate.status === 'pending' && clock.now() >= gate.expiresAt) gate.status = 'expired'
      if (gate.status === 'expired' && which % 2 === 0) gate.isWritten = true
    }
    if (which % 2 === 0) await budgets.sweep()
  })

async function agree(model: Model, { gates, budgets }: Real): Promise<void> {
  const reader = gates[0] as BudgetGateStore
  for (const id of IDS) expect((await reader.get(id))?.status).toBe(model.gates.get(id)?.status)
  for (const status of GATE_STATUSES) {
    const expected = [...model.gates].filter(
      ([, gate]) => gate.status === status && (status !== 'expired' || gate.isWritten),
    )
    const { items } = await reader.list({ status })
    expect(items.map(({ id }) => id).toSorted()).toEqual(expected.map(([id]) => id).toSorted())
  }
  expect((await budgets.account({}))?.limits?.max.usdMicros).toBe(model.limit)
}

const which = fc.nat(5)
const id = fc.constantFrom(...IDS)
const commands = [
  fc.tuple(which, id, fc.constantFrom('u', 'v'), fc.integer({ min: 1, max: 50 })).map((drawn) => open(...drawn)),
  fc.tuple(which, id, fc.option(fc.nat(30), { nil: undefined })).map((drawn) => resolve(...drawn)),
  fc.tuple(which, fc.nat(30)).map((drawn) => pass(...drawn)),
]

const tested = backends.filter(({ name }) => name === 'memory' || name === 'sqlite')

test.each(tested)('on $name, any sequence of commands on gates does what the model says', async ({ name, fresh }) => {
  await using store = await fresh()
  let tenant = 0
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 20 }), async (drawn) => {
      const clock = manualClock()
      const filesystem = underTenant(await store.open(), tenant++)
      const gates = [new BudgetGateStore(filesystem, clock), new BudgetGateStore(filesystem, clock)]
      const real = { gates, budgets: new BudgetStore(filesystem, clock), clock }
      await fc.asyncModelRun(() => ({ model: { gates: new Map(), limit: undefined }, real }), drawn)
    }),
    { seed: 1, numRuns: name === 'memory' ? 80 : 10 },
  )
})

// One tenant each, so that a run finds nothing of the run before it.
function underTenant(filesystem: Filesystem, tenant: number): Filesystem {
  const permissions = ['read', 'list', 'write', 'delete'] as const
  return scoped(filesystem, [{ alias: '/budgets', target: `/tenants/t${tenant}/budgets`, permissions }])
}
