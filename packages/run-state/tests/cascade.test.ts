// What follows from the end of an invocation or of a scope, also where it stopped halfway or a record is damaged.
import { MemoryFilesystem } from '@latchless/filesystem'
import {
  approvalPath,
  APPROVALS_ROOT,
  INVOCATIONS_ROOT,
  leaseIdOf,
  LEASES_ROOT,
  RunState,
  SCOPE_ENDED,
  STANDING_ROOT,
} from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { beforeFirstWrite } from './support/before-write.ts'
import { damage, readOnlyBelow } from './support/damage.ts'
import {
  action,
  alice,
  codeOf,
  DAY_MS,
  input,
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

const leaseTerms = () => ({ expiresAt: world.clock.now() + 90 * DAY_MS })
const leasesIn = async () => (await filesystem.list(LEASES_ROOT)).items.map(({ path }) => path)

/** An invocation that was approved and resumed, with a lease that is still to be claimed. */
async function leasedInvocation(): Promise<string> {
  const { state } = world
  await state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  await state.saveAndBlock(scope, 'i1', requestOf(world.clock))
  const { lease } = await state.approveAndLease(scope, 'r1', { by: alice, lease: leaseTerms() })
  await state.invocations.resume(scope, 'i1')
  return lease.id
}

const claim = async (id: string) => world.state.leases.claim(scope, id, { action, input })

describe('the end of an invocation', () => {
  test.each([LEASES_ROOT, APPROVALS_ROOT, INVOCATIONS_ROOT])(
    'that stopped at %s is finished by the next sweep',
    async (root) => {
      const id = await leasedInvocation()
      await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2', invocationId: 'i1' }))
      const halfway = new RunState(readOnlyBelow(filesystem, root), { now: world.clock.now })
      if (root === INVOCATIONS_ROOT) await world.state.invocations.complete(scope, 'i1')
      expect(await codeOf(halfway.endInvocation(scope, 'i1'))).toBe('unavailable')
      expect(await world.state.sweep()).toMatchObject({ invocations: { settled: 1, removed: 0 } })
      expect(await codeOf(claim(id))).toBe('lease-revoked (revoked)')
      expect(await world.state.approvals.get(scope, 'r2')).toBeUndefined()
      expect(await world.state.sweep()).toMatchObject({ invocations: { settled: 0 } })
    },
  )

  test.each([
    ['complete', async () => world.state.invocations.complete(scope, 'i1')],
    ['fail', async () => world.state.invocations.fail(scope, 'i1', 'gone')],
  ] as const)('by %s() discards what waited for it with the next sweep', async (_, end) => {
    const id = await leasedInvocation()
    expect(await end()).toMatchObject({ unsettled: true })
    await world.state.sweep()
    expect(await codeOf(claim(id))).toBe('lease-revoked (revoked)')
    expect(await world.state.invocations.get(scope, 'i1')).not.toHaveProperty('unsettled')
  })

  test('keeps the invocation until what waited for it is discarded, however old it is', async () => {
    const id = await leasedInvocation()
    await world.state.invocations.complete(scope, 'i1')
    const stuck = new RunState(readOnlyBelow(filesystem, LEASES_ROOT), { now: world.clock.now })
    world.clock.advance(31 * DAY_MS)
    expect(await codeOf(stuck.sweep())).toBe('unavailable')
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'completed', unsettled: true })
    expect(await world.state.invocations.sweep()).toEqual({ settled: 1, removed: 1, more: false })
    expect(await codeOf(claim(id))).toBe('lease-revoked (revoked)')
  })

  test('leaves nothing from which a lease comes, also when the invocation is removed', async () => {
    await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
    await world.state.endInvocation(scope, 'i1')
    const late = { id: 'r2', invocationId: 'i1', expiresAt: world.clock.now() + 60 * DAY_MS }
    await world.state.approvals.savePending(scope, requestOf(world.clock, late))
    world.clock.advance(30 * DAY_MS)
    expect(await world.state.sweep()).toMatchObject({ invocations: { removed: 1 } })
    const attempt = world.state.approveAndLease(scope, 'r2', { by: alice, lease: leaseTerms() })
    expect(await codeOf(attempt)).toBe('unknown-invocation')
    expect(await leasesIn()).toEqual([])
  })
})

