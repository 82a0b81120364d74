import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError, MemoryFilesystem } from '@latchless/filesystem'
import { APPROVALS_ROOT, RunState, STANDING_ROOT } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { aroundWrites, beforeFirstWrite } from './support/before-write.ts'
import { damage } from './support/damage.ts'
import {
  action,
  alice,
  codeOf,
  input,
  MINUTE_MS,
  otherScope,
  requestOf,
  scope,
  worldOf,
  type World,
} from './support/fixtures.ts'

const project = { agent: 'a1', project: 'p1' }

let filesystem: Filesystem
let world: World
beforeEach(async () => {
  filesystem = await MemoryFilesystem.open()
  world = worldOf(filesystem)
  await world.state.approvals.savePending(scope, requestOf(world.clock, { reusableScope: project }))
})

const mayDo = async (owner = scope, approvalId?: string) => world.state.authorize(owner, { action, input, approvalId })

describe('ApprovalStore.approve() with a standing scope', () => {
  test('permits the action in all of that scope from then on, and nowhere else', async () => {
    expect(await mayDo(otherScope)).toEqual({ allowed: false, refusal: 'approval-required' })
    const { approval, standingFailure } = await world.state.approvals.approve(scope, 'r1', {
      by: alice,
      standing: project,
    })
    expect(standingFailure).toBeUndefined()
    expect(approval).toMatchObject({ status: 'approved', standing: { scope: project, recordedAt: world.clock.now() } })
    expect(await mayDo(otherScope)).toMatchObject({
      allowed: true,
      by: 'standing',
      standing: { approvalId: 'r1', by: alice },
    })
    expect(await mayDo({ agent: 'a1', project: 'p2' })).toMatchObject({ allowed: false })
    const spawn = { action: { ...action, kind: 'spawn' } as const, input }
    expect(await world.state.authorize(otherScope, spawn)).toMatchObject({ allowed: false })
    const again = world.state.approvals.approve(scope, 'r1', { by: alice, standing: project })
    expect(await codeOf(again)).toBe('not-pending (approved)')
  })

  test.each([
    ['wider than offered', { agent: 'a1' }],
    ['beside the request', { agent: 'a1', project: 'p1', thread: 't2' }],
    ['of somebody else', { agent: 'a2' }],
  ])('refuses a scope that is %s, and approves nothing', async (_, standing) => {
    expect(await codeOf(world.state.approvals.approve(scope, 'r1', { by: alice, standing }))).toBe(
      'standing-not-allowed',
    )
    expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({ status: 'pending' })
  })

  test('refuses any scope where the request offered none', async () => {
    await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2' }))
    const attempt = world.state.approvals.approve(scope, 'r2', { by: alice, standing: scope })
    expect(await codeOf(attempt)).toBe('standing-not-allowed')
  })

  test('is the only way to add to what stands', async () => {
    const { standing } = world.state.approvals
    const commands = Object.getOwnPropertyNames(Object.getPrototypeOf(standing))
    expect([...commands, ...Object.keys(standing)].toSorted()).toEqual(['ask', 'constructor', 'get'])
  })

  const approveStanding = async (over: Filesystem = filesystem, id = 'r1') => {
    const { approvals } = new RunState(over, { now: world.clock.now })
    return approvals.approve(scope, id, { by: alice, standing: project })
  }

  test.each([
    ['the same scope', project],
    ['the scope of the request', scope],
  ])('clears an override of %s, whatever the clock said then', async (_, owner) => {
    world.clock.advance(MINUTE_MS)
    await world.state.approvals.standing.ask(owner, action)
    world.clock.advance(-MINUTE_MS)
    expect(await approveStanding()).not.toHaveProperty('standingFailure')
    expect(await world.state.approvals.standing.get(scope, action)).toMatchObject({ status: 'allowed' })
    expect(await mayDo(scope)).toMatchObject({ allowed: true, by: 'standing' })
  })

  test('leaves an override of a part that the request does not belong to', async () => {
    await world.state.approvals.standing.ask(otherScope, action)
    expect(await approveStanding()).not.toHaveProperty('standingFailure')
    expect(await mayDo(otherScope)).toMatchObject({ allowed: false })
    expect(await mayDo(scope)).toMatchObject({ allowed: true })
  })

  test.each([
    ['the same scope, before the approval lands', APPROVALS_ROOT, project],
    ['the same scope, before the standing approval lands', STANDING_ROOT, project],
    ['the scope of the request, before the standing approval lands', STANDING_ROOT, scope],
  ])('tells of an override that comes in between, of %s, and leaves it', async (_, root, owner) => {
    const view = beforeFirstWrite(filesystem, root, async () => world.state.approvals.standing.ask(owner, action))
    // By its clock the approval is newer.
    world.clock.advance(MINUTE_MS)
    const { approval, standingFailure } = await approveStanding(view)
    expect(approval.status).toBe('approved')
    expect(standingFailure?.code).toBe('standing-overridden')
    expect(await mayDo(scope)).toMatchObject({ allowed: false })
    expect(await world.state.approvals.sweep()).toMatchObject({ repaired: 0 })
  })

  test('tells of an override of a scope that only overlaps, and leaves it, also when it is repeated', async () => {
    await world.state.approvals.standing.ask({ thread: 't1' }, action)
    expect((await approveStanding()).standingFailure?.code).toBe('standing-overridden')
    expect(await mayDo(scope)).toMatchObject({ allowed: false })
    const lease = { expiresAt: world.clock.now() + MINUTE_MS }
    const repeat = await world.state.approveAndLease(scope, 'r1', { by: alice, standing: project, lease })
    expect(repeat.standingFailure?.code).toBe('standing-overridden')
  })

  test('approves also when the overrides cannot be read, and tells it', async () => {
    await world.state.approvals.standing.ask(project, action)
    const { items } = await filesystem.list(STANDING_ROOT)
    await damage(filesystem, items[0]?.path ?? '')
    const { approval, standingFailure } = await approveStanding()
    expect(approval).toMatchObject({ status: 'approved' })
    expect(standingFailure?.code).toBe('corrupt')
    expect(await codeOf(mayDo(scope))).toBe('corrupt')
  })

  test('is overridden also by a scope that only overlaps with it', async () => {
    await world.state.approvals.approve(scope, 'r1', { by: alice, standing: project })
    await world.state.approvals.standing.ask({ thread: 't1' }, action)
    expect(await mayDo(scope)).toMatchObject({ allowed: false })
    expect(await mayDo(otherScope)).toMatchObject({ allowed: true })
  })

  test('is overridden again by whoever wants to be asked', async () => {
    await world.state.approvals.approve(scope, 'r1', { by: alice, standing: project })
    await world.state.approvals.standing.ask(otherScope, action)
    expect(await mayDo(otherScope)).toMatchObject({ allowed: false })
    expect(await mayDo(scope)).toMatchObject({ allowed: true })
    await world.state.approvals.standing.ask(project, action)
    expect(await mayDo(scope)).toMatchObject({ allowed: false })
  })

  /** Approves over a filesystem that fails at the nth write below a directory. */
  async function approveHalfway(root: string, nth: number) {
    let writes = 0
    const view = aroundWrites(filesystem, async (path, write) => {
      if (path.startsWith(root) && ++writes === nth) {
        throw new FilesystemError('unavailable', 'Cannot put: the disk is gone', { retry: 'never' })
      }
      return write()
    })
    const { approvals } = new RunState(view, { now: world.clock.now })
    return approvals.approve(scope, 'r1', { by: alice, standing: project })
  }

  test.each([
    ['the standing approval', STANDING_ROOT, 1, false],
    ['the note that it is recorded', '/approvals', 2, true],
  ] as const)(
    'approves also when %s cannot be written, and a repeat or the sweep repairs it',
    async (_, root, nth, recorded) => {
      for (const repair of ['repeat', 'sweep'] as const) {
        filesystem = await MemoryFilesystem.open()
        world = worldOf(filesystem, {}, world.clock)
        await world.state.approvals.savePending(scope, requestOf(world.clock, { reusableScope: project }))
        const { approval, standingFailure } = await approveHalfway(root, nth)
        expect(standingFailure?.code).toBe('unavailable')
        expect(approval).toMatchObject({ status: 'approved', standing: { scope: project } })
        expect((await mayDo(otherScope)).allowed).toBe(recorded)
        if (repair === 'sweep') expect(await world.state.approvals.sweep()).toMatchObject({ repaired: 1 })
        else await world.state.approvals.approve(scope, 'r1', { by: alice, standing: project })
        expect((await mayDo(otherScope)).allowed).toBe(true)
        expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({
          standing: { recordedAt: world.clock.now() },
        })
        expect(await world.state.approvals.sweep()).toMatchObject({ repaired: 0 })
      }
    },
  )

  test('repaired late, it does not undo an override from in between', async () => {
    await approveHalfway(STANDING_ROOT, 1)
    world.clock.advance(1)
    await world.state.approvals.standing.ask(project, action)
    await world.state.approvals.sweep()
    expect(await mayDo(scope)).toMatchObject({ allowed: false })
  })

  test('a repeat with another scope, or without one, is no repair', async () => {
    await approveHalfway(STANDING_ROOT, 1)
    const { approvals } = world.state
    expect(await codeOf(approvals.approve(scope, 'r1', { by: alice, standing: scope }))).toBe('not-pending (approved)')
    expect(await codeOf(approvals.approve(scope, 'r1', { by: alice }))).toBe('not-pending (approved)')
  })
})

