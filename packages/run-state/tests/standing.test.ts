import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError, MemoryFilesystem } from '@latchless/filesystem'
import { RunState, STANDING_ROOT } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import { aroundWrites } from './support/before-write.ts'
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

  test('clears an override of the same scope', async () => {
    await world.state.approvals.standing.ask(project, action)
    world.clock.advance(1)
    await world.state.approvals.approve(scope, 'r1', { by: alice, standing: project })
    expect(await world.state.approvals.standing.get(scope, action)).toMatchObject({ status: 'allowed' })
  })

  test('tells when an override is not older by the clocks, which then prevails', async () => {
    world.clock.advance(MINUTE_MS)
    await world.state.approvals.standing.ask(project, action)
    world.clock.advance(-MINUTE_MS)
    const { approval, standingFailure } = await world.state.approvals.approve(scope, 'r1', {
      by: alice,
      standing: project,
    })
    expect(approval.status).toBe('approved')
    expect(standingFailure?.code).toBe('standing-overridden')
    expect(await mayDo(scope)).toMatchObject({ allowed: false })
    expect(await world.state.approvals.sweep()).toMatchObject({ repaired: 0 })
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
})
