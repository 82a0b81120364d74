import { FilesystemError, MemoryFilesystem } from '@latchless/filesystem'
import type { Filesystem } from '@latchless/filesystem'
import type { Lease } from '@latchless/run-state'
import { leaseIdOf, LEASES_ROOT, RunState } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { aroundWrites, beforeFirstWrite } from './support/before-write.ts'
import {
  action,
  alice,
  codeOf,
  DAY_MS,
  input,
  MINUTE_MS,
  otherScope,
  requestOf,
  scope,
  worldOf,
} from './support/fixtures.ts'
import type { World } from './support/fixtures.ts'

let filesystem: Filesystem
let world: World
beforeEach(async () => {
  filesystem = await MemoryFilesystem.open()
  world = worldOf(filesystem)
  await world.state.approvals.savePending(scope, requestOf(world.clock))
})

const terms = (maxInvocations?: number) => ({ expiresAt: world.clock.now() + MINUTE_MS, maxInvocations })

async function leased(maxInvocations?: number): Promise<Lease> {
  const { lease } = await world.state.approveAndLease(scope, 'r1', { by: alice, lease: terms(maxInvocations) })
  return lease
}

async function dispatch({ id }: Lease): Promise<Lease> {
  const { leases } = world.state
  const { claimId } = await leases.claim(scope, id, { action, input })
  const { dispatchId } = await leases.beginDispatch(scope, id, claimId)
  return leases.consume(scope, id, dispatchId)
}

describe('LeaseStore', () => {
  test('leads from an approval to a dispatch that is consumed', async () => {
    const { leases } = world.state
    const lease = await leased(1)
    expect(lease).toMatchObject({ status: 'active', approvalId: 'r1', action, remaining: 1 })
    const { claimId, lease: claimed } = await leases.claim(scope, lease.id, { action, input })
    expect(claimed.status).toBe('claimed')
    const { dispatchId } = await leases.beginDispatch(scope, lease.id, claimId)
    expect((await leases.abortDispatch(scope, lease.id, dispatchId)).status).toBe('claimed')
    const again = await leases.beginDispatch(scope, lease.id, claimId)
    expect(again.dispatchId).not.toBe(dispatchId)
    expect(await codeOf(leases.consume(scope, lease.id, dispatchId))).toBe('lease-not-dispatching (dispatching)')
    expect(await leases.consume(scope, lease.id, again.dispatchId)).toMatchObject({ status: 'consumed', remaining: 0 })
    expect(await codeOf(leases.claim(scope, lease.id, { action, input }))).toBe('lease-consumed (consumed)')
  })

  test('permits exactly as many dispatches as it was issued for', async () => {
    const lease = await leased(3)
    expect((await dispatch(lease)).remaining).toBe(2)
    expect((await dispatch(lease)).remaining).toBe(1)
    expect((await dispatch(lease)).status).toBe('consumed')
    expect(await codeOf(dispatch(lease))).toBe('lease-consumed (consumed)')
  })

  test('counts nothing where no number was given, and permits nothing where it was 0', async () => {
    const uncounted = await leased()
    await dispatch(uncounted)
    expect(await dispatch(uncounted)).toMatchObject({ status: 'active' })
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2' }))
    const { lease } = await world.state.approveAndLease(scope, 'r2', { by: alice, lease: terms(0) })
    expect(await codeOf(dispatch(lease))).toBe('lease-exhausted')
  })

  test('belongs to whoever claimed it: nobody else begins a dispatch, with the same input or another', async () => {
    const { leases } = world.state
    const lease = await leased(1)
    const { claimId } = await leases.claim(scope, lease.id, { action, input })
    expect(await codeOf(leases.claim(scope, lease.id, { action, input }))).toBe('lease-taken (claimed)')
    expect(await codeOf(leases.beginDispatch(scope, lease.id, 'guessed'))).toBe('lease-taken (claimed)')
    const { dispatchId } = await leases.beginDispatch(scope, lease.id, claimId)
    expect((await leases.consume(scope, lease.id, dispatchId)).status).toBe('consumed')
  })

  test('tells no reader and no repeated issue what its claimer and its dispatcher were given', async () => {
    const { leases } = world.state
    const { id } = await leased(1)
    const { claimId, ...claimed } = await leases.claim(scope, id, { action, input })
    const { dispatchId, ...dispatched } = await leases.beginDispatch(scope, id, claimId)
    const path = (await filesystem.list(LEASES_ROOT)).items[0]?.path ?? ''
    const { versions } = await filesystem.history(path, { bodies: true })
    const stored = versions.map(({ entry }) => Buffer.from(entry?.body ?? []).toString('utf8'))
    expect(stored).toHaveLength(3)
    const seen = JSON.stringify([claimed, dispatched, await leases.get(scope, id), await leased(1), stored])
    expect(seen).not.toContain(claimId)
    expect(seen).not.toContain(dispatchId)
    const { dispatchHash } = dispatched.lease as Extract<Lease, { status: 'dispatching' }>
    expect(await codeOf(leases.consume(scope, id, dispatchHash))).toBe('lease-not-dispatching (dispatching)')
  })

  test('is for the input that was approved, and no other', async () => {
    const lease = await leased()
    const other = { action, input: { command: ['rm', '-r'] } }
    expect(await codeOf(world.state.leases.claim(scope, lease.id, other))).toBe('fingerprint-mismatch')
    expect(await world.state.leases.get(scope, lease.id)).toEqual(lease)
  })

  test('is over when its time is, and when it is revoked', async () => {
    const lease = await leased()
    const { claimId } = await world.state.leases.claim(scope, lease.id, { action, input })
    world.clock.advance(MINUTE_MS)
    expect(await codeOf(world.state.leases.beginDispatch(scope, lease.id, claimId))).toBe('lease-expired')
    await world.state.leases.revoke(scope, lease.id)
    expect(await codeOf(world.state.leases.beginDispatch(scope, lease.id, claimId))).toBe('lease-revoked (revoked)')
  })

  test('a foreign scope sees no lease', async () => {
    const { id } = await leased()
    expect(await world.state.leases.get(otherScope, id)).toBeUndefined()
    expect(await codeOf(world.state.leases.revoke(otherScope, id))).toBe('unknown-lease')
    expect(await codeOf(world.state.leases.issue(otherScope, 'r1', terms()))).toBe('unknown-request')
  })

  test.each([
    ['pending', undefined, 'approval-pending'],
    ['denied', async () => world.state.approvals.deny(scope, 'r1', { by: alice }), 'approval-denied'],
    ['discarded', async () => world.state.approvals.discardPending(scope, 'r1'), 'approval-discarded'],
    ['expired', async () => world.clock.advance(10 * MINUTE_MS), 'approval-expired'],
  ] as const)('is not issued for a request that is %s', async (_, prepare, code) => {
    await prepare?.()
    expect(await codeOf(world.state.leases.issue(scope, 'r1', terms()))).toBe(code)
    expect((await filesystem.list(LEASES_ROOT)).items).toEqual([])
  })

  test('with an end that has passed is not issued', async () => {
    await world.state.approvals.approve(scope, 'r1', { by: alice })
    const past = { expiresAt: world.clock.now() }
    expect(await codeOf(world.state.leases.issue(scope, 'r1', past))).toBe('invalid-argument')
  })
})

