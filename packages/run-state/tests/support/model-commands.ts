// What may be done to the package and to its model, and what has to come of it.
import type { RunState } from '@latchless/run-state'
import { leaseIdOf } from '@latchless/run-state'
import type { ManualClock } from '@latchless/store-testing'
import fc from 'fast-check'
import { expect } from 'vitest'
import { action, alice, DAY_MS, input, MINUTE_MS, requestOf, scope } from './fixtures.ts'
import { hasEnded, PENDING_MAX, type Model, type ModelInvocation } from './model.ts'

const LEASE_MS = 4 * MINUTE_MS

export interface Real {
  readonly state: RunState
  readonly clock: ManualClock
}

type Command = fc.AsyncCommand<Model, Real>

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name }
}

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  )
}

const save = (id: string) =>
  command(`save ${id}`, async (model, { state, clock }) => {
    const request = requestOf(clock, { id, reusableScope: scope })
    const outcome = await outcomeOf(state.approvals.savePending(scope, request))
    if (model.requests.has(id)) return expect(outcome).toBe('request-exists')
    if (model.pending().length === PENDING_MAX) return expect(outcome).toBe('too-many-pending')
    expect(outcome).toBe('ok')
    model.requests.set(id, { status: 'pending', expiresAt: request.expiresAt, resolvedAt: request.expiresAt })
  })

const saveAndBlock = (id: string, invocationId: string) =>
  command(`save ${id} and block ${invocationId}`, async (model, { state, clock }) => {
    const request = requestOf(clock, { id, reusableScope: scope })
    const outcome = await outcomeOf(state.saveAndBlock(scope, invocationId, request))
    const invocation = model.invocations.get(invocationId)
    if (model.requests.has(id)) return expect(outcome).toBe('request-exists')
    if (!invocation) return expect(outcome).toBe('unknown-invocation')
    if (hasEnded(invocation)) return expect(outcome).toBe('invocation-ended')
    // One that waits for this very request already is a step that was left half done, and is finished.
    const waitsForIt = invocation.status === 'blocked-approval' && invocation.waitsFor === id
    if (invocation.status !== 'running' && !waitsForIt) return expect(outcome).toBe('invocation-blocked')
    if (model.pending().length === PENDING_MAX) return expect(outcome).toBe('too-many-pending')
    expect(outcome).toBe('ok')
    const { expiresAt } = request
    model.requests.set(id, { status: 'pending', invocationId, expiresAt, resolvedAt: expiresAt })
    invocation.status = 'blocked-approval'
    invocation.waitsFor = id
  })

const endInvocation = (id: string, errorKind?: string) =>
  command(`end ${id}${errorKind === undefined ? '' : ' as failed'}`, async (model, { state }) => {
    const outcome = await outcomeOf(state.endInvocation(scope, id, { errorKind }))
    const invocation = model.invocations.get(id)
    if (!invocation) return expect(outcome).toBe('unknown-invocation')
    if (hasEnded(invocation)) {
      model.settle(id, invocation)
      return expect(outcome).toBe('invocation-ended')
    }
    if (errorKind === undefined && invocation.status !== 'running') return expect(outcome).toBe('invocation-blocked')
    expect(outcome).toBe('ok')
    model.end(id, invocation, errorKind === undefined ? 'completed' : 'failed')
    model.settle(id, model.invocations.get(id) as ModelInvocation)
  })

const approveToStand = (id: string) =>
  command(`approve ${id} to stand`, async (model, { state }) => {
    const outcome = await outcomeOf(state.approvals.approve(scope, id, { by: alice, standing: scope }))
    const request = model.requests.get(id)
    if (!request) return expect(outcome).toBe('unknown-request')
    if (model.statusOf(id) !== 'pending') return expect(outcome).toBe('not-pending')
    expect(outcome).toBe('ok')
    request.status = 'approved'
    request.resolvedAt = model.now
    model.standing = 'allowed'
  })

const ask = command('ask', async (model, { state }) => {
  await state.approvals.standing.ask(scope, action)
  model.standing = 'ask'
})

const discardScope = command('discard the scope', async (model, { state }) => {
  await state.discardForScope(scope)
  for (const [id, request] of model.requests) model.forget(id, request)
  for (const [id, invocation] of model.invocations) {
    if (!hasEnded(invocation)) model.end(id, invocation, 'failed')
  }
  model.standing = undefined
})

