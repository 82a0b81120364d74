// Writes land and their replies are lost. Each is sent again as it was and recognised, so nothing is done twice.
import { FilesystemError } from '@latchless/filesystem'
import { RunState } from '@latchless/run-state'
import { backends, manualClock } from '@latchless/store-testing'
import { expect, test } from 'vitest'
import { aroundWrites, withoutTransact } from './support/before-write.ts'
import { action, alice, codeOf, input, MINUTE_MS, requestOf, scope } from './support/fixtures.ts'

const stores = backends.flatMap((backend) => [
  { name: backend.name, backend, viewOf: aroundWrites },
  { name: `${backend.name}, in order`, backend, viewOf: inOrder },
])

function inOrder(...[filesystem, around]: Parameters<typeof aroundWrites>) {
  return withoutTransact(aroundWrites(filesystem, around))
}

test.each(stores)('on $name, every step is done once although the reply of its first write is lost', async (each) => {
  const store = await each.backend.fresh()
  const clock = manualClock()
  const answered = new Set<string>()
  let lost = 0
  const view = each.viewOf(await store.open(), async (path, write) => {
    const written = await write()
    if (answered.delete(path)) return written
    answered.add(path)
    lost++
    throw new FilesystemError('unavailable', 'Cannot put: the reply is lost', { retry: 'unknown' })
  })
  const state = new RunState(view, { now: clock.now, pendingMax: 2 })
  await state.invocations.start(scope, { id: 'i1', capabilityId: 'c' })
  const { invocation } = await state.saveAndBlock(scope, 'i1', requestOf(clock, { reusableScope: scope }))
  expect(invocation.status).toBe('blocked-approval')
  const terms = { expiresAt: clock.now() + MINUTE_MS, maxInvocations: 2 }
  const approved = await state.approveAndLease(scope, 'r1', { by: alice, standing: scope, lease: terms })
  expect(approved).not.toHaveProperty('standingFailure')
  await state.invocations.resume(scope, 'i1')
  const { id } = approved.lease
  const { claimId } = await state.leases.claim(scope, id, { action, input })
  const { dispatchId } = await state.leases.beginDispatch(scope, id, claimId)
  expect(await state.leases.consume(scope, id, dispatchId)).toMatchObject({ status: 'active', remaining: 1 })
  await state.approvals.savePending(scope, requestOf(clock, { id: 'r2', invocationId: 'i1' }))
  expect(await state.endInvocation(scope, 'i1')).toMatchObject({ status: 'completed' })
  expect(await codeOf(state.approvals.deny(scope, 'r2', { by: alice }))).toBe('not-pending (discarded)')
  expect(await codeOf(state.leases.claim(scope, id, { action, input }))).toBe('lease-revoked (revoked)')
  expect(await state.discardForScope(scope)).toEqual({ invocations: 0, approvals: 1, leases: 0 })
  expect(lost).toBeGreaterThan(10)
  await store.close()
})
