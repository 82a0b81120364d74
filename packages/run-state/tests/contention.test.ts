// Eight writers over three instances. Whatever they do at once, each decision has one winner and each use is counted once.
import { leaseIdOf, RunState } from '@latchless/run-state'
import { backends, manualClock, type TestStore } from '@latchless/store-testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { action, alice, DAY_MS, input, MINUTE_MS, requestOf, scope } from './support/fixtures.ts'

const WRITERS = 8

describe.each(backends)('on $name', (backend) => {
  const clock = manualClock()
  let store: TestStore
  let writers: RunState[]
  beforeEach(async () => {
    store = await backend.fresh()
    const opened = await Promise.all([store.open(), store.open(), store.open()])
    writers = Array.from({ length: WRITERS }, (_, at) => {
      const filesystem = opened[at % opened.length]
      if (!filesystem) throw new Error('Cannot test: no filesystem')
      return new RunState(filesystem, { now: clock.now })
    })
  })
  afterEach(async () => store.close())

  const first = () => writers[0] as RunState

  /** What each writer came to: the result of the call, or the code of its refusal. */
  const atOnce = async (act: (state: RunState, writer: number) => Promise<string>) =>
    Promise.all(writers.map(async (state, writer) => act(state, writer).catch((error: { code: string }) => error.code)))

  test('a request is saved once and decided once', async () => {
    for (let round = 0; round < 4; round++) {
      const id = `r${round}`
      const request = requestOf(clock, { id })
      const saved = await atOnce(async ({ approvals }) => (await approvals.savePending(scope, request)).status)
      expect(saved.toSorted()).toEqual(['pending', ...Array<string>(WRITERS - 1).fill('request-exists')])
      const decided = await atOnce(async ({ approvals }, writer) => {
        const by = { kind: 'user', id: `u${writer}` } as const
        if (writer % 3 === 0) return (await approvals.approve(scope, id, { by })).approval.status
        if (writer % 3 === 1) return (await approvals.deny(scope, id, { by })).status
        await approvals.discardPending(scope, id)
        return 'discarded'
      })
      const won = decided.findIndex((outcome) => outcome !== 'not-pending')
      expect(decided.filter((outcome) => outcome === 'not-pending')).toHaveLength(WRITERS - 1)
      const left = await first().approvals.get(scope, id)
      if (decided[won] === 'discarded') expect(left).toBeUndefined()
      else expect(left).toMatchObject({ status: decided[won], resolvedBy: { id: `u${won}` } })
    }
  })

  test('a request has one lease, however many issue it', async () => {
    await first().approvals.savePending(scope, requestOf(clock))
    const leased = await atOnce(async (state, writer) => {
      const lease = { expiresAt: clock.now() + MINUTE_MS, maxInvocations: writer + 1 }
      const { id, remaining } = (await state.approveAndLease(scope, 'r1', { by: alice, lease })).lease
      return `${id} for ${remaining}`
    })
    expect(leased[0]).toMatch(new RegExp(`^${leaseIdOf(scope, 'r1')} for [1-8]$`))
    expect(new Set(leased).size).toBe(1)
  })

  test('a lease for 4 invocations permits 4, one at a time', async () => {
    await first().approvals.savePending(scope, requestOf(clock))
    const lease = { expiresAt: clock.now() + MINUTE_MS, maxInvocations: 4 }
    await first().approveAndLease(scope, 'r1', { by: alice, lease })
    const id = leaseIdOf(scope, 'r1')
    let dispatching = 0
    let dispatched = 0
    await atOnce(async ({ leases }) => {
      for (;;) {
        const claimed = await leases
          .claim(scope, id, { action, input })
          .catch((error: { code: string }) => ({ code: error.code }))
        if ('code' in claimed && claimed.code === 'lease-taken') continue
        if ('code' in claimed) return claimed.code
        const { dispatchId } = await leases.beginDispatch(scope, id, claimed.claimId)
        dispatched++
        dispatching++
        // Long enough for another one to begin, if that could be.
        const seen = await leases.get(scope, id)
        expect(seen).toMatchObject({ status: 'dispatching' })
        expect(dispatching).toBe(1)
        dispatching--
        await leases.consume(scope, id, dispatchId)
      }
    })
    expect(dispatched).toBe(4)
    expect(await first().leases.get(scope, id)).toMatchObject({ status: 'consumed', remaining: 0 })
  })

  test('sweeps beside each other and beside writers redact and expire each request once', async () => {
    for (let at = 0; at < 6; at++) await first().approvals.savePending(scope, requestOf(clock, { id: `r${at}` }))
    await first().approvals.deny(scope, 'r0', { by: alice })
    clock.advance(10 * MINUTE_MS)
    let expired = 0
    const outcomes = await atOnce(async (state, writer) => {
      if (writer === 0) return (await state.approvals.approve(scope, 'r1', { by: alice })).approval.status
      const { approvals } = await state.sweep()
      expired += approvals.expired
      return 'swept'
    })
    expect(outcomes[0]).toBe('not-pending')
    expect(expired).toBe(5)
    const { items } = await first().approvals.listForScope(scope)
    expect(items.map(({ status }) => status)).toEqual(['denied', ...Array<string>(5).fill('expired')])
  })

  test('an invocation is blocked by one request and ended once', async () => {
    await first().invocations.start(scope, { id: 'i1', capabilityId: 'c' })
    const blocked = await atOnce(async (state, writer) => {
      const { approval } = await state.saveAndBlock(scope, 'i1', requestOf(clock, { id: `r${writer}` }))
      return approval.id
    })
    const [won, ...more] = blocked.filter((outcome) => outcome !== 'invocation-blocked')
    expect(more).toEqual([])
    expect(await first().invocations.get(scope, 'i1')).toMatchObject({ approvalRequestId: won })
    expect((await first().approvals.listPending(scope)).items.map(({ id }) => id)).toEqual([won])
    const ended = await atOnce(
      async (state, writer) => (await state.endInvocation(scope, 'i1', { errorKind: `e${writer}` })).status,
    )
    expect(ended.toSorted()).toEqual(['failed', ...Array<string>(WRITERS - 1).fill('invocation-ended')])
    expect((await first().approvals.listPending(scope)).items).toEqual([])
    expect(await first().invocations.get(scope, 'i1')).not.toHaveProperty('unsettled')
  })

  test('an approval that is to stand and overrides at once end as one of the two, and whoever approved was told which', async () => {
    await first().approvals.savePending(scope, requestOf(clock, { reusableScope: scope }))
    const told = await atOnce(async ({ approvals }, writer) => {
      if (writer > 0) return (await approvals.standing.ask(scope, action)).status
      const { standingFailure } = await approvals.approve(scope, 'r1', { by: alice, standing: scope })
      return standingFailure?.code ?? 'stands'
    })
    const { allowed } = await first().authorize(scope, { action, input })
    if (allowed) expect(told[0]).toBe('stands')
    expect(told.slice(1)).toEqual(Array<string>(WRITERS - 1).fill('ask'))
    expect(await first().approvals.sweep()).toMatchObject({ repaired: 0 })
  })

  test('sweeps beside each other redact each request, and remove each lease and invocation, once', async () => {
    for (let at = 0; at < 4; at++) {
      const id = `i${at}`
      await first().invocations.start(scope, { id, capabilityId: 'c' })
      await first().saveAndBlock(scope, id, requestOf(clock, { id: `r${at}` }))
      await first().approveAndLease(scope, `r${at}`, { by: alice, lease: { expiresAt: clock.now() + MINUTE_MS } })
      await first().invocations.fail(scope, id, 'gone')
    }
    const done = { settled: 0, redacted: 0, invocations: 0, leases: 0 }
    for (const days of [0, 30, 1]) {
      clock.advance(days * DAY_MS)
      await atOnce(async (state) => {
        const { approvals, invocations, leases } = await state.sweep()
        done.settled += invocations.settled
        done.redacted += approvals.redacted
        done.invocations += invocations.removed
        done.leases += leases.removed
        return 'swept'
      })
    }
    expect(done).toEqual({ settled: 4, redacted: 4, invocations: 4, leases: 4 })
  })
})