const decide = (id: string, status: 'approved' | 'denied' | 'discarded') =>
  command(`${status} ${id}`, async (model, { state }) => {
    const { approvals } = state
    const calls = {
      approved: async () => approvals.approve(scope, id, { by: alice }),
      denied: async () => approvals.deny(scope, id, { by: alice }),
      discarded: async () => approvals.discardPending(scope, id),
    }
    const outcome = await outcomeOf(calls[status]())
    const request = model.requests.get(id)
    if (!request) return expect(outcome).toBe('unknown-request')
    if (model.statusOf(id) !== 'pending') return expect(outcome).toBe('not-pending')
    expect(outcome).toBe('ok')
    request.status = status
    request.resolvedAt = model.now
  })

const issue = (id: string, maxInvocations: number) =>
  command(`issue ${id} for ${maxInvocations}`, async (model, { state }) => {
    const terms = { expiresAt: model.now + LEASE_MS, maxInvocations }
    const outcome = await outcomeOf(state.leases.issue(scope, id, terms))
    const status = model.statusOf(id)
    if (status === undefined) return expect(outcome).toBe('unknown-request')
    if (status !== 'approved') return expect(outcome).toBe(`approval-${status}`)
    const invocationId = model.requests.get(id)?.invocationId
    const invocation = invocationId === undefined ? undefined : model.invocations.get(invocationId)
    if (invocationId !== undefined && !invocation) return expect(outcome).toBe('unknown-invocation')
    if (invocation && hasEnded(invocation)) return expect(outcome).toBe('invocation-ended')
    expect(outcome).toBe('ok')
    if (model.leases.has(id)) return
    model.leases.set(id, {
      status: 'active',
      expiresAt: terms.expiresAt,
      remaining: maxInvocations,
      claim: '',
      dispatch: '',
    })
  })

const dispatch = (id: string, step: 'claim' | 'begin' | 'abort' | 'consume' | 'revoke') =>
  command(`${step} ${id}`, async (model, { state }) => {
    const lease = model.leases.get(id)
    const leaseId = leaseIdOf(scope, id)
    let claimed = ''
    let begun = ''
    const calls = {
      claim: async () => {
        claimed = (await state.leases.claim(scope, leaseId, { action, input })).claimId
      },
      begin: async () => {
        begun = (await state.leases.beginDispatch(scope, leaseId, lease?.claim ?? '')).dispatchId
      },
      abort: async () => state.leases.abortDispatch(scope, leaseId, lease?.dispatch ?? ''),
      consume: async () => state.leases.consume(scope, leaseId, lease?.dispatch ?? ''),
      revoke: async () => state.leases.revoke(scope, leaseId),
    }
    const outcome = await outcomeOf(calls[step]())
    if (!lease) return expect(outcome).toBe('unknown-lease')
    const from = { claim: 'active', begin: 'claimed', abort: 'dispatching', consume: 'dispatching' } as const
    const isClosed = lease.status === 'consumed' || lease.status === 'revoked'
    if (step === 'revoke' ? isClosed : lease.status !== from[step]) return expect(outcome).toMatch(/^lease-/)
    const isStart = step === 'claim' || step === 'begin'
    if (isStart && model.now >= lease.expiresAt) return expect(outcome).toBe('lease-expired')
    if (isStart && lease.remaining === 0) return expect(outcome).toBe('lease-exhausted')
    expect(outcome).toBe('ok')
    if (step === 'claim') lease.claim = claimed
    lease.dispatch = begun
    if (step === 'consume') lease.remaining = (lease.remaining ?? 0) - 1
    const to = { claim: 'claimed', begin: 'dispatching', abort: 'claimed', revoke: 'revoked' } as const
    lease.status = step === 'consume' ? (lease.remaining === 0 ? 'consumed' : 'active') : to[step]
  })

