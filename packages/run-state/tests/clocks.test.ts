// What the clock says while a command is under way, and clocks that are wrong.
import { FilesystemError, MemoryFilesystem, replacing, type Filesystem } from '@latchless/filesystem'
import { ApprovalStore, APPROVALS_ROOT, LEASES_ROOT, LeaseStore, RunState } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { aroundWrites, beforeFirstWrite, withoutTransact } from './support/before-write.ts'
import { readOnlyBelow } from './support/damage.ts'
import { action, alice, codeOf, DAY_MS, input, MINUTE_MS, requestOf, scope, worldOf } from './support/fixtures.ts'
import type { World } from './support/fixtures.ts'

let filesystem: MemoryFilesystem
let world: World
beforeEach(async () => {
  filesystem = await MemoryFilesystem.open()
  world = worldOf(filesystem)
})

/** A view of the filesystem that is busy at the first write below a directory, for as long as the clock goes on by then. */
function busyOnce(root: string, ms: number): Filesystem {
  let isFirst = true
  return aroundWrites(filesystem, async (path, write) => {
    if (!isFirst || !path.startsWith(root)) return write()
    isFirst = false
    world.clock.advance(ms)
    throw new FilesystemError('unavailable', 'Cannot put: the store is busy', { retry: 'safe' })
  })
}

describe('a command that is held up between its attempts until the time is over', () => {
  test.each([
    ['approve', async (store: ApprovalStore) => store.approve(scope, 'r1', { by: alice })],
    ['deny', async (store: ApprovalStore) => store.deny(scope, 'r1', { by: alice })],
    ['discardPending', async (store: ApprovalStore) => store.discardPending(scope, 'r1')],
  ] as const)('is refused: %s()', async (_, decide) => {
    await world.state.approvals.savePending(scope, requestOf(world.clock))
    const slow = new ApprovalStore(busyOnce(APPROVALS_ROOT, 10 * MINUTE_MS), { now: world.clock.now })
    expect(await codeOf(decide(slow))).toBe('not-pending (expired)')
    expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({ status: 'expired' })
  })

  test('is refused: claim() and beginDispatch()', async () => {
    await world.state.approvals.savePending(scope, requestOf(world.clock))
    const terms = { expiresAt: world.clock.now() + 2 * MINUTE_MS }
    const { lease } = await world.state.approveAndLease(scope, 'r1', { by: alice, lease: terms })
    const slow = () => new LeaseStore(busyOnce(LEASES_ROOT, 2 * MINUTE_MS), { now: world.clock.now })
    expect(await codeOf(slow().claim(scope, lease.id, { action, input }))).toBe('lease-expired')
    world.clock.advance(-2 * MINUTE_MS)
    const { claimId } = await world.state.leases.claim(scope, lease.id, { action, input })
    expect(await codeOf(slow().beginDispatch(scope, lease.id, claimId))).toBe('lease-expired')
  })
})

test('ApprovalStore.listPending() leaves out what expires while it reads', async () => {
  await world.state.approvals.savePending(scope, requestOf(world.clock))
  const view = replacing(filesystem, {
    query: async (...args) => {
      const page = await filesystem.query(...args)
      world.clock.advance(10 * MINUTE_MS)
      return page
    },
  })
  const { items } = await new ApprovalStore(view, { now: world.clock.now }).listPending(scope)
  expect(items).toEqual([])
})

test('RunState.sweep() finishes a step that was left half done by a clock that was ahead', async () => {
  await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  world.clock.advance(365 * DAY_MS)
  const stopped = new RunState(readOnlyBelow(withoutTransact(filesystem), APPROVALS_ROOT), { now: world.clock.now })
  expect(await codeOf(stopped.saveAndBlock(scope, 'i1', requestOf(world.clock)))).toBe('unavailable')
  world.clock.advance(-365 * DAY_MS)
  expect(await world.state.sweep()).toMatchObject({ blocksRepaired: 1, more: false })
  expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
})

test('a request that is saved while its place is being given away is refused, however far apart the clocks are', async () => {
  const slow = { now: () => world.clock.now() - DAY_MS, pendingMax: 1 }
  const fast = new ApprovalStore(filesystem, { now: world.clock.now, pendingMax: 1 })
  const view = beforeFirstWrite(filesystem, APPROVALS_ROOT, async () =>
    fast.savePending(scope, requestOf(world.clock, { id: 'r2' })),
  )
  const late = new ApprovalStore(view, slow).savePending(scope, requestOf(world.clock))
  expect(await codeOf(late)).toBe('request-exists')
  expect((await fast.listPending(scope)).items.map(({ id }) => id)).toEqual(['r2'])
})
