import type { Filesystem } from '@latchless/filesystem'
import { allChecks, type CheckResult, examine, matchingChecks, type Subject } from '@latchless/inspector'
import { BudgetGateStore, BudgetStore, type Finding, UNLIMITED } from '@latchless/resources'
import { RunState } from '@latchless/run-state'

/** All that the doctor says, by check. */
export type Diagnosis = Readonly<Record<string, CheckResult>>

interface Wishes extends Partial<Omit<Subject, 'nowMs'>> {
  readonly only?: string
  /** Where the clock stands. */
  readonly nowMs?: number
}

/** What the doctor says of a store, here and now unless told otherwise. */
export async function diagnose(
  store: Filesystem | undefined,
  { only = '*', nowMs, ...subject }: Wishes = {},
): Promise<Diagnosis> {
  const results: Record<string, CheckResult> = {}
  const whole: Subject = {
    store,
    storeName: 'a-store',
    url: undefined,
    writable: false,
    nowMs: () => nowMs ?? Date.now(),
    recordsMax: 10_000,
    traces: [],
    signal: new AbortController().signal,
    surroundings: { nodeVersion: 'v24.21.0', env: {}, uid: process.getuid?.(), terminal: undefined },
    ...subject,
  }
  await examine(whole, matchingChecks(await allChecks(), only), {
    result: ({ id }, result) => void (results[id] = result),
  })
  return results
}

/** The checks that found something. */
export function findings(diagnosis: Diagnosis): string[] {
  return Object.entries(diagnosis).flatMap(([id, { status }]) =>
    status === 'warn' || status === 'fail' ? [`${id}: ${status}`] : [],
  )
}

export function textsOf(diagnosis: Diagnosis, id: string): string[] {
  return (diagnosis[id]?.details ?? []).map(({ text, path }) => (path === undefined ? text : `${path}: ${text}`))
}

export const scope = { agent: 'a1', thread: 't1' }
export const user = { kind: 'user', id: 'ann' } as const
const action = { kind: 'dispatch', capabilityId: 'shell.run' } as const

/** Budgets, invocations, approvals and leases as their stores write them. */
export async function fillStore(filesystem: Filesystem, now: () => number = Date.now): Promise<void> {
  const budgets = new BudgetStore(filesystem, { now })
  const limits = { max: { ...UNLIMITED, usdMicros: 10_000_000 }, period: { type: 'lifetime' } } as const
  await budgets.setLimits({}, limits)
  await budgets.reserve({ user: 'ann' }, { usdMicros: 1_000_000 }, { id: 'r1' })
  await budgets.reserve({ user: 'ann' }, { usdMicros: 20_000_000 }, { id: 'r2' })
  await budgets.reserve({ user: 'ann' }, { usdMicros: 500_000 }, { id: 'r3' })
  await budgets.release('r3')
  await new BudgetGateStore(filesystem, { now }).open({ user: 'ann' }, [finding], { id: 'g1' })
  await budgets.sweep()
  const state = new RunState(filesystem, { now })
  await state.invocations.start(scope, { id: 'i1', capabilityId: 'shell.run' })
  await state.saveAndBlock(scope, 'i1', requestOf(now, 'a1'))
  await state.approvals.savePending(scope, { ...requestOf(now, 'a2'), reusableScope: scope })
  await state.approveAndLease(scope, 'a2', { by: user, standing: scope, lease: { expiresAt: now() + 60_000 } })
}

const finding: Finding = {
  verdict: 'approval',
  account: 'tenant',
  dimension: 'usdMicros',
  limit: 10_000_000,
  spent: 8_000_000,
  reserved: 1_000_000,
  requested: 500_000,
}

export function requestOf(now: () => number, id: string) {
  return {
    id,
    correlationId: 'c1',
    requestedBy: { kind: 'agent', id: 'a1' },
    action,
    input: {},
    reason: 'to see what is there',
    expiresAt: now() + 10 * 60_000,
  } as const
}