describe('RunState.approveAndLease()', () => {
  test('leaves the request approved when the lease cannot be written, and a repeat issues the same lease', async () => {
    const view = aroundWrites(filesystem, async (path, write) => {
      if (!path.startsWith(LEASES_ROOT)) return write()
      throw new FilesystemError('unavailable', 'Cannot put: the disk is gone', { retry: 'never' })
    })
    const failing = new RunState(view, { now: world.clock.now })
    expect(await codeOf(failing.approveAndLease(scope, 'r1', { by: alice, lease: terms() }))).toBe('unavailable')
    expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({ status: 'approved' })
    const first = await leased(1)
    expect(first.id).toBe(leaseIdOf(scope, 'r1'))
    world.clock.advance(1)
    expect(await leased(5)).toEqual(first)
    expect((await filesystem.list(LEASES_ROOT)).items).toHaveLength(1)
  })

  test('does not go on from an approval without the standing scope that it was given', async () => {
    const reusableScope = { agent: 'a1' }
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2', reusableScope }))
    await world.state.approvals.approve(scope, 'r2', { by: alice })
    const options = { by: alice, lease: terms() }
    const attempt = world.state.approveAndLease(scope, 'r2', { ...options, standing: reusableScope })
    expect(await codeOf(attempt)).toBe('not-pending (approved)')
    expect((await world.state.approveAndLease(scope, 'r2', options)).lease.status).toBe('active')
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r3', reusableScope }))
    const standing = { ...options, standing: reusableScope }
    const first = await world.state.approveAndLease(scope, 'r3', standing)
    expect(await world.state.approveAndLease(scope, 'r3', standing)).toEqual(first)
  })

  test.each([
    ['of no form', async () => ({ expiresAt: world.clock.now() + 1, maxInvocations: -1 })],
    ['over', async () => ({ expiresAt: world.clock.now() })],
  ])('approves nothing for terms that are %s', async (_, termsOf) => {
    const attempt = world.state.approveAndLease(scope, 'r1', { by: alice, lease: await termsOf() })
    expect(await codeOf(attempt)).toBe('invalid-argument')
    expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({ status: 'pending' })
  })

  test('repeated when its terms are over, resolves with the lease that was issued in time', async () => {
    const options = { by: alice, lease: terms() }
    const first = await world.state.approveAndLease(scope, 'r1', options)
    world.clock.advance(2 * MINUTE_MS)
    expect(await world.state.approveAndLease(scope, 'r1', options)).toEqual(first)
  })

  test('does not go on from an approval by somebody else', async () => {
    await world.state.approvals.approve(scope, 'r1', { by: alice })
    const bob = { kind: 'user', id: 'bob' } as const
    const attempt = world.state.approveAndLease(scope, 'r1', { by: bob, lease: terms() })
    expect(await codeOf(attempt)).toBe('not-pending (approved)')
    expect((await filesystem.list(LEASES_ROOT)).items).toEqual([])
  })

  test('does not go on from a denial', async () => {
    await world.state.approvals.deny(scope, 'r1', { by: alice })
    const attempt = world.state.approveAndLease(scope, 'r1', { by: alice, lease: terms() })
    expect(await codeOf(attempt)).toBe('not-pending (denied)')
  })
})

