// One record that cannot be handled keeps no other one from being swept.
import { MemoryFilesystem, replacing } from '@latchless/filesystem'
import {
  approvalPath,
  ApprovalStore,
  APPROVALS_ROOT,
  RunState,
  SAVE_GRACE_MS,
  STANDING_ROOT,
} from '@latchless/run-state'
import { beforeEach, expect, test } from 'vitest'
import { damage, readOnlyBelow } from './support/damage.ts'
import { alice, codeOf, DAY_MS, requestOf, scope, worldOf, type World } from './support/fixtures.ts'

let filesystem: MemoryFilesystem
let world: World
beforeEach(async () => {
  filesystem = await MemoryFilesystem.open()
  world = worldOf(filesystem)
})

const without = (root: string) => readOnlyBelow(filesystem, root)

const overdue = async () => (await filesystem.query(APPROVALS_ROOT, 'overdue')).items.length

test('ApprovalStore.sweep() expires the rest when a standing approval cannot be recorded, and says so in the end', async () => {
  const standing = { agent: 'a1' }
  await world.state.approvals.savePending(scope, requestOf(world.clock, { reusableScope: standing }))
  await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2' }))
  const failing = new ApprovalStore(without(STANDING_ROOT), { now: world.clock.now })
  const { standingFailure } = await failing.approve(scope, 'r1', { by: alice, standing })
  expect(standingFailure?.code).toBe('unavailable')
  world.clock.advance(DAY_MS)
  expect(await codeOf(failing.sweep())).toBe('unavailable')
  expect(await overdue()).toBe(0)
  expect(await world.state.sweep()).toMatchObject({ approvals: { repaired: 1, expired: 0 } })
})

test.each([1, 2])('RunState.sweep() goes past a record that cannot be read, %s at a time', async (limit) => {
  for (const id of ['r1', 'r2', 'r3']) await world.state.approvals.savePending(scope, requestOf(world.clock, { id }))
  await damage(filesystem, approvalPath(scope, 'r1'))
  world.clock.advance(DAY_MS)
  for (let left = 2; left > 0; left -= limit) expect(await codeOf(world.state.sweep({ limit }))).toBe('corrupt')
  expect(await overdue()).toBe(1)
})

test('RunState.sweep() does the work of the other stores when that of one fails', async () => {
  await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'c' })
  await world.state.invocations.complete(scope, 'i1')
  await world.state.approvals.savePending(scope, requestOf(world.clock))
  world.clock.advance(31 * DAY_MS)
  const failing = new RunState(without(APPROVALS_ROOT), { now: world.clock.now })
  expect(await codeOf(failing.sweep())).toBe('unavailable')
  expect(await world.state.invocations.get(scope, 'i1')).toBeUndefined()
})

test('a sweep that another one forestalled does the rest, and tells rightly whether there is more', async () => {
  for (let at = 0; at < 6; at++) {
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: `r${at}` }))
  }
  world.clock.advance(DAY_MS + SAVE_GRACE_MS)
  let isFirst = true
  const view = replacing(filesystem, {
    query: async (...args) => {
      const page = await filesystem.query(...args)
      if (isFirst && args[1] === 'overdue') {
        isFirst = false
        await world.state.approvals.sweep({ limit: 2 })
      }
      return page
    },
  })
  const slow = new ApprovalStore(view, { now: world.clock.now })
  expect(await slow.sweep({ limit: 2 })).toMatchObject({ expired: 2, more: true })
  expect(await slow.sweep({ limit: 2 })).toMatchObject({ expired: 2, more: false })
  expect(await codeOf(slow.sweep({ limit: 0 }))).toBe('invalid-argument')
})

test('several sweeps of one process at once tell together what was done, and no more', async () => {
  const { state } = world
  for (const id of ['r1', 'r2', 'r3']) {
    await state.approvals.savePending(scope, requestOf(world.clock, { id, reusableScope: scope }))
    const halfway = new ApprovalStore(without(STANDING_ROOT), { now: world.clock.now })
    await halfway.approve(scope, id, { by: alice, standing: scope })
    await state.leases.issue(scope, id, { expiresAt: world.clock.now() + DAY_MS })
  }
  const sweeps = async () => Promise.all([1, 2, 3].map(async () => state.sweep()))
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0)
  expect(sum((await sweeps()).map(({ approvals }) => approvals.repaired))).toBe(3)
  world.clock.advance(30 * DAY_MS)
  expect(sum((await sweeps()).map(({ approvals }) => approvals.redacted))).toBe(3)
  world.clock.advance(DAY_MS)
  expect(sum((await sweeps()).map(({ leases }) => leases.removed))).toBe(3)
})

test('LeaseStore.sweep() looks at no lease and no request that it has nothing to do with', async () => {
  for (let at = 0; at < 5; at++) {
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: `r${at}` }))
    const lease = { expiresAt: world.clock.now() + 1 }
    await world.state.approveAndLease(scope, `r${at}`, { by: alice, lease })
  }
  world.clock.advance(60 * DAY_MS)
  let looked = 0
  const view = replacing(filesystem, {
    get: async (...args) => {
      looked++
      return filesystem.get(...args)
    },
    query: async (...args) => {
      const page = await filesystem.query(...args)
      looked += page.items.length
      return page
    },
  })
  const { leases } = new RunState(view, { now: world.clock.now })
  expect(await leases.sweep({ limit: 1 })).toEqual({ removed: 0, more: false })
  expect(looked).toBe(0)
})

test('what is kept after its end is kept for as long as the options say', async () => {
  const state = new RunState(filesystem, { now: world.clock.now, retentionMs: 1000 })
  await state.approvals.savePending(scope, requestOf(world.clock))
  await state.approvals.deny(scope, 'r1', { by: alice })
  await state.invocations.start(scope, { id: 'i1', capabilityId: 'c' })
  await state.endInvocation(scope, 'i1')
  world.clock.advance(999)
  expect(await state.sweep()).toMatchObject({ approvals: { redacted: 0, tidied: 0 }, invocations: { removed: 0 } })
  world.clock.advance(1)
  expect(await state.sweep()).toMatchObject({ approvals: { redacted: 1, tidied: 1 }, invocations: { removed: 1 } })
  expect(() => new RunState(filesystem, { retentionMs: -1 })).toThrow(RangeError)
})
