// A competing command runs to its end between the read and the write of another one. One of the two wins, on every backend.
import type { Filesystem } from '@latchless/filesystem'
import { APPROVALS_ROOT, ApprovalStore, LEASES_ROOT, LeaseStore, RunState, STANDING_ROOT } from '@latchless/run-state'
import { backends, manualClock, type TestStore } from '@latchless/store-testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { beforeFirstWrite } from './support/before-write.ts'
import { action, alice, codeOf, input, MINUTE_MS, requestOf, scope, worldOf } from './support/fixtures.ts'

describe.each(backends)('on $name', (backend) => {
  let store: TestStore
  let filesystem: Filesystem
  beforeEach(async () => {
    store = await backend.fresh()
    filesystem = await store.open()
  })
  afterEach(async () => store.close())

  const bob = { kind: 'user', id: 'bob' } as const

  async function race(compete: (rival: ApprovalStore, clock: ReturnType<typeof manualClock>) => Promise<unknown>) {
    const { clock, state } = worldOf(filesystem)
    await state.approvals.savePending(scope, requestOf(clock))
    const rival = new ApprovalStore(await store.open(), { now: clock.now })
    let competed = 0
    const view = beforeFirstWrite(filesystem, APPROVALS_ROOT, async () => {
      competed++
      await compete(rival, clock)
    })
    const slow = new ApprovalStore(view, { now: clock.now })
    const get = async () => state.approvals.get(scope, 'r1')
    return { slow, clock, get, competed: () => competed }
  }

  test('ApprovalStore.discardPending() loses to an approval', async () => {
    const { slow, get, competed } = await race(async (rival) => rival.approve(scope, 'r1', { by: alice }))
    expect(await codeOf(slow.discardPending(scope, 'r1'))).toBe('not-pending (approved)')
    expect(await get()).toMatchObject({ status: 'approved', resolvedBy: alice, reason: 'to see what is there' })
    expect(competed()).toBe(1)
  })

  test('ApprovalStore.approve() loses to a discard', async () => {
    const { slow, get, competed } = await race(async (rival) => rival.discardPending(scope, 'r1'))
    expect(await codeOf(slow.approve(scope, 'r1', { by: alice }))).toBe('not-pending (discarded)')
    expect(await get()).toBeUndefined()
    expect(competed()).toBe(1)
  })

  test('ApprovalStore.approve() loses to an approval by somebody else', async () => {
    const { slow, get } = await race(async (rival) => rival.approve(scope, 'r1', { by: bob }))
    expect(await codeOf(slow.approve(scope, 'r1', { by: alice }))).toBe('not-pending (approved)')
    expect(await get()).toMatchObject({ resolvedBy: bob })
  })

  test('ApprovalStore.approve() loses to an approval by somebody else whose standing half is not done yet', async () => {
    const { clock, state } = worldOf(filesystem)
    await state.approvals.savePending(scope, requestOf(clock, { reusableScope: scope }))
    const rival = new ApprovalStore(await store.open(), { now: clock.now })
    let late: Promise<string> | undefined
    const view = beforeFirstWrite(filesystem, STANDING_ROOT, async () => {
      late = codeOf(rival.approve(scope, 'r1', { by: bob, standing: scope }))
      await late
    })
    const first = new ApprovalStore(view, { now: clock.now })
    expect(await first.approve(scope, 'r1', { by: alice, standing: scope })).toMatchObject({
      approval: { resolvedBy: alice },
    })
    expect(await late).toBe('not-pending (approved)')
  })

  test('ApprovalStore.approve() loses to a denial', async () => {
    const { slow, get } = await race(async (rival) => rival.deny(scope, 'r1', { by: bob }))
    expect(await codeOf(slow.approve(scope, 'r1', { by: alice }))).toBe('not-pending (denied)')
    expect(await get()).toMatchObject({ status: 'denied' })
  })

  test('ApprovalStore.approve() loses to a sweep that expired the request', async () => {
    const { slow, get } = await race(async (rival, clock) => {
      expect(await rival.sweep({ now: clock.now() + 10 * MINUTE_MS })).toMatchObject({ expired: 1 })
    })
    expect(await codeOf(slow.approve(scope, 'r1', { by: alice }))).toBe('not-pending (expired)')
    expect(await get()).toMatchObject({ status: 'expired' })
  })

  test('ApprovalStore.discardPending() loses to a denial', async () => {
    const { slow, get } = await race(async (rival) => rival.deny(scope, 'r1', { by: bob }))
    expect(await codeOf(slow.discardPending(scope, 'r1'))).toBe('not-pending (denied)')
    expect(await get()).toMatchObject({ status: 'denied', resolvedBy: bob })
  })

  test('ApprovalStore.deny() loses to a discard', async () => {
    const { slow, get } = await race(async (rival) => rival.discardPending(scope, 'r1'))
    expect(await codeOf(slow.deny(scope, 'r1', { by: alice }))).toBe('not-pending (discarded)')
    expect(await get()).toBeUndefined()
  })

  test('ApprovalStore.discardPending() loses to the end of the request, once that is written down', async () => {
    const { slow, get } = await race(async (rival, clock) => {
      clock.advance(10 * MINUTE_MS)
      expect(await rival.sweep()).toMatchObject({ expired: 1 })
    })
    expect(await codeOf(slow.discardPending(scope, 'r1'))).toBe('not-pending (expired)')
    expect(await get()).toMatchObject({ status: 'expired' })
  })

  test('ApprovalStore.approve() clears no override that comes between its two halves', async () => {
    const { clock, state } = worldOf(filesystem)
    await state.approvals.savePending(scope, requestOf(clock, { reusableScope: scope }))
    await state.approvals.standing.ask(scope, action)
    const rival = new ApprovalStore(await store.open(), { now: clock.now })
    const view = beforeFirstWrite(filesystem, STANDING_ROOT, async () => rival.standing.ask(scope, action))
    const { standingFailure } = await new ApprovalStore(view, { now: clock.now }).approve(scope, 'r1', {
      by: alice,
      standing: scope,
    })
    expect(standingFailure?.code).toBe('standing-overridden')
    expect(await state.authorize(scope, { action, input })).toMatchObject({ allowed: false })
  })

  test.each([
    ['the scope is over', async (rival: RunState) => rival.discardForScope(scope)],
    ['its invocation ends', async (rival: RunState) => rival.endInvocation(scope, 'i1')],
  ] as const)('LeaseStore.issue() loses when %s', async (_, ends) => {
    const { clock, state } = worldOf(filesystem)
    await state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
    await state.approvals.savePending(scope, requestOf(clock, { invocationId: 'i1' }))
    await state.approvals.approve(scope, 'r1', { by: alice })
    const rival = new RunState(await store.open(), { now: clock.now })
    const slow = new LeaseStore(
      beforeFirstWrite(filesystem, LEASES_ROOT, async () => ends(rival)),
      { now: clock.now },
    )
    const lease = await slow.issue(scope, 'r1', { expiresAt: clock.now() + MINUTE_MS })
    expect(lease.status).toBe('revoked')
  })

  test('ApprovalStore.sweep() loses to an approval', async () => {
    const { slow, clock, get, competed } = await race(async (rival) => rival.approve(scope, 'r1', { by: alice }))
    expect(await slow.sweep({ now: clock.now() + 10 * MINUTE_MS })).toMatchObject({ expired: 0 })
    expect(await get()).toMatchObject({ status: 'approved' })
    expect(competed()).toBe(1)
  })

  test('LeaseStore.beginDispatch() has a single winner', async () => {
    const { clock, state } = worldOf(filesystem)
    await state.approvals.savePending(scope, requestOf(clock))
    const terms = { expiresAt: clock.now() + MINUTE_MS, maxInvocations: 1 }
    const { lease } = await state.approveAndLease(scope, 'r1', { by: alice, lease: terms })
    const { claimId } = await state.leases.claim(scope, lease.id, { action, input })
    const rival = new LeaseStore(await store.open(), { now: clock.now })
    const won: string[] = []
    const view = beforeFirstWrite(filesystem, LEASES_ROOT, async () => {
      won.push((await rival.beginDispatch(scope, lease.id, claimId)).dispatchId)
    })
    const slow = new LeaseStore(view, { now: clock.now })
    expect(await codeOf(slow.beginDispatch(scope, lease.id, claimId))).toBe('lease-taken (dispatching)')
    expect(await state.leases.consume(scope, lease.id, won[0] ?? '')).toMatchObject({ status: 'consumed' })
  })
})
