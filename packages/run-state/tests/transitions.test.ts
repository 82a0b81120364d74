// The tables here are written out by hand, so that a change of the product's tables is seen.
import * as runState from '@latchless/run-state'
import { fingerprint as fingerprintOf } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { action, alice, scope } from './support/fixtures.ts'

const NOW = 1000
const act = { operation: 'test', id: 'x' }

function resultOf(run: () => { status: string }): string {
  try {
    return run().status
  } catch (error) {
    expect(error).toBeInstanceOf(runState.RunStateError)
    return (error as runState.RunStateError).code
  }
}

/** Every cell of a table: [status, command, expected]. */
function cells<C extends string>(commands: readonly C[], rows: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(rows).flatMap(([status, row]) => {
    expect(row).toHaveLength(commands.length)
    return commands.map((command, at) => [status, command, row[at] ?? ''] as const)
  })
}

describe('invocations', () => {
  const shared = { id: 'x', scope, capabilityId: 'c', createdAt: 1, updatedAt: 1 }
  const of: Record<runState.InvocationStatus, runState.Invocation> = {
    running: { ...shared, status: 'running' },
    'blocked-approval': { ...shared, status: 'blocked-approval', approvalRequestId: 'r1' },
    'blocked-auth': { ...shared, status: 'blocked-auth', errorKind: 'login' },
    completed: { ...shared, status: 'completed', endedAt: 1 },
    failed: { ...shared, status: 'failed', errorKind: 'broken', endedAt: 1 },
  }
  const commands: Record<runState.InvocationCommand['type'], runState.InvocationCommand> = {
    blockApproval: { type: 'blockApproval', approvalRequestId: 'r2' },
    blockAuth: { type: 'blockAuth', errorKind: 'login' },
    resume: { type: 'resume' },
    complete: { type: 'complete' },
    fail: { type: 'fail', errorKind: 'broken' },
  }
  const names = ['blockApproval', 'blockAuth', 'resume', 'complete', 'fail'] as const
  const b = 'invocation-blocked'
  const e = 'invocation-ended'
  const expected = cells(names, {
    running: ['blocked-approval', 'blocked-auth', 'invocation-not-blocked', 'completed', 'failed'],
    'blocked-approval': [b, b, 'running', b, 'failed'],
    'blocked-auth': [b, b, 'running', b, 'failed'],
    completed: [e, e, e, e, e],
    failed: [e, e, e, e, e],
  })

  test('every status and every command is in the table', () => {
    expect(Object.keys(runState.invocationTransitions).toSorted()).toEqual(Object.keys(of).toSorted())
    expect(Object.keys(commands)).toEqual([...names])
  })

  test.each(expected)('%s, %s: %s', (status, command, result) => {
    const next = () =>
      runState.nextInvocation(of[status as runState.InvocationStatus], scope, commands[command], NOW, act)
    expect(resultOf(next)).toBe(result)
  })

  test('what belongs to the status that is left does not follow, and an end is marked until what waited is discarded', () => {
    const running = runState.nextInvocation(of['blocked-approval'], scope, commands.resume, NOW, act)
    expect(running).toEqual({ ...shared, status: 'running', updatedAt: NOW })
    const failed = runState.nextInvocation(of['blocked-approval'], scope, commands.fail, NOW, act)
    expect(failed).toEqual({
      ...shared,
      status: 'failed',
      errorKind: 'broken',
      updatedAt: NOW,
      endedAt: NOW,
      unsettled: true,
    })
  })

  test.each(names)('%s of none and of a foreign one is refused alike', (command) => {
    const foreign = { ...of.running, scope: { thread: 'other' } }
    expect(resultOf(() => runState.nextInvocation(undefined, scope, commands[command], NOW, act))).toBe(
      'unknown-invocation',
    )
    expect(resultOf(() => runState.nextInvocation(foreign, scope, commands[command], NOW, act))).toBe(
      'unknown-invocation',
    )
  })
})