const invoke = (id: string, step: 'start' | 'blockApproval' | 'blockAuth' | 'resume' | 'complete' | 'fail') =>
  command(`${step} ${id}`, async (model, { state }) => {
    const { invocations } = state
    const calls = {
      start: async () => invocations.start(scope, { id, capabilityId: 'c' }),
      blockApproval: async () => invocations.blockApproval(scope, id, 'r1'),
      blockAuth: async () => invocations.blockAuth(scope, id, 'login'),
      resume: async () => invocations.resume(scope, id),
      complete: async () => invocations.complete(scope, id),
      fail: async () => invocations.fail(scope, id, 'broken'),
    }
    const outcome = await outcomeOf(calls[step]())
    const current = model.invocations.get(id)
    if (step === 'start') {
      expect(outcome).toBe(current ? 'invocation-exists' : 'ok')
      if (!current) model.invocations.set(id, { status: 'running', endedAt: 0, unsettled: false })
      return
    }
    if (!current) return expect(outcome).toBe('unknown-invocation')
    if (hasEnded(current)) return expect(outcome).toBe('invocation-ended')
    if (step === 'resume' && current.status === 'running') return expect(outcome).toBe('invocation-not-blocked')
    const needsRunning = step !== 'resume' && step !== 'fail'
    if (needsRunning && current.status !== 'running') return expect(outcome).toBe('invocation-blocked')
    expect(outcome).toBe('ok')
    const to = { blockApproval: 'blocked-approval', blockAuth: 'blocked-auth', resume: 'running' } as const
    if (step === 'complete' || step === 'fail') model.end(id, current, step === 'fail' ? 'failed' : 'completed')
    else current.status = to[step]
    if (step === 'blockApproval') current.waitsFor = 'r1'
  })

const pass = (ms: number) =>
  command(`${ms} ms pass`, async (model, { clock }) => {
    clock.advance(ms)
    model.now = clock.now()
  })

const sweep = command('sweep', async (model, { state }) => {
  await state.sweep()
  for (const [id, invocation] of model.invocations) {
    if (!hasEnded(invocation)) continue
    if (invocation.unsettled) model.settle(id, invocation)
    if (invocation.endedAt <= model.now - 30 * DAY_MS) model.invocations.delete(id)
  }
  for (const [id, request] of model.requests) {
    request.status = model.statusOf(id) ?? request.status
    const isOld = request.resolvedAt <= model.now - 30 * DAY_MS
    if (request.status !== 'pending' && request.status !== 'discarded' && isOld) model.forget(id, request)
  }
  for (const [id, { forgottenAt }] of model.leases) {
    if (forgottenAt !== undefined && forgottenAt <= model.now - DAY_MS) model.leases.delete(id)
  }
})

async function look(model: Model, { state }: Real): Promise<void> {
  const listed = (await state.approvals.listForScope(scope)).items
  expect(listed.map(({ id }) => id).toSorted()).toEqual(model.visible())
  for (const { id, status } of listed) expect(status).toBe(model.statusOf(id))
  const pending = (await state.approvals.listPending(scope)).items.map(({ id }) => id)
  expect(pending.toSorted()).toEqual(model.pending().toSorted())
  for (const [id, { status }] of model.invocations) {
    expect((await state.invocations.get(scope, id))?.status).toBe(status)
  }
  for (const id of model.requests.keys()) {
    const lease = await state.leases.get(scope, leaseIdOf(scope, id))
    const expected = model.leases.get(id)
    expect([lease?.status, lease?.remaining]).toEqual([expected?.status, expected?.remaining])
  }
  expect((await state.authorize(scope, { action, input })).allowed).toBe(model.standing === 'allowed')
}

/** Sequences of commands, each followed in the end by a look at everything. */
export function commandSequences(): fc.Arbitrary<Iterable<Command>> {
  const ids = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6')
  const invocationIds = fc.constantFrom('i1', 'i2', 'i3')
  const one = [
    ids.map(save),
    ids.map(save),
    fc.tuple(ids, fc.constantFrom('approved', 'approved', 'denied', 'discarded')).map(([id, to]) => decide(id, to)),
    fc.tuple(ids, fc.integer({ min: 0, max: 3 })).map(([id, max]) => issue(id, max)),
    fc
      .tuple(ids, fc.constantFrom('claim', 'begin', 'abort', 'consume', 'revoke'))
      .map(([id, step]) => dispatch(id, step)),
    fc
      .tuple(
        invocationIds,
        fc.constantFrom('start', 'start', 'blockApproval', 'blockAuth', 'resume', 'complete', 'fail'),
      )
      .map(([id, step]) => invoke(id, step)),
    ids.map(approveToStand),
    fc.tuple(ids, invocationIds).map(([id, invocationId]) => saveAndBlock(id, invocationId)),
    fc
      .tuple(invocationIds, fc.constantFrom(undefined, 'broken'))
      .map(([id, errorKind]) => endInvocation(id, errorKind)),
    fc.constantFrom(1, MINUTE_MS, 5 * MINUTE_MS, DAY_MS, 30 * DAY_MS).map(pass),
    fc.constant(sweep),
    fc.constantFrom(ask, ask, discardScope),
    fc.constant(command('look', look)),
  ]
  return fc.commands(one, { maxCommands: 60, size: 'max' })
}
