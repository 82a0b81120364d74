import { MemoryFilesystem } from '@latchless/filesystem'
import type { ApprovalRequest } from '@latchless/run-state'
import { actionFingerprint, REASON_LENGTH_MAX, RunStateError } from '@latchless/run-state'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  action,
  alice,
  codeOf,
  failureOf,
  input,
  MINUTE_MS,
  otherScope,
  requestOf,
  scope,
  worldOf,
} from './support/fixtures.ts'
import type { World } from './support/fixtures.ts'

let world: World
beforeEach(async () => {
  world = worldOf(await MemoryFilesystem.open())
})

const save = async (request: Partial<ApprovalRequest> = {}, owner = scope) =>
  world.state.approvals.savePending(owner, requestOf(world.clock, request))

describe('ApprovalStore.savePending()', () => {
  test('keeps what is asked, and of the input only its fingerprint', async () => {
    const saved = await save({ input: { secret: 'canary' }, reusableScope: { agent: 'a1' } })
    const { input: _, ...asked } = requestOf(world.clock, { reusableScope: { agent: 'a1' } })
    expect(saved).toEqual({
      ...asked,
      scope,
      status: 'pending',
      fingerprint: actionFingerprint(action, { secret: 'canary' }),
      createdAt: world.clock.now(),
      updatedAt: world.clock.now(),
    })
    expect(await world.state.approvals.get(scope, 'r1')).toEqual(saved)
  })

  test('refuses an id that is taken and keeps the first request', async () => {
    const first = await save()
    expect(await codeOf(save({ reason: 'another' }))).toBe('request-exists')
    expect(await world.state.approvals.get(scope, 'r1')).toEqual(first)
  })

  test('takes the same id in another scope, as if it were alone', async () => {
    await save()
    await save({ reason: 'theirs' }, otherScope)
    expect(await world.state.approvals.get(scope, 'r1')).toMatchObject({ reason: 'to see what is there' })
    expect(await world.state.approvals.get(otherScope, 'r1')).toMatchObject({ reason: 'theirs' })
  })

  test('draws an id, and derives it from the idempotency key where there is one', async () => {
    const [a, b] = [await save({ id: undefined }), await save({ id: undefined })]
    expect(a.id).not.toBe(b.id)
    const keyed = await save({ id: undefined, idempotencyKey: 'k1' })
    expect(await save({ id: undefined, idempotencyKey: 'k1' })).toEqual(keyed)
  })

  test('replays a repeat with its key, decided or not, and refuses another request under it', async () => {
    const request = requestOf(world.clock, { idempotencyKey: 'k1' })
    const first = await world.state.approvals.savePending(scope, request)
    expect(await world.state.approvals.savePending(scope, request)).toEqual(first)
    await world.state.approvals.approve(scope, 'r1', { by: alice })
    expect(await world.state.approvals.savePending(scope, request)).toMatchObject({ status: 'approved' })
    for (const other of [{ input: {} }, { reason: 'another' }, { correlationId: 'c2' }]) {
      expect(await codeOf(world.state.approvals.savePending(scope, { ...request, ...other }))).toBe(
        'idempotency-conflict',
      )
    }
    const otherKey = { ...request, idempotencyKey: 'k2' }
    expect(await codeOf(world.state.approvals.savePending(scope, otherKey))).toBe('request-exists')
  })

  test.each<[string, Partial<ApprovalRequest>]>([
    ['an id with a slash', { id: 'a/b' }],
    ['an empty id', { id: '' }],
    ['a reason that is too long', { reason: 'x'.repeat(REASON_LENGTH_MAX + 1) }],
    ['an end that has passed', { expiresAt: 1 }],
    ['an input that is not JSON', { input: () => 1 }],
    ['an input that nests too deep', { input: nested(64) }],
    ['an action of an unknown kind', { action: { kind: 'other', capabilityId: 'x' } as never }],
    ['a part that nobody knows', { more: 1 } as never],
  ])('refuses %s', async (_, request) => {
    const error = await failureOf(save(request))
    expect(error.code).toBe('invalid-argument')
    expect(error.message).toMatch(/^Cannot save approval request\b/)
  })

  test.each<[string, Partial<ApprovalRequest>]>([
    ['a key', { id: undefined, idempotencyKey: '\ud800' }],
    ['a reason', { reason: '\ud800', idempotencyKey: 'k1' }],
    ['a principal', { requestedBy: { kind: 'user', id: '\ud800' }, idempotencyKey: 'k1' }],
    ['a reusable scope', { reusableScope: { thread: '\ud800' } }],
  ])('refuses %s with a lone surrogate as it refuses every wrong argument', async (_, request) => {
    const error = await failureOf(save(request))
    expect(error).toBeInstanceOf(RunStateError)
    expect(error.code).toBe('invalid-argument')
  })

  test('replays a repeat with its key that comes when the request has expired, and makes no new one that late', async () => {
    const request = requestOf(world.clock, { idempotencyKey: 'k1' })
    await world.state.approvals.savePending(scope, request)
    world.clock.advance(10 * MINUTE_MS)
    expect(await world.state.approvals.savePending(scope, request)).toMatchObject({ status: 'expired' })
    expect(await codeOf(save({ id: 'r2', expiresAt: request.expiresAt }))).toBe('invalid-argument')
  })

  test('makes two requests of one key with two explicit ids', async () => {
    await save({ idempotencyKey: 'k1' })
    expect(await save({ id: 'r2', idempotencyKey: 'k1' })).toMatchObject({ id: 'r2', status: 'pending' })
  })

  test('takes an input that just fits', async () => {
    await save({ input: nested(63) })
  })
})

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)]
}