describe('approvals', () => {
  const requested = {
    id: 'x',
    scope,
    correlationId: 'c',
    requestedBy: alice,
    action,
    fingerprint: runState.actionFingerprint(action, {}),
    reason: '',
    expiresAt: NOW + 1,
    createdAt: 1,
    updatedAt: 1,
  }
  const of: Record<runState.ApprovalStatus | 'overdue', runState.StoredApproval> = {
    pending: { ...requested, status: 'pending' },
    overdue: { ...requested, status: 'pending', expiresAt: NOW },
    approved: { ...requested, status: 'approved', resolvedAt: 1, resolvedBy: alice },
    denied: { ...requested, status: 'denied', resolvedAt: 1, resolvedBy: alice },
    expired: { ...requested, status: 'expired', resolvedAt: 1 },
    discarded: { id: 'x', status: 'discarded', discardedAt: 1 },
  }
  const commands: Record<runState.ApprovalCommand['type'], runState.ApprovalCommand> = {
    approve: { type: 'approve', by: alice },
    deny: { type: 'deny', by: alice },
    discard: { type: 'discard' },
    expire: { type: 'expire' },
    redact: { type: 'redact' },
  }
  const names = ['approve', 'deny', 'discard', 'expire', 'redact'] as const
  const n = 'not-pending'
  const expected = cells(names, {
    pending: ['approved', 'denied', 'discarded', 'not-overdue', 'not-resolved'],
    overdue: [n, n, n, 'expired', 'discarded'],
    approved: [n, n, n, n, 'discarded'],
    denied: [n, n, n, n, 'discarded'],
    expired: [n, n, n, 'expired', 'discarded'],
    discarded: [n, n, n, n, n],
  })

  test('every status and every command is in the table', () => {
    expect(Object.keys(runState.approvalTransitions).toSorted()).toEqual(
      Object.keys(of)
        .filter((status) => status !== 'overdue')
        .toSorted(),
    )
    expect(Object.keys(commands)).toEqual([...names])
  })

  test.each(expected)('%s, %s: %s', (status, command, result) => {
    const next = () => runState.nextApproval(of[status as keyof typeof of], scope, commands[command], NOW, act)
    expect(resultOf(next)).toBe(result)
  })

  test.each(names)('%s of none and of a foreign one is refused alike', (command) => {
    const foreign = { ...requested, status: 'pending', scope: { thread: 'other' } } as const
    expect(resultOf(() => runState.nextApproval(undefined, scope, commands[command], NOW, act))).toBe('unknown-request')
    expect(resultOf(() => runState.nextApproval(foreign, scope, commands[command], NOW, act))).toBe('unknown-request')
  })

  test('a request is expired from the millisecond of its end', () => {
    expect(runState.statusAt(of.pending, NOW)).toBe('pending')
    expect(runState.statusAt(of.pending, NOW + 1)).toBe('expired')
    expect(runState.approvalAt(of.pending, NOW + 1)).toMatchObject({ status: 'expired', resolvedAt: NOW + 1 })
    expect(runState.approvalAt(of.discarded, NOW)).toBeUndefined()
  })

  test.each([
    ['pending', 'approval-pending', false],
    ['approved', undefined, false],
    ['denied', 'approval-denied', true],
    ['expired', 'approval-expired', true],
    ['discarded', 'approval-discarded', true],
  ] as const)('a %s request is refused as %s, stale: %s', (status, refusal, stale) => {
    expect(runState.approvalRefusals[status]).toBe(refusal)
    expect(runState.isStale(status)).toBe(stale)
    expect(Object.keys(runState.approvalRefusals)).toHaveLength(5)
  })
})

