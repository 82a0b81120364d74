// What a tombstone leaves behind: its id, and no byte of what was requested anywhere in the store.
import type { Filesystem } from '@latchless/filesystem'
import { approvalPath } from '@latchless/run-state'
import { backends, searchStore, type TestStore } from '@latchless/store-testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { alice, codeOf, DAY_MS, requestOf, scope, worldOf, type World } from './support/fixtures.ts'

const payload = {
  reason: 'canary-reason-7f3a',
  correlationId: 'canary-correlation-7f3a',
  requestedBy: { kind: 'agent', id: 'canary-requester-7f3a' },
  action: { kind: 'dispatch', capabilityId: 'canary-capability-7f3a' },
} as const

describe.each(backends)('on $name', (backend) => {
  let store: TestStore
  let filesystem: Filesystem
  let world: World
  let fingerprint: string
  beforeEach(async () => {
    store = await backend.fresh()
    filesystem = await store.open()
    world = worldOf(filesystem)
    const request = requestOf(world.clock, payload)
    fingerprint = (await world.state.approvals.savePending(scope, request)).fingerprint
    await expectPayloadToBeFound()
  })
  afterEach(async () => store.close())

  const canaries = () => [payload.reason, payload.correlationId, payload.requestedBy.id, payload.action.capabilityId]

  async function expectPayloadToBeFound(): Promise<void> {
    for (const text of [...canaries(), fingerprint]) expect(await searchStore(store, text), text).not.toEqual([])
  }

  async function expectOnlyTheIdIsLeft(): Promise<void> {
    const head = await filesystem.get(approvalPath(scope, 'r1'))
    if (head.state !== 'live') throw new Error('Cannot test: the tombstone is not there')
    const stored = JSON.parse(Buffer.from(head.entry.body).toString('utf8')) as Record<string, unknown>
    expect(stored).toEqual({ id: 'r1', status: 'discarded', discardedAt: world.clock.now() })
    expect(head.entry.tuples ?? {}).toEqual({})
    const { versions } = await filesystem.history(approvalPath(scope, 'r1'), { bodies: true })
    expect(versions).toHaveLength(1)
    for (const text of [...canaries(), fingerprint]) expect(await searchStore(store, text), text).toEqual([])
  }

  async function lease(ms: number) {
    const terms = { expiresAt: world.clock.now() + ms }
    return (await world.state.approveAndLease(scope, 'r1', { by: alice, lease: terms })).lease
  }

  test('ApprovalStore.discardPending() leaves nothing of the payload, and the id is never used again', async () => {
    const { approvals } = world.state
    const discarded = await approvals.discardPending(scope, 'r1')
    expect(discarded).toMatchObject({ ...payload, status: 'pending', fingerprint })
    await expectOnlyTheIdIsLeft()
    expect(await approvals.get(scope, 'r1')).toBeUndefined()
    expect((await approvals.listForScope(scope)).items).toEqual([])
    expect((await approvals.listPending(scope)).items).toEqual([])
    expect(await codeOf(approvals.savePending(scope, requestOf(world.clock)))).toBe('request-exists')
    await world.state.invocations.start(scope, { id: 'i1', capabilityId: 'c' })
    expect(await codeOf(world.state.saveAndBlock(scope, 'i1', requestOf(world.clock)))).toBe('request-exists')
    expect(await world.state.invocations.get(scope, 'i1')).toMatchObject({ status: 'running' })
    expect(await codeOf(approvals.discardPending(scope, 'r1'))).toBe('not-pending (discarded)')
  })

  test('ApprovalStore.sweep() leaves no more of a denied request after 30 days', async () => {
    const { approvals } = world.state
    await approvals.deny(scope, 'r1', { by: alice })
    world.clock.advance(30 * DAY_MS - 1)
    expect(await approvals.sweep()).toMatchObject({ redacted: 0 })
    expect(await approvals.get(scope, 'r1')).toMatchObject({ status: 'denied' })
    world.clock.advance(1)
    expect(await approvals.sweep()).toMatchObject({ redacted: 1, more: false })
    await expectOnlyTheIdIsLeft()
    expect(await codeOf(approvals.savePending(scope, requestOf(world.clock)))).toBe('request-exists')
  })

  test('ApprovalStore.sweep() leaves no more of an expired request 30 days after its end', async () => {
    const { approvals } = world.state
    world.clock.advance(10 * 60_000)
    expect(await approvals.sweep()).toMatchObject({ expired: 1, redacted: 0 })
    world.clock.advance(30 * DAY_MS - 1)
    expect(await approvals.sweep()).toMatchObject({ redacted: 0 })
    world.clock.advance(1)
    expect(await approvals.sweep()).toMatchObject({ redacted: 1 })
    await expectOnlyTheIdIsLeft()
  })

  test('RunState.sweep() leaves no more of an approved request and its lease', async () => {
    await lease(60 * DAY_MS)
    world.clock.advance(31 * DAY_MS)
    expect(await world.state.sweep()).toMatchObject({ approvals: { redacted: 1 }, leases: { removed: 0 } })
    await expectOnlyTheIdIsLeft()
    world.clock.advance(30 * DAY_MS)
    expect(await world.state.sweep()).toMatchObject({ approvals: { redacted: 0 }, leases: { removed: 1 } })
  })

  test('RunState.discardForScope() leaves no more of what is in the scope', async () => {
    await lease(DAY_MS)
    expect(await world.state.discardForScope(scope)).toEqual({ invocations: 0, approvals: 1, leases: 1 })
    await expectOnlyTheIdIsLeft()
  })

  test('RunState.discardForScope() leaves no more of what stood for the scope, and of who allowed it', async () => {
    await world.state.approvals.discardPending(scope, 'r1')
    const request = requestOf(world.clock, { ...payload, id: 'r2', reusableScope: scope })
    await world.state.approvals.savePending(scope, request)
    const by = { kind: 'user', id: 'canary-approver-7f3a' } as const
    await world.state.approvals.approve(scope, 'r2', { by, standing: scope })
    expect(await searchStore(store, by.id)).not.toEqual([])
    await world.state.discardForScope(scope)
    for (const text of [by.id, ...canaries(), fingerprint]) expect(await searchStore(store, text), text).toEqual([])
  })

  test('RunState.discardForScope() leaves no more of a lease that was revoked before', async () => {
    const { id } = await lease(DAY_MS)
    await world.state.leases.revoke(scope, id)
    expect(await world.state.leases.get(scope, id)).toMatchObject({ status: 'revoked', action: payload.action })
    await world.state.discardForScope(scope)
    expect(await world.state.leases.get(scope, id)).not.toHaveProperty('action')
    await expectOnlyTheIdIsLeft()
  })
})
