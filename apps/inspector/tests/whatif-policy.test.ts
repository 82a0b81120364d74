import { parsePolicy, policyText } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'

describe('a policy', () => {
  test.each([
    ['backoff=5ms..200ms', { backoff: { baseUs: 5000, capUs: 200_000 } }],
    ['backoff=none', { backoff: { baseUs: 0, capUs: 0 } }],
    ['writers=8', { writers: 8 }],
    ['mode=combine,writers=32', { mode: 'combine', writers: 32 }],
    ['mode=plain,backoff=250us..1s', { mode: 'plain', backoff: { baseUs: 250, capUs: 1_000_000 } }],
  ])('is read from %s, and written the same', (text, policy) => {
    expect(parsePolicy(text)).toEqual(policy)
    expect(policyText(parsePolicy(text))).toBe(text)
  })

  test('is called recorded when it changes nothing', () => {
    expect(policyText({})).toBe('recorded')
  })

  test.each([
    '',
    'backoff',
    'backoff=5ms',
    'backoff=0ms..5ms',
    'backoff=20ms..5ms',
    'backoff=1ms..2ms..3ms',
    'backoff=1s..2h',
    'writers=0',
    'writers=1001',
    'writers=2.5',
    'writers=-3',
    'mode=locked',
    'jitter=full',
    'writers=8,',
    '__proto__=1',
    'toString=1',
  ])('is refused when it is %j, with what would be right', (text) => {
    expect(() => parsePolicy(text)).toThrow(
      /^Cannot model ".*": expected backoff=BASE\.\.CAP\|none, writers=N, mode=plain\|combine$/,
    )
  })

  test('says each thing once', () => {
    expect(() => parsePolicy('writers=2,writers=3')).toThrow(
      'Cannot model "writers=2,writers=3": expected writers only once',
    )
  })
})