describe('a lease that comes too late', () => {
  const late = async (ends: () => Promise<unknown>) => {
    await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2', invocationId: 'i1' }))
    await world.state.approvals.approve(scope, 'r2', { by: alice })
    const view = beforeFirstWrite(filesystem, LEASES_ROOT, ends)
    return new RunState(view, { now: world.clock.now }).leases.issue(scope, 'r2', terms())
  }

  test.each([
    ['the scope is over', async () => world.state.discardForScope(scope)],
    ['the invocation ends', async () => world.state.endInvocation(scope, 'i1')],
    ['the request is redacted', async () => world.state.approvals.sweep({ now: world.clock.now() + 31 * DAY_MS })],
  ] as const)('because %s between the look at the request and the write, permits nothing', async (_, ends) => {
    const { id, status } = await late(ends)
    expect(status).toBe('revoked')
    expect(await codeOf(world.state.leases.claim(scope, id, { action, input }))).toBe('lease-revoked (revoked)')
  })

  test('because its invocation has ended, is refused, also where nothing was discarded behind the end', async () => {
    await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2', invocationId: 'i1' }))
    await world.state.invocations.complete(scope, 'i1')
    const attempt = world.state.approveAndLease(scope, 'r2', { by: alice, lease: terms() })
    expect(await codeOf(attempt)).toBe('invocation-ended (completed)')
    expect((await filesystem.list(LEASES_ROOT)).items).toEqual([])
  })
})

describe('LeaseStore.sweep()', () => {
  test('removes a lease only when its request can issue no other', async () => {
    const lease = await leased(1)
    await dispatch(lease)
    world.clock.advance(60 * DAY_MS)
    expect(await world.state.leases.sweep()).toEqual({ removed: 0, more: false })
    await world.state.approvals.sweep()
    world.clock.advance(DAY_MS - 1)
    expect(await world.state.leases.sweep()).toEqual({ removed: 0, more: false })
    world.clock.advance(1)
    expect(await world.state.leases.sweep()).toEqual({ removed: 1, more: false })
    expect(await codeOf(world.state.leases.issue(scope, 'r1', terms()))).toBe('approval-discarded')
  })

  test('removes also the lease that was revoked before it was issued', async () => {
    await world.state.approvals.approve(scope, 'r1', { by: alice })
    await world.state.discardForScope(scope)
    expect((await filesystem.list(LEASES_ROOT)).items).toHaveLength(1)
    world.clock.advance(DAY_MS)
    expect(await world.state.leases.sweep()).toEqual({ removed: 1, more: false })
  })
})

test('RunState.discardForScope() revokes the leases of the scope, or of one invocation', async () => {
  await world.state.invocations.start(scope, { id: 'i2', capabilityId: 'shell.run' })
  await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2', invocationId: 'i2' }))
  const mine = await world.state.approveAndLease(scope, 'r2', { by: alice, lease: terms() })
  const other = await leased()
  expect(await world.state.discardForScope(scope, { invocationId: 'i2' })).toEqual({
    invocations: 0,
    approvals: 0,
    leases: 1,
  })
  expect(await world.state.leases.get(scope, mine.lease.id)).toMatchObject({ status: 'revoked' })
  expect(await world.state.leases.get(scope, other.id)).toMatchObject({ status: 'active' })
  expect(await world.state.discardForScope(scope)).toEqual({ invocations: 1, approvals: 2, leases: 1 })
})
