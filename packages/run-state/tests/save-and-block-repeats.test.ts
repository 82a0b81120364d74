// saveAndBlock() when it is made again: behind a crash, behind a request that was saved by itself, or behind a resume.
import { MemoryFilesystem, type Filesystem } from '@latchless/filesystem'
import { APPROVALS_ROOT, INVOCATIONS_ROOT, RunState } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { beforeFirstWrite, withoutTransact } from './support/before-write.ts'
import { readOnlyBelow } from './support/damage.ts'
import { alice, codeOf, requestOf, scope, worldOf, type World } from './support/fixtures.ts'

describe.each([
  ['as the filesystem can', (over: Filesystem) => over],
  ['without transactions', withoutTransact],
])('RunState.saveAndBlock() made again, %s', (_, viewOf) => {
  let filesystem: Filesystem
  let world: World
  beforeEach(async () => {
    filesystem = viewOf(await MemoryFilesystem.open())
    world = worldOf(filesystem)
    await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  })

  const stateOver = (over: Filesystem) => new RunState(over, { now: world.clock.now })
  const keyed = () => requestOf(world.clock, { invocationId: 'i1', idempotencyKey: 'k1' })
  const saveAndBlock = async () => world.state.saveAndBlock(scope, 'i1', keyed())
  const waiting = {
    approval: { status: 'pending' },
    invocation: { status: 'blocked-approval', approvalRequestId: 'r1' },
  }

  test('blocks the invocation on a request that was saved by itself', async () => {
    await world.state.approvals.savePending(scope, keyed())
    expect(await saveAndBlock()).toMatchObject(waiting)
    expect(await world.state.invocations.get(scope, 'i1')).not.toHaveProperty('approvalUnsaved')
  })

  test('blocks the invocation again that was resumed before anybody had decided', async () => {
    await saveAndBlock()
    await world.state.invocations.resume(scope, 'i1')
    expect(await saveAndBlock()).toMatchObject(waiting)
    await world.state.approvals.approve(scope, 'r1', { by: alice })
    await world.state.invocations.resume(scope, 'i1')
    expect(await saveAndBlock()).toMatchObject({ approval: { status: 'approved' }, invocation: { status: 'running' } })
  })

  test('leaves an invocation running whose request is decided before it is blocked', async () => {
    await world.state.approvals.savePending(scope, keyed())
    const view = beforeFirstWrite(filesystem, INVOCATIONS_ROOT, async () =>
      world.state.approvals.approve(scope, 'r1', { by: alice }),
    )
    const decided = { approval: { status: 'approved' }, invocation: { status: 'running' } }
    expect(await stateOver(view).saveAndBlock(scope, 'i1', keyed())).toMatchObject(decided)
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
  })

  test('is refused where the invocation waits for something else or has ended', async () => {
    await world.state.approvals.savePending(scope, keyed())
    await world.state.invocations.blockAuth(scope, 'i1', 'login')
    expect(await codeOf(saveAndBlock())).toBe('invocation-blocked (blocked-auth)')
    await world.state.invocations.fail(scope, 'i1', 'gone')
    expect(await codeOf(saveAndBlock())).toBe('invocation-ended (failed)')
  })

  test.each(['i2', 'i1'])('with a key of a request for another invocation, is refused: %s', async (other) => {
    await world.state.approvals.savePending(scope, { ...keyed(), invocationId: 'i9' })
    await world.state.invocations.start(scope, { id: 'i2', capabilityId: 'shell.run' })
    expect(await codeOf(world.state.saveAndBlock(scope, other, keyed()))).toBe('idempotency-conflict')
    expect(await world.state.invocations.get(scope, other)).toMatchObject({ status: 'running' })
  })
})

test('RunState.saveAndBlock() made again without an id or a key finishes what was left half done, under its id', async () => {
  const filesystem = withoutTransact(await MemoryFilesystem.open())
  const { clock, state } = worldOf(filesystem)
  await state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  const drawn = requestOf(clock, { id: undefined })
  const stopped = new RunState(readOnlyBelow(filesystem, APPROVALS_ROOT), { now: clock.now })
  expect(await codeOf(stopped.saveAndBlock(scope, 'i1', drawn))).toBe('unavailable')
  const marked = await state.invocations.get(scope, 'i1')
  const { approval, invocation } = await state.saveAndBlock(scope, 'i1', drawn)
  expect(marked).toMatchObject({ approvalUnsaved: true, approvalRequestId: approval.id })
  expect(invocation).toMatchObject({ status: 'blocked-approval', approvalRequestId: approval.id })
  expect((await state.approvals.listPending(scope)).items).toEqual([approval])
  expect(await codeOf(state.saveAndBlock(scope, 'i1', drawn))).toBe('invocation-blocked (blocked-approval)')
})