describe('actionFingerprint()', () => {
  test('is of the canonical form: the order of properties does not matter, every value does', () => {
    const of = actionFingerprint(action, { a: 1, b: [1, 2] })
    expect(of).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(actionFingerprint(action, { b: [1, 2], a: 1 })).toBe(of)
    expect(actionFingerprint(action, { a: 1, b: [2, 1] })).not.toBe(of)
    expect(actionFingerprint({ ...action, kind: 'spawn' }, { a: 1, b: [1, 2] })).not.toBe(of)
  })
})

describe('ApprovalStore.get()', () => {
  test('refuses a scope with a lone surrogate, which has no hash', async () => {
    const error = await failureOf(world.state.approvals.get({ thread: '\ud800' }, 'r1'))
    expect(error).toBeInstanceOf(RunStateError)
    expect(error.code).toBe('invalid-argument')
  })

  test('leaves what is no id out of its message', async () => {
    const error = await failureOf(world.state.approvals.get(scope, 'canary '.repeat(1000)))
    expect(error.message).toBe('Cannot get request: id has the wrong form (invalid_format)')
    expect(JSON.stringify(error)).not.toContain('canary')
  })
})

describe('ApprovalStore decisions', () => {
  test('are refused when the request is unknown or foreign, with the same words', async () => {
    await save()
    const { approvals } = world.state
    const attempts = [
      async (owner: typeof scope, id: string) => approvals.approve(owner, id, { by: alice }),
      async (owner: typeof scope, id: string) => approvals.deny(owner, id, { by: alice }),
      async (owner: typeof scope, id: string) => approvals.discardPending(owner, id),
    ]
    for (const attempt of attempts) {
      const foreign = await failureOf(attempt(otherScope, 'r1'))
      const unknown = await failureOf(attempt(scope, 'r2'))
      expect(foreign.code).toBe('unknown-request')
      expect(foreign.message.replace('"r1"', '"r2"')).toBe(unknown.message)
    }
    expect(await approvals.get(otherScope, 'r1')).toBeUndefined()
    expect((await approvals.listForScope(otherScope)).items).toEqual([])
  })

  test('are final and change nothing when repeated', async () => {
    await save()
    await world.state.approvals.deny(scope, 'r1', { by: alice })
    const denied = await world.state.approvals.get(scope, 'r1')
    world.clock.advance(1)
    expect(await codeOf(world.state.approvals.deny(scope, 'r1', { by: alice }))).toBe('not-pending (denied)')
    expect(await codeOf(world.state.approvals.approve(scope, 'r1', { by: alice }))).toBe('not-pending (denied)')
    expect(await world.state.approvals.get(scope, 'r1')).toEqual(denied)
  })

  test('come too late for a request that is overdue, although nothing has swept it', async () => {
    await save()
    world.clock.advance(10 * MINUTE_MS)
    const { approvals } = world.state
    expect(await codeOf(approvals.approve(scope, 'r1', { by: alice }))).toBe('not-pending (expired)')
    expect(await approvals.get(scope, 'r1')).toMatchObject({ status: 'expired', resolvedAt: world.clock.now() })
    expect((await approvals.listPending(scope)).items).toEqual([])
    expect((await approvals.listForScope(scope)).items).toMatchObject([{ status: 'expired' }])
    expect(await approvals.sweep()).toMatchObject({ expired: 1, more: false })
    expect(await approvals.sweep()).toMatchObject({ expired: 0 })
    expect(await approvals.get(scope, 'r1')).toMatchObject({ status: 'expired' })
  })
})

