// What a store needs of its filesystem, and what it leaves in it.
import type { Filesystem } from '@latchless/filesystem'
import { casUpdate, MemoryFilesystem, write } from '@latchless/filesystem'
import * as runState from '@latchless/run-state'
import { backends, byteOnly } from '@latchless/store-testing'
import { describe, expect, test } from 'vitest'
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

const recordTypes = Object.entries(runState).filter(([name]) => name.endsWith('Record'))

describe('a mount that cannot compare-and-swap', () => {
  test.each([
    ['RunState', (filesystem: Filesystem) => new runState.RunState(filesystem)],
    ['InvocationStore', (filesystem: Filesystem) => new runState.InvocationStore(filesystem)],
    ['ApprovalStore', (filesystem: Filesystem) => new runState.ApprovalStore(filesystem)],
    ['LeaseStore', (filesystem: Filesystem) => new runState.LeaseStore(filesystem)],
  ])('is refused by %s, and nothing is read or written', async (_, open) => {
    const plain = await byteOnly()
    const asked: string[] = []
    const watched = new Proxy(plain, {
      get(target, name) {
        if (name !== 'capabilities') asked.push(String(name))
        const member: unknown = Reflect.get(target, name, target)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      },
    })
    expect(() => open(watched)).toThrow(expect.objectContaining({ code: 'cas-unsupported' }))
    expect(asked).toEqual([])
    const unknown = new Proxy(plain, {
      get: (target, name) =>
        name === 'capabilities'
          ? (path: string) => ({ ...target.capabilities(path), cas: 'unknown' })
          : (Reflect.get(target, name, target) as unknown),
    })
    expect(() => open(unknown)).toThrow(runState.RunStateError)
    await plain.close()
  })

  test.each(recordTypes)('takes no record of type %s', async (_, exported) => {
    const plain = await byteOnly()
    const type = exported as typeof runState.ApprovalRecord
    const tombstone = { id: 'x', status: 'discarded', discardedAt: 1 } as const
    const attempt = casUpdate(plain, '/approvals/x', type, () => write(tombstone))
    expect(await codeOf(attempt)).toBe('cas-unsupported')
    expect((await plain.list('/')).items).toEqual([])
    await plain.close()
  })

  test('every record type is exported', () => {
    expect(recordTypes.map(([name]) => name).toSorted()).toEqual([
      'ApprovalRecord',
      'InvocationRecord',
      'LeaseRecord',
      'PendingSlotsRecord',
      'StandingApprovalRecord',
    ])
  })
})

test.each(backends.filter(({ crossProcess }) => crossProcess))(
  'on $name, what one instance wrote is complete in others that are opened when it is closed',
  async (backend) => {
    const store = await backend.fresh()
    const first = await store.open()
    const { clock, state } = worldOf(first)
    await state.invocations.start(scope, { id: 'i1', capabilityId: 'c' })
    const saved = await state.saveAndBlock(scope, 'i1', requestOf(clock, { reusableScope: scope }))
    const lease = { expiresAt: clock.now() + MINUTE_MS, maxInvocations: 2 }
    const leased = await state.approveAndLease(scope, 'r1', { by: alice, standing: scope, lease })
    await state.approvals.savePending(scope, requestOf(clock, { id: 'r2' }))
    await state.approvals.discardPending(scope, 'r2')
    await first.close()
    for (let opened = 0; opened < 2; opened++) {
      const filesystem = await store.open()
      const later = worldOf(filesystem, { pendingMax: 1 }, clock).state
      expect(await later.invocations.get(scope, 'i1')).toEqual(saved.invocation)
      expect(await later.approvals.get(scope, 'r1')).toEqual(leased.approval)
      expect(await later.leases.get(scope, leased.lease.id)).toEqual(leased.lease)
      expect(await later.authorize(scope, { action, input })).toMatchObject({ by: 'standing' })
      expect(await codeOf(later.approvals.savePending(scope, requestOf(clock, { id: 'r2' })))).toBe('request-exists')
      await filesystem.close()
    }
    await store.close()
  },
)

test('10,000 requests that were decided grow no record, and every step of one more takes as many calls', async () => {
  const filesystem = await MemoryFilesystem.open()
  let calls = 0
  let bytesMost = 0
  const counting = new Proxy(filesystem, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (name !== 'capabilities') calls++
        if (name === 'put') bytesMost = Math.max(bytesMost, (args[1] as { body: Uint8Array }).body.length)
        return Reflect.apply(member, target, args) as unknown
      }
    },
  })
  const { clock, state } = worldOf(counting, { pendingMax: 16 })
  const decide = async (id: string) => {
    await state.approvals.savePending(scope, requestOf(clock, { id }))
    const before = calls
    await state.approvals.approve(scope, id, { by: alice })
    return calls - before
  }
  /** From the start of an invocation to its end. */
  const cycle = async (id: string) => {
    const before = calls
    await state.invocations.start(otherScope, { id, capabilityId: 'c' })
    await state.saveAndBlock(otherScope, id, requestOf(clock, { id }))
    const terms = { expiresAt: clock.now() + MINUTE_MS, maxInvocations: 1 }
    const { lease } = await state.approveAndLease(otherScope, id, { by: alice, lease: terms })
    await state.invocations.resume(otherScope, id)
    const { claimId } = await state.leases.claim(otherScope, lease.id, { action, input })
    const { dispatchId } = await state.leases.beginDispatch(otherScope, lease.id, claimId)
    await state.leases.consume(otherScope, lease.id, dispatchId)
    await state.endInvocation(otherScope, id)
    return calls - before
  }
  const cycleFirst = await cycle('first')
  const callsFirst = await decide('first')
  for (let at = 0; at < 100; at++) await decide(`early${at}`)
  const bytesEarly = bytesMost
  for (let at = 0; at < 9_900; at++) await decide(`late${at}`)
  expect(await decide('last')).toBe(callsFirst)
  expect(callsFirst).toBeLessThanOrEqual(2)
  expect(await cycle('last')).toBe(cycleFirst)
  expect(bytesMost).toBeLessThanOrEqual(bytesEarly + 100)
}, 180_000)

describe('RunStateError', () => {
  test('tells code, message, operation, id and retry, and nothing that is stored', async () => {
    const { clock, state } = worldOf(await MemoryFilesystem.open())
    await state.approvals.savePending(scope, requestOf(clock, { reason: 'canary' }))
    const error = await failureOf(state.approvals.savePending(scope, requestOf(clock, { reason: 'canary' })))
    expect(error).toBeInstanceOf(runState.RunStateError)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'request-exists',
      message: 'Cannot save approval request "r1": the id is taken, expected one that was never used',
      operation: 'save approval request',
      id: 'r1',
      retry: 'never',
    })
  })

  test('of a damaged record keeps path and body to its cause', async () => {
    const filesystem = await MemoryFilesystem.open()
    const { clock, state } = worldOf(filesystem)
    await state.approvals.savePending(scope, requestOf(clock))
    const body = Buffer.from('{"canary":1}')
    const path = runState.approvalPath(scope, 'r1')
    await filesystem.put(path, { body, contentType: 'application/json', kind: 'approval' }, { type: 'any' })
    const attempts = [state.approvals.get(scope, 'r1'), state.approvals.approve(scope, 'r1', { by: alice })]
    for (const error of await Promise.all(attempts.map(failureOf))) {
      expect(error.code).toBe('corrupt')
      expect(`${error.message}${JSON.stringify(error)}`).not.toMatch(/canary|approvals\//)
    }
    const head = await filesystem.get(path)
    expect(head.state === 'live' && Buffer.from(head.entry.body).equals(body)).toBe(true)
  })
})
