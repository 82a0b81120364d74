import { MemoryFilesystem } from '@latchless/filesystem'
import { INVOCATIONS_ROOT, InvocationStore } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
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
    expect(await world.state.invocations.sweep()).toEqual({ removed: 0, more: false })
    world.clock.advance(1)
    expect(await world.state.invocations.sweep()).toEqual({ removed: 1, more: false })
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
  const view = new Proxy(filesystem, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (name !== 'query') return typeof member === 'function' ? (member.bind(target) as unknown) : member
      return async (...args: Parameters<typeof target.query>) => {
        const page = await target.query(...args)
        expect(await world.state.invocations.sweep()).toMatchObject({ removed: 1 })
        await start()
        return page
      }
    },
  })
  const slow = new InvocationStore(view, { now: world.clock.now })
  expect(await slow.sweep()).toMatchObject({ removed: 0 })
  expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
})

describe('RunState.endInvocation()', () => {
  test('discards what waited for the invocation', async () => {
    await start()
    await world.state.saveAndBlock(scope, 'i1', requestOf(world.clock))
    expect(await world.state.endInvocation(scope, 'i1', { errorKind: 'cancelled' })).toMatchObject({ status: 'failed' })
    expect(await codeOf(world.state.approvals.approve(scope, 'r1', { by: alice }))).toBe('not-pending (discarded)')
    await start({ id: 'i2' })
    expect(await world.state.endInvocation(scope, 'i2')).toMatchObject({ status: 'completed' })
  })
})