describe('ApprovalStore lists', () => {
  test('are pages in order, that survive what is decided and saved between them', async () => {
    const { approvals } = world.state
    for (let at = 0; at < 7; at++) {
      world.clock.advance(1)
      await save({ id: `r${at}`, expiresAt: world.clock.now() + (10 - at) * MINUTE_MS })
    }
    const first = await approvals.listForScope(scope, { limit: 3 })
    expect(first.items.map(({ id }) => id)).toEqual(['r0', 'r1', 'r2'])
    await approvals.discardPending(scope, 'r1')
    await approvals.approve(scope, 'r3', { by: alice })
    const rest = await approvals.listForScope(scope, { limit: 10, cursor: first.next })
    expect(rest.items.map(({ id }) => id)).toEqual(['r3', 'r4', 'r5', 'r6'])
    const pending = await approvals.listPending(scope)
    expect(pending.items.map(({ id }) => id)).toEqual(['r6', 'r5', 'r4', 'r2', 'r0'])
    expect(await codeOf(approvals.listPending(scope, { limit: 201 }))).toBe('invalid-argument')
    expect(await codeOf(approvals.listPending(scope, { cursor: 'nonsense' }))).toBe('invalid-argument')
  })

  test('write nothing, and neither does any other reader', async () => {
    const filesystem = await MemoryFilesystem.open()
    const { clock, state } = worldOf(filesystem)
    await state.approvals.savePending(scope, requestOf(clock))
    await state.invocations.start(scope, { id: 'i1', capabilityId: 'c' })
    const versions = async () =>
      (await filesystem.list('/')).items.map(({ path, head }) => `${path} ${head?.info.version}`)
    const before = await versions()
    clock.advance(10 * MINUTE_MS)
    await state.approvals.get(scope, 'r1')
    await state.approvals.listPending(scope)
    await state.approvals.listForScope(scope)
    await state.approvals.standing.get(scope, action)
    await state.authorize(scope, { action, input, approvalId: 'r1' })
    await state.invocations.get(scope, 'i1')
    await state.leases.get(scope, 'l1')
    expect(await versions()).toEqual(before)
  })
})

describe('ApprovalStore.discardForScope()', () => {
  test('discards what waits for one invocation, and nothing else', async () => {
    await save({ id: 'r1', invocationId: 'i1' })
    await save({ id: 'r2', invocationId: 'i2' })
    await save({ id: 'r3' })
    await save({ id: 'r4', invocationId: 'i1' })
    await world.state.approvals.approve(scope, 'r4', { by: alice })
    await save({ id: 'r1', invocationId: 'i1' }, otherScope)
    expect(await world.state.approvals.discardForScope(scope, { invocationId: 'i1' })).toBe(1)
    expect((await world.state.approvals.listForScope(scope)).items.map(({ id }) => id)).toEqual(['r2', 'r3', 'r4'])
    expect(await world.state.approvals.get(otherScope, 'r1')).toMatchObject({ status: 'pending' })
  })

  test('forgets everything of a scope over several pages', async () => {
    for (let at = 0; at < 60; at++) await save({ id: `r${at}` })
    await world.state.approvals.deny(scope, 'r0', { by: alice })
    world.clock.advance(10 * MINUTE_MS)
    expect(await world.state.approvals.discardForScope(scope)).toBe(60)
    expect((await world.state.approvals.listForScope(scope)).items).toEqual([])
    expect(await world.state.approvals.discardForScope(scope)).toBe(0)
  })
})

test('a sweep is bounded and says when there is more', async () => {
  for (let at = 0; at < 5; at++) await save({ id: `r${at}` })
  world.clock.advance(10 * MINUTE_MS)
  expect(await world.state.approvals.sweep({ limit: 3 })).toMatchObject({ expired: 3, more: true })
  expect(await world.state.approvals.sweep({ limit: 3 })).toMatchObject({ expired: 2, more: false })
})
