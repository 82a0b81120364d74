import { FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import { INVOCATIONS_ROOT, InvocationStore, LEASES_ROOT, RunState, RunStateError } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { aroundWrites } from './support/before-write.ts'
import {
  alice,
  codeOf,
  DAY_MS,
  failureOf,
  otherScope,
  requestOf,
  scope,
  worldOf,
  type World,
} from './support/fixtures.ts'

let filesystem: MemoryFilesystem
let world: World
beforeEach(async () => {
  filesystem = await MemoryFilesystem.open()
  world = worldOf(filesystem)
})

const start = async (more: { id?: string; idempotencyKey?: string; capabilityId?: string } = {}) =>
  world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run', ...more })

describe('InvocationStore', () => {
  test('leads from a start over blocks to an end', async () => {
    const { invocations } = world.state
    const now = world.clock.now()
    const started = await start()
    expect(started).toEqual({
      id: 'i1',
      scope,
      capabilityId: 'shell.run',
      status: 'running',
      createdAt: now,
      updatedAt: now,
    })
    world.clock.advance(5)
    const blocked = await invocations.blockApproval(scope, 'i1', 'r1')
    expect(blocked).toMatchObject({
      status: 'blocked-approval',
      approvalRequestId: 'r1',
      createdAt: now,
      updatedAt: now + 5,
    })
    expect((await invocations.resume(scope, 'i1')).status).toBe('running')
    expect(await invocations.blockAuth(scope, 'i1', 'login')).toMatchObject({
      status: 'blocked-auth',
      errorKind: 'login',
    })
    expect(await invocations.fail(scope, 'i1', 'refused')).toMatchObject({ status: 'failed', endedAt: now + 5 })
    expect(await codeOf(invocations.resume(scope, 'i1'))).toBe('invocation-ended (failed)')
    expect(await invocations.get(scope, 'i1')).toMatchObject({ status: 'failed', errorKind: 'refused' })
  })

  test('starts an id once, and replays a start with its key', async () => {
    const first = await start({ idempotencyKey: 'k1' })
    expect(await start({ idempotencyKey: 'k1' })).toEqual(first)
    expect(await codeOf(start({ idempotencyKey: 'k1', capabilityId: 'other' }))).toBe('idempotency-conflict')
    expect(await codeOf(start({ idempotencyKey: 'k2' }))).toBe('idempotency-conflict')
    expect(await codeOf(start())).toBe('invocation-exists')
    const drawn = await world.state.invocations.start(scope, { capabilityId: 'c', idempotencyKey: 'k3' })
    expect(await world.state.invocations.start(scope, { capabilityId: 'c', idempotencyKey: 'k3' })).toEqual(drawn)
  })

  test.each([
    ['scope', { thread: '\ud800' }, { capabilityId: 'c' }],
    ['key', scope, { capabilityId: 'c', idempotencyKey: '\ud800' }],
  ])('refuses a %s with a lone surrogate, which has no hash', async (_, owner, invocation) => {
    const error = await failureOf(world.state.invocations.start(owner, invocation))
    expect(error).toBeInstanceOf(RunStateError)
    expect(error.code).toBe('invalid-argument')
  })

  test('tells a foreign invocation and an unknown one with the same words', async () => {
    await start()
    const { invocations } = world.state
    const foreign = await failureOf(invocations.complete(otherScope, 'i1'))
    const unknown = await failureOf(invocations.complete(scope, 'i2'))
    expect(foreign.code).toBe('unknown-invocation')
    expect(foreign.message.replace('"i1"', '"i2"')).toBe(unknown.message)
    expect(await invocations.get(otherScope, 'i1')).toBeUndefined()
    expect((await invocations.get(scope, 'i1'))?.status).toBe('running')
  })

  test('a sweep removes what ended 30 days ago in every version, and leaves what runs', async () => {
    await start()
    await start({ id: 'i2' })
    await world.state.invocations.complete(scope, 'i1')
    world.clock.advance(30 * DAY_MS - 1)
    expect(await world.state.invocations.sweep()).toEqual({ settled: 1, removed: 0, more: false })
    world.clock.advance(1)
    expect(await world.state.invocations.sweep()).toEqual({ settled: 0, removed: 1, more: false })
    expect(await world.state.invocations.get(scope, 'i1')).toBeUndefined()
    expect(await world.state.invocations.get(scope, 'i2')).toBeDefined()
    const paths = (await filesystem.list(INVOCATIONS_ROOT, { deleted: true })).items
    const gone = paths.find(({ head }) => head?.state === 'deleted')
    const { versions } = await filesystem.history(gone?.path ?? '')
    expect(versions).toHaveLength(1)
  })
})

test('InvocationStore.sweep() leaves an invocation that was started anew under the id of an old one', async () => {
  await start()
  await world.state.invocations.complete(scope, 'i1')
  world.clock.advance(30 * DAY_MS)
  const view = replacing(filesystem, {
    query: async (...args) => {
      const page = await filesystem.query(...args)
      if (args[1] !== 'settled') return page
      expect(await world.state.invocations.sweep()).toMatchObject({ removed: 1 })
      await start()
      return page
    },
  })
  const slow = new InvocationStore(view, { now: world.clock.now })
  expect(await slow.sweep()).toMatchObject({ removed: 0 })
  expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
})

describe('RunState.endInvocation()', () => {
  test('repeated after it failed halfway, discards what is left, and tells that the invocation has ended', async () => {
    await start()
    await world.state.saveAndBlock(scope, 'i1', requestOf(world.clock))
    const lease = { expiresAt: world.clock.now() + DAY_MS }
    const leased = await world.state.approveAndLease(scope, 'r1', { by: alice, lease })
    const view = aroundWrites(filesystem, async (path, write) => {
      if (path.startsWith(LEASES_ROOT)) throw new FilesystemError('unavailable', 'Cannot put: the disk is gone')
      return write()
    })
    const failing = new RunState(view, { now: world.clock.now })
    expect(await codeOf(failing.endInvocation(scope, 'i1', { errorKind: 'cancelled' }))).toBe('unavailable')
    expect(await world.state.leases.get(scope, leased.lease.id)).toMatchObject({ status: 'active' })
    expect(await codeOf(world.state.endInvocation(scope, 'i1'))).toBe('invocation-ended (failed)')
    expect(await world.state.leases.get(scope, leased.lease.id)).toMatchObject({ status: 'revoked' })
  })

  test('reads no request and no lease but those of the invocation that are open', async () => {
    for (let at = 0; at < 5; at++) {
      await world.state.approvals.savePending(scope, requestOf(world.clock, { id: `r${at}` }))
      const lease = { expiresAt: world.clock.now() + DAY_MS }
      const leased = await world.state.approveAndLease(scope, `r${at}`, { by: alice, lease })
      if (at > 0) await world.state.leases.revoke(scope, leased.lease.id)
    }
    await start()
    let read = 0
    const view = replacing(filesystem, {
      query: async (...args) => {
        const page = await filesystem.query(...args)
        read += page.items.length
        return page
      },
    })
    const state = new RunState(view, { now: world.clock.now })
    await state.endInvocation(scope, 'i1')
    expect(read).toBe(0)
    expect(await state.leases.revokeForScope(scope)).toBe(1)
    expect(read).toBe(1)
  })

  test('discards what waited for the invocation', async () => {
    await start()
    await world.state.saveAndBlock(scope, 'i1', requestOf(world.clock))
    expect(await world.state.endInvocation(scope, 'i1', { errorKind: 'cancelled' })).toMatchObject({ status: 'failed' })
    expect(await codeOf(world.state.approvals.approve(scope, 'r1', { by: alice }))).toBe('not-pending (discarded)')
    await start({ id: 'i2' })
    expect(await world.state.endInvocation(scope, 'i2')).toMatchObject({ status: 'completed' })
  })
})
