// A competing command runs to its end between the read and the write of another one. One of the two wins, on every backend.
import type { Filesystem } from '@latchless/filesystem'
import { APPROVALS_ROOT, ApprovalStore, LEASES_ROOT, LeaseStore, STANDING_ROOT } from '@latchless/run-state'
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
    await state.leases.claim(scope, lease.id, { action, input })
    const rival = new LeaseStore(await store.open(), { now: clock.now })
    const won: string[] = []
    const view = beforeFirstWrite(filesystem, LEASES_ROOT, async () => {
      won.push((await rival.beginDispatch(scope, lease.id)).dispatchId)
    })
    const slow = new LeaseStore(view, { now: clock.now })
    expect(await codeOf(slow.beginDispatch(scope, lease.id))).toBe('lease-taken (dispatching)')
    expect(await state.leases.get(scope, lease.id)).toMatchObject({ status: 'dispatching', dispatchId: won[0] })
  })
})