describe('leases', () => {
  /** What a lease keeps of an id: 32 hex digits that are the same for the same id. */
  const secret = (what: string, id: string) => fingerprintOf([what, id]).slice('sha256:'.length, 'sha256:'.length + 32)
  const fingerprint = runState.actionFingerprint(action, {})
  const terms = {
    id: 'x',
    scope,
    approvalId: 'r1',
    action,
    fingerprint,
    expiresAt: NOW + 1,
    remaining: 1,
    createdAt: 1,
    updatedAt: 1,
  }
  const of: Record<runState.LeaseStatus, runState.Lease> = {
    active: { ...terms, status: 'active' },
    claimed: { ...terms, status: 'claimed', claimHash: secret('claim', 'c1') },
    dispatching: {
      ...terms,
      status: 'dispatching',
      claimHash: secret('claim', 'c1'),
      dispatchHash: secret('dispatch', 'd1'),
    },
    consumed: { ...terms, status: 'consumed', closedAt: 1 },
    revoked: { ...terms, status: 'revoked', closedAt: 1 },
  }
  const commands: Record<runState.LeaseCommand['type'], runState.LeaseCommand> = {
    claim: { type: 'claim', fingerprint, claimId: 'c1' },
    beginDispatch: { type: 'beginDispatch', claimId: 'c1', dispatchId: 'd2' },
    abortDispatch: { type: 'abortDispatch', dispatchId: 'd1' },
    consume: { type: 'consume', dispatchId: 'd1' },
    revoke: { type: 'revoke' },
    forget: { type: 'forget' },
  }
  const names = ['claim', 'beginDispatch', 'abortDispatch', 'consume', 'revoke', 'forget'] as const
  const d = 'lease-not-dispatching'
  const c = 'lease-consumed'
  const r = 'lease-revoked'
  const expected = cells(names, {
    active: ['claimed', 'lease-not-claimed', d, d, 'revoked', 'revoked'],
    claimed: ['lease-taken', 'dispatching', d, d, 'revoked', 'revoked'],
    dispatching: ['lease-taken', 'lease-taken', 'claimed', 'consumed', 'revoked', 'revoked'],
    consumed: [c, c, c, c, c, 'revoked'],
    revoked: [r, r, r, r, r, 'revoked'],
  })
  const next = (lease: runState.Lease | undefined, command: runState.LeaseCommand, now = NOW) =>
    runState.nextLease(lease, scope, command, now, act)

  test('every status and every command is in the table', () => {
    expect(Object.keys(runState.leaseTransitions).toSorted()).toEqual(Object.keys(of).toSorted())
    expect(Object.keys(commands)).toEqual([...names])
  })

  test.each(expected)('%s, %s: %s', (status, command, result) => {
    expect(resultOf(() => next(of[status as runState.LeaseStatus], commands[command]))).toBe(result)
  })

  test.each(names)('%s of none and of a foreign one is refused alike', (command) => {
    const foreign = { ...of.active, scope: { thread: 'other' } }
    expect(resultOf(() => next(undefined, commands[command]))).toBe('unknown-lease')
    expect(resultOf(() => next(foreign, commands[command]))).toBe('unknown-lease')
  })

  test.each([
    [undefined, 'active', undefined],
    [3, 'active', 2],
    [2, 'active', 1],
    [1, 'consumed', 0],
  ] as const)('to consume with %s left leads to %s with %s left', (remaining, status, left) => {
    const { remaining: _, ...uncounted } = of.dispatching as Extract<runState.Lease, { status: 'dispatching' }>
    const lease = remaining === undefined ? uncounted : { ...uncounted, remaining }
    const after = next(lease, commands.consume)
    expect(after.status).toBe(status)
    expect(after.remaining).toBe(left)
    expect(after).not.toHaveProperty('dispatchHash')
    expect(after).not.toHaveProperty('claimHash')
  })

  test.each(['active', 'claimed'] as const)(
    'a lease that is %s for no invocation, or overdue, permits none',
    (status) => {
      const command = status === 'active' ? commands.claim : commands.beginDispatch
      expect(resultOf(() => next({ ...of[status], remaining: 0 }, command))).toBe('lease-exhausted')
      expect(resultOf(() => next(of[status], command, NOW + 1))).toBe('lease-expired')
      expect(resultOf(() => next(of[status], command, NOW))).not.toMatch(/^lease-/)
    },
  )

  test.each([
    ['active', NOW, NOW],
    ['active', NOW + 5, NOW + 1],
    ['consumed', NOW, 1],
    ['revoked', NOW, 1],
  ] as const)(
    'of a lease that is %s and forgotten only the ids are left, closed when it was over',
    (status, now, closedAt) => {
      expect(next(of[status], commands.forget, now)).toEqual({
        id: 'x',
        scope,
        approvalId: 'r1',
        createdAt: 1,
        updatedAt: now,
        status: 'revoked',
        closedAt,
        forgottenAt: now,
      })
    },
  )

  test('a dispatch that began in time counts also when it ends late', () => {
    expect(next(of.dispatching, commands.consume, NOW + 5)).toMatchObject({ status: 'consumed', remaining: 0 })
  })

  test('another input is refused', () => {
    const other = { ...commands.claim, fingerprint: runState.actionFingerprint(action, { more: 1 }) } as const
    expect(resultOf(() => next(of.active, other))).toBe('fingerprint-mismatch')
  })

  test.each(['abortDispatch', 'consume'] as const)('%s needs the id of the dispatch that is under way', (type) => {
    expect(resultOf(() => next(of.dispatching, { type, dispatchId: 'd2' }))).toBe('lease-not-dispatching')
  })
})