describe('RunState.discardForScope()', () => {
  async function threeLeased(): Promise<void> {
    for (const id of ['r1', 'r2', 'r3']) {
      await world.state.approvals.savePending(scope, requestOf(world.clock, { id }))
      await world.state.approveAndLease(scope, id, { by: alice, lease: leaseTerms() })
    }
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r4' }))
  }

  test.each([0, 1, 2])('revokes and forgets the rest when lease %s is damaged, and tells it in the end', async (at) => {
    await threeLeased()
    const damaged = (await leasesIn())[at] ?? ''
    await damage(filesystem, damaged)
    expect(await codeOf(world.state.discardForScope(scope))).toBe('corrupt')
    const left = (await world.state.approvals.listForScope(scope)).items
    expect(left.map(({ id }) => leaseIdOf(scope, id))).toEqual([damaged.split('.').at(-1)])
    const codes = await Promise.all(['r1', 'r2', 'r3'].map(async (id) => codeOf(claim(leaseIdOf(scope, id)))))
    expect(codes.toSorted()).toEqual(['corrupt', 'lease-revoked (revoked)', 'lease-revoked (revoked)'])
  })

  test('revokes and forgets the rest when a request is damaged, and tells it in the end', async () => {
    await threeLeased()
    await damage(filesystem, approvalPath(scope, 'r2'))
    expect(await codeOf(world.state.discardForScope(scope))).toBe('corrupt')
    const found = await Promise.all(['r1', 'r3', 'r4'].map(async (id) => world.state.approvals.get(scope, id)))
    expect(found).toEqual([undefined, undefined, undefined])
    for (const id of ['r1', 'r2', 'r3']) {
      expect(await codeOf(claim(leaseIdOf(scope, id)))).toBe('lease-revoked (revoked)')
    }
  })

  test('fails the invocations of the scope, which would wait for good, and no others', async () => {
    const { invocations } = world.state
    for (const id of ['i1', 'i2', 'i3']) await invocations.start(scope, { id, capabilityId: 'shell.run' })
    await invocations.start(otherScope, { id: 'i1', capabilityId: 'shell.run' })
    await world.state.saveAndBlock(scope, 'i1', requestOf(world.clock))
    await invocations.blockAuth(scope, 'i2', 'login')
    expect(await world.state.discardForScope(scope)).toEqual({ invocations: 3, approvals: 1, leases: 0 })
    for (const id of ['i1', 'i2', 'i3']) {
      expect(await invocations.get(scope, id)).toMatchObject({ status: 'failed', errorKind: SCOPE_ENDED })
    }
    expect(await invocations.get(otherScope, 'i1')).toMatchObject({ status: 'running' })
    world.clock.advance(30 * DAY_MS)
    expect(await world.state.sweep()).toMatchObject({ invocations: { settled: 3, removed: 3 } })
  })

  test('leaves nothing that stands for the scope, and what stands for a wider one', async () => {
    const project = { agent: 'a1', project: 'p1' }
    const { approvals } = world.state
    await approvals.savePending(scope, requestOf(world.clock, { reusableScope: project }))
    await approvals.savePending(otherScope, requestOf(world.clock, { reusableScope: otherScope }))
    await approvals.approve(scope, 'r1', { by: alice, standing: project })
    await approvals.approve(otherScope, 'r1', { by: alice, standing: otherScope })
    await approvals.standing.ask(otherScope, { ...action, kind: 'spawn' })
    await world.state.discardForScope(otherScope)
    expect(await world.state.authorize(otherScope, { action, input })).toMatchObject({ standing: { scope: project } })
    await world.state.discardForScope(project)
    expect(await world.state.authorize(otherScope, { action, input })).toMatchObject({ allowed: false })
    expect((await filesystem.list(STANDING_ROOT)).items).toEqual([])
  })

  test('wins over an approval whose standing half comes behind it', async () => {
    await world.state.approvals.savePending(scope, requestOf(world.clock, { reusableScope: scope }))
    const view = beforeFirstWrite(filesystem, STANDING_ROOT, async () => world.state.discardForScope(scope))
    const slow = new RunState(view, { now: world.clock.now })
    const { standingFailure } = await slow.approvals.approve(scope, 'r1', { by: alice, standing: scope })
    expect(standingFailure?.code).toBe('approval-discarded')
    expect(await world.state.authorize(scope, { action, input })).toMatchObject({ allowed: false })
    expect((await filesystem.list(STANDING_ROOT)).items).toEqual([])
  })
})
