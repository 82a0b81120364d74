// One record that cannot be handled keeps no other one from being swept.
import { FilesystemError, MemoryFilesystem, replacing } from '@latchless/filesystem'
import {
  approvalPath,
  ApprovalStore,
  APPROVALS_ROOT,
  RunState,
  SAVE_GRACE_MS,
  STANDING_ROOT,
} from '@latchless/run-state'
import { beforeEach, expect, test } from 'vitest'
import { aroundWrites } from './support/before-write.ts'
import { alice, codeOf, DAY_MS, requestOf, scope, worldOf, type World } from './support/fixtures.ts'

let filesystem: MemoryFilesystem
let world: World
beforeEach(async () => {
  filesystem = await MemoryFilesystem.open()
  world = worldOf(filesystem)
})

/** Where nothing can be written below a directory. */
const without = (root: string) =>
  aroundWrites(filesystem, async (path, write) => {
    if (path.startsWith(root)) throw new FilesystemError('unavailable', 'Cannot put: the disk is gone')
    return write()
  })

async function corrupt(id: string): Promise<void> {
  const path = approvalPath(scope, id)
  const head = await filesystem.get(path)
  if (head.state !== 'live') throw new Error('Cannot test: there is no request')
  await filesystem.put(path, { ...head.entry, body: Buffer.from('{}') }, { type: 'any' })
}

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
  await corrupt('r1')
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
