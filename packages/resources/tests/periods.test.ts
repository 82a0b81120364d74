import type { Period } from '@latchless/resources'
import { periodEnd, ROLLING_SLOTS, slotStart, windowStart } from '@latchless/resources'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const HOUR = 60 * 60 * 1000
const at = (text: string) => Date.parse(text)
const spanOf = (period: Period, moment: string) => {
  const end = periodEnd(period, at(moment))
  return [new Date(slotStart(period, at(moment))).toISOString(), end === undefined ? end : new Date(end).toISOString()]
}

describe('a day', () => {
  test('lasts from midnight to midnight by the clocks of its time zone', () => {
    const day = { type: 'day', timeZone: 'Asia/Kathmandu' } as const
    expect(spanOf(day, '2026-03-01T18:14:59.999Z')).toEqual(['2026-02-28T18:15:00.000Z', '2026-03-01T18:15:00.000Z'])
    expect(spanOf(day, '2026-03-01T18:15:00Z')).toEqual(['2026-03-01T18:15:00.000Z', '2026-03-02T18:15:00.000Z'])
  })

  test('has 23 hours where an hour is skipped and 25 where one comes twice', () => {
    const day = { type: 'day', timeZone: 'Europe/Berlin' } as const
    expect(spanOf(day, '2026-03-29T12:00:00Z')).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
    expect(spanOf(day, '2026-10-25T12:00:00Z')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'])
    // Both halves of the hour that comes twice lie in the same day.
    expect(spanOf(day, '2026-10-25T00:30:00Z')).toEqual(spanOf(day, '2026-10-25T01:30:00Z'))
  })

  test('whose midnight is skipped begins at the end of the gap', () => {
    const day = { type: 'day', timeZone: 'America/Sao_Paulo' } as const
    expect(spanOf(day, '2018-11-04T12:00:00Z')).toEqual(['2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'])
    expect(spanOf(day, '2018-11-04T02:59:59.999Z')[1]).toBe('2018-11-04T03:00:00.000Z')
  })

  test('whose midnight comes twice begins with the first one', () => {
    const day = { type: 'day', timeZone: 'America/Havana' } as const
    expect(spanOf(day, '2026-11-01T12:00:00Z')).toEqual(['2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'])
    expect(spanOf(day, '2026-11-01T05:30:00Z')[0]).toBe('2026-11-01T04:00:00.000Z')
  })

  test('that a time zone has left out belongs to nobody', () => {
    const day = { type: 'day', timeZone: 'Pacific/Apia' } as const
    // 30 December 2011 did not take place in Samoa.
    expect(spanOf(day, '2011-12-30T09:59:00Z')).toEqual(['2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'])
    expect(spanOf(day, '2011-12-30T10:00:00Z')).toEqual(['2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z'])
  })
})

describe('a week', () => {
  const week = { type: 'week', timeZone: 'Europe/Berlin' } as const

  test('begins on Monday, also across the end of a year', () => {
    // Friday, 1 January 2027 is in the last ISO week of 2026, the 53rd.
    expect(spanOf(week, '2027-01-01T12:00:00Z')).toEqual(['2026-12-27T23:00:00.000Z', '2027-01-03T23:00:00.000Z'])
    expect(spanOf(week, '2026-12-28T00:00:00Z')).toEqual(spanOf(week, '2027-01-03T22:59:59Z'))
  })

  test('is an hour shorter where clocks go forward', () => {
    expect(spanOf(week, '2026-03-25T12:00:00Z')).toEqual(['2026-03-22T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
  })
})

describe('a month', () => {
  const month = { type: 'month', timeZone: 'America/New_York' } as const

  test('ends with the year, and in a leap year on 29 February', () => {
    expect(spanOf(month, '2026-12-31T23:30:00Z')).toEqual(['2026-12-01T05:00:00.000Z', '2027-01-01T05:00:00.000Z'])
    expect(spanOf(month, '2027-01-01T04:59:59Z')[0]).toBe('2026-12-01T05:00:00.000Z')
    expect(spanOf(month, '2028-02-10T00:00:00Z')).toEqual(['2028-02-01T05:00:00.000Z', '2028-03-01T05:00:00.000Z'])
  })

  test('may begin in one offset and end in another', () => {
    expect(spanOf(month, '2026-03-15T00:00:00Z')).toEqual(['2026-03-01T05:00:00.000Z', '2026-04-01T04:00:00.000Z'])
  })
})

describe('a rolling window', () => {
  const window = { type: 'rolling', windowMs: 24 * HOUR } as const

  test('counts what was spent for its whole length, and at most one slot longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: ROLLING_SLOTS, max: 10 ** 9 }),
        fc.integer({ min: 10 ** 10, max: 10 ** 13 }),
        fc.integer({ min: 0, max: 2 * 10 ** 9 }),
        (windowMs, spentAt, age) => {
          const period = { type: 'rolling', windowMs } as const
          const counts = slotStart(period, spentAt) >= windowStart(period, spentAt + age)
          if (age < windowMs) expect(counts).toBe(true)
          if (age >= windowMs + Math.ceil(windowMs / ROLLING_SLOTS)) expect(counts).toBe(false)
        },
      ),
      { seed: 1 },
    )
  })

  test('slides by a slot at a time and never ends at once', () => {
    const start = at('2026-01-01T00:00:00Z')
    expect(windowStart(window, start + 30 * HOUR)).toBe(start + 6 * HOUR)
    expect(windowStart(window, start + 31 * HOUR)).toBe(start + 7 * HOUR)
    expect(periodEnd(window, start)).toBeUndefined()
  })
})

test('a lifetime is one slot that never ends', () => {
  const lifetime = { type: 'lifetime' } as const
  expect([slotStart(lifetime, 5), windowStart(lifetime, 10 ** 13), periodEnd(lifetime, 5)]).toEqual([0, 0, undefined])
})