describe('RunState.authorize()', () => {
  test.each([
    ['denied', async () => world.state.approvals.deny(scope, 'r1', { by: alice }), 'approval-denied'],
    ['discarded', async () => world.state.approvals.discardPending(scope, 'r1'), 'approval-discarded'],
    ['expired', async () => world.clock.advance(10 * MINUTE_MS), 'approval-expired'],
  ] as const)(
    'refuses under a request that is %s, although a standing approval permits',
    async (_, decide, refusal) => {
      await world.state.approvals.savePending(scope, requestOf(world.clock, { id: 'r2', reusableScope: project }))
      await world.state.approvals.approve(scope, 'r2', { by: alice, standing: project })
      await decide()
      expect(await mayDo(scope, 'r1')).toEqual({ allowed: false, refusal })
      expect(await mayDo(scope)).toMatchObject({ allowed: true })
      // Judged before the fingerprint too.
      const other = await world.state.authorize(scope, { action, input: 'other', approvalId: 'r1' })
      expect(other).toEqual({ allowed: false, refusal })
    },
  )

  test('permits under an approved request the input that was approved', async () => {
    expect(await mayDo(scope, 'r1')).toEqual({ allowed: false, refusal: 'approval-pending' })
    await world.state.approvals.approve(scope, 'r1', { by: alice })
    expect(await mayDo(scope, 'r1')).toMatchObject({ allowed: true, by: 'approval', approval: { id: 'r1' } })
    const other = await world.state.authorize(scope, { action, input: 'other', approvalId: 'r1' })
    expect(other).toEqual({ allowed: false, refusal: 'fingerprint-mismatch' })
    expect(await mayDo(otherScope, 'r1')).toEqual({ allowed: false, refusal: 'unknown-request' })
    expect(await mayDo(scope, 'r9')).toEqual({ allowed: false, refusal: 'unknown-request' })
  })

  test('says that it was approved also when the lease of the request is used up, which only the lease tells', async () => {
    const terms = { expiresAt: world.clock.now() + MINUTE_MS, maxInvocations: 1 }
    const { lease } = await world.state.approveAndLease(scope, 'r1', { by: alice, lease: terms })
    const { claimId } = await world.state.leases.claim(scope, lease.id, { action, input })
    const { dispatchId } = await world.state.leases.beginDispatch(scope, lease.id, claimId)
    await world.state.leases.consume(scope, lease.id, dispatchId)
    expect(await mayDo(scope, 'r1')).toMatchObject({ allowed: true, by: 'approval' })
    expect(await codeOf(world.state.leases.claim(scope, lease.id, { action, input }))).toBe('lease-consumed (consumed)')
  })
})