describe('standing approvals', () => {
  const allow = { type: 'allow', approvalId: 'r1', by: alice, overridesSeen: ['o1'] } as const
  const ask = { type: 'ask', overrideId: 'o3' } as const
  const shared = { scope, action, createdAt: 1, updatedAt: 1 }
  const allowed = { ...shared, status: 'allowed', approvalId: 'r0', by: alice } as const
  const asks = (overrideId: string) => ({ ...shared, status: 'ask', overrideId }) as const

  test.each([
    ['none', undefined, allow, 'allowed'],
    ['none', undefined, ask, 'ask'],
    ['allowed', allowed, allow, 'allowed'],
    ['allowed', allowed, ask, 'ask'],
    ['an override that the approver saw', asks('o1'), allow, 'allowed'],
    ['an override that the approver did not see', asks('o2'), allow, 'ask'],
    ['an override', asks('o1'), ask, 'ask'],
  ] as const)('over %s', (_, current, command, status) => {
    const next = runState.nextStanding(current, scope, action, command, NOW)
    expect(next.status).toBe(status)
    expect(Object.keys(runState.standingTransitions)).toEqual(['none', 'allowed', 'ask'])
  })

  test('what is allowed or asked already is left as it is by an approval', () => {
    expect(runState.nextStanding(allowed, scope, action, allow, NOW)).toBe(allowed)
    expect(runState.nextStanding(asks('o2'), scope, action, allow, NOW)).toEqual(asks('o2'))
  })

  test('an override gives way only to what is allowed for a part of its scope', () => {
    const at = (record: runState.StandingApproval, owner: runState.Scope) => ({ ...record, scope: owner })
    const narrow = at(allowed, { agent: 'a1', thread: 't1' })
    const middle = at(asks('o1'), { agent: 'a1' })
    const wide = at(allowed, {})
    const overlapping = at(asks('o2'), { project: 'p1' })
    expect(runState.prevailing([wide, middle])).toBe(middle)
    expect(runState.prevailing([wide, middle, narrow])).toBe(narrow)
    expect(runState.prevailing([narrow, overlapping])).toBe(overlapping)
    expect(runState.prevailing([wide, narrow])).toBe(narrow)
  })

  test('the narrowest prevails, and of equally narrow ones the one that asks', () => {
    const wide = { ...asks('o1'), scope: {} }
    const narrow = { ...allowed, scope: { thread: 't1' } }
    expect(runState.prevailing([wide, narrow])).toBe(narrow)
    const overlapping = { ...asks('o2'), scope: { agent: 'a1' } }
    expect(runState.prevailing([narrow, overlapping])).toBe(overlapping)
    expect(runState.prevailing([])).toBeUndefined()
  })
})
