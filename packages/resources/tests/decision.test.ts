import type { AccountState, BudgetLimits } from '@latchless/resources'
import { DIMENSIONS, judge, UNLIMITED } from '@latchless/resources'
import { describe, expect, test } from 'vitest'

const state = (account: string, limits: Partial<BudgetLimits>, rest: Partial<AccountState> = {}): AccountState => ({
  account,
  limits: { max: UNLIMITED, period: { type: 'lifetime' }, ...limits },
  spent: {},
  reserved: {},
  periodEnd: undefined,
  ...rest,
})
const max = (usdMicros: number) => ({ max: { ...UNLIMITED, usdMicros } })
const verdicts = (accounts: AccountState[], usdMicros: number) => {
  const { decision, findings } = judge(accounts, { usdMicros })
  return [decision, findings.map(({ account, verdict }) => `${account} ${verdict}`)]
}

describe('judge()', () => {
  test('lets denial beat approval and approval beat warning, wherever in the cascade they are', () => {
    const warns = state('tenant', { ...max(100), warnAtPercent: 50 })
    const pauses = state('user', { ...max(100), pauseAtPercent: 50 })
    const denies = state('project', max(10))
    expect(verdicts([warns], 60)).toEqual(['granted', ['tenant warn']])
    expect(verdicts([warns, pauses], 60)).toEqual(['approval-required', ['tenant warn', 'user approval']])
    expect(verdicts([pauses, warns, denies], 60)).toEqual(['denied', ['user approval', 'tenant warn', 'project deny']])
    expect(verdicts([denies, pauses], 60)).toEqual(['denied', ['project deny', 'user approval']])
  })

  test('names every account that fails', () => {
    expect(verdicts([state('a', max(1)), state('b', max(99)), state('c', max(2))], 50)).toEqual([
      'denied',
      ['a deny', 'c deny'],
    ])
  })

  test.each(DIMENSIONS)('denies beyond the limit of %s, and says by which numbers', (dimension) => {
    const account = state(
      'tenant',
      { max: { ...UNLIMITED, [dimension]: 10 } },
      { spent: { [dimension]: 3 }, reserved: { [dimension]: 4 }, periodEnd: 9 },
    )
    expect(judge([account], { [dimension]: 3 }).decision).toBe('granted')
    expect(judge([account], { [dimension]: 4 })).toEqual({
      decision: 'denied',
      findings: [
        { verdict: 'deny', account: 'tenant', dimension, limit: 10, spent: 3, reserved: 4, requested: 4, periodEnd: 9 },
      ],
    })
  })

  test('allows nothing with a limit of 0 and everything without one', () => {
    expect(verdicts([state('tenant', max(0))], 1)[0]).toBe('denied')
    expect(verdicts([state('tenant', max(0))], 0)[0]).toBe('granted')
    expect(verdicts([state('tenant', {})], Number.MAX_SAFE_INTEGER)[0]).toBe('granted')
    expect(verdicts([{ ...state('tenant', {}), limits: undefined }], 1)[0]).toBe('granted')
  })

  test('denies whatever is asked of an account that is beyond its limit', () => {
    const beyond = state('tenant', max(10), { spent: { usdMicros: 11 } })
    expect(judge([beyond], { inputTokens: 1 }).decision).toBe('denied')
    const exact = state('tenant', max(10), { spent: { usdMicros: 10 } })
    expect(judge([exact], { inputTokens: 1 }).decision).toBe('granted')
  })

  test.each([
    ['warnAtPercent', 'warn'],
    ['pauseAtPercent', 'approval'],
  ] as const)('meets %s at exactly that part of the limit', (threshold, verdict) => {
    const account = (percent: number) => state('tenant', { ...max(1000), [threshold]: percent })
    expect(verdicts([account(75)], 749)).toEqual(['granted', []])
    expect(verdicts([account(75)], 750)[1]).toEqual([`tenant ${verdict}`])
    expect(verdicts([account(100)], 999)[1]).toEqual([])
    expect(verdicts([account(100)], 1000)[1]).toEqual([`tenant ${verdict}`])
  })

  test('meets a threshold of large amounts exactly, where a product of numbers would be rounded', () => {
    const limit = Number.MAX_SAFE_INTEGER
    const threshold = Number((BigInt(limit) * 99n + 99n) / 100n)
    const account = state('tenant', { ...max(limit), warnAtPercent: 99 })
    expect(verdicts([account], threshold - 1)[1]).toEqual([])
    expect(verdicts([account], threshold)[1]).toEqual(['tenant warn'])
  })

  test('lets a request pass a threshold of what it does not need', () => {
    const account = state('tenant', { ...max(10), pauseAtPercent: 50 }, { spent: { usdMicros: 9 } })
    expect(judge([account], { inputTokens: 1 })).toEqual({ decision: 'granted', findings: [] })
  })

  test('denies a total that no number holds exactly, by the largest limit that there is', () => {
    const most = Number.MAX_SAFE_INTEGER
    const account = state('tenant', max(most), { spent: { usdMicros: most }, reserved: { usdMicros: most } })
    expect(judge([account], { usdMicros: most }).decision).toBe('denied')
    expect(judge([{ ...account, reserved: {} }], { usdMicros: 1 }).decision).toBe('denied')
    expect(judge([{ ...account, reserved: {} }], {}).decision).toBe('granted')
  })
})
