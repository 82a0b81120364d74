import { parseFilter } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'

const NOW_MS = Date.UTC(2026, 10, 21, 14, 32)
const ROW = {
  path: '/orders/Customer 客户/0042',
  state: 'live',
  version: 918,
  kind: 'order',
  size: 1500,
  timeMs: NOW_MS - 2 * 3_600_000,
  writer: 'api-3@ip-10-2:4417',
} as const

describe('a filter lets a record pass', () => {
  test.each([
    '',
    '   ',
    'orders 0042',
    'customer',
    'Customer',
    '"Customer 客户"',
    '客户',
    '/^.orders.*42$/',
    '/CUSTOMER/i',
    '/orders/customer',
    '!lease',
    '!!orders',
    '!kind:lease',
    'kind:lease,order',
    'state:live',
    'writer:api-3',
    'writer:ip-10',
    'size>1k',
    'size>=1500 size<=1500',
    'size<2KiB',
    'age<5h age>90m',
    'ver>3',
    'ver=v918',
  ])('%j', (text) => {
    expect(parseFilter(text, NOW_MS)(ROW)).toBe(true)
  })
})

describe('a filter keeps a record out', () => {
  test.each([
    'lease',
    'CUSTOMER',
    '/^customer/',
    '!orders',
    'orders lease',
    'kind:-',
    'state:deleted',
    'writer:api-1',
    'size>2k',
    'age>5h',
    'ver<918',
    '!size>1k',
  ])('%j', (text) => {
    expect(parseFilter(text, NOW_MS)(ROW)).toBe(false)
  })
})

test('a record without a kind is found by a dash, one without a version by no comparison', () => {
  const bare = { ...ROW, kind: null, version: null }
  expect(parseFilter('kind:-', NOW_MS)(bare)).toBe(true)
  expect(parseFilter('ver>0', NOW_MS)(bare)).toBe(false)
})

describe('a filter that cannot be read says what would be right', () => {
  test.each([
    ['foo:bar', /no such field as "foo", expected kind:, .*double quotes/],
    ['colour>3', /no such field as "colour"/],
    ['constructor<5', /no such field as "constructor"/],
    ['constructor:a', /no such field as "constructor"/],
    ['size>big', /"big" is no size, expected bytes such as 512, 1k/],
    ['age<5', /"5" is no age, expected a time such as 30s/],
    ['ver>x', /expected a version such as 3/],
    ['kind:', /no value was given, expected kind:turn,lease/],
    ['state:gone', /no state "gone", expected live, deleted, damaged/],
    ['/(/', /expected a regular expression/],
    ['orders !', /nothing stands behind it/],
  ])('%j', (text, message) => {
    expect(() => parseFilter(text, NOW_MS)).toThrow(message)
    expect(() => parseFilter(text, NOW_MS)).toThrow(/^Cannot filter by "/)
  })
})
