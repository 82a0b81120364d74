import type { StorePageOptions } from '@latchless/filesystem'
import { absent, MemoryFilesystem, scoped, STORE_PAGE_SIZE_DEFAULT, STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { failureOf, openRecords, Parcel, save } from './parcels.ts'

const act = { operation: 'list parcels' }

async function openParcels(weights: readonly number[]) {
  const { filesystem, records } = await openRecords()
  for (const [at, weight] of weights.entries()) await save(records, { id: `p${at}`, weight })
  const page = (options: StorePageOptions, index = 'byOwner') => records.page(act, '/parcels', Parcel, index, options)
  return { filesystem, records, page }
}

test('A page goes by the order of its index, either way', async () => {
  const { page } = await openParcels([3, 1, 2])
  expect((await page({})).items.map(({ weight }) => weight)).toEqual([1, 2, 3])
  expect((await page({ descending: true })).items.map(({ weight }) => weight)).toEqual([3, 2, 1])
})

test('A page holds the rows of its range and index only, frozen', async () => {
  const { records, page } = await openParcels([3, 20, 30])
  await save(records, { id: 'other', owner: 'bob' })
  expect((await page({ range: { prefix: ['bob'] } })).items).toEqual([{ id: 'other', owner: 'bob', weight: 1 }])
  const { items } = await page({}, 'heavy')
  expect(items.map(({ weight }) => weight)).toEqual([20, 30])
  expect(items.every((item) => Object.isFrozen(item))).toBe(true)
})

test('The pages of a listing hold each record once, and the last one has no next', async () => {
  const { page } = await openParcels([5, 4, 3, 2, 1])
  const first = await page({ limit: 2 })
  const second = await page({ limit: 2, cursor: first.next })
  const third = await page({ limit: 2, cursor: second.next })
  expect([first, second, third].map(({ items }) => items.map(({ weight }) => weight))).toEqual([[1, 2], [3, 4], [5]])
  expect(third).not.toHaveProperty('next')
})

test('What is written or deleted between two pages moves nothing else', async () => {
  const { filesystem, records, page } = await openParcels([10, 20, 30, 40])
  const first = await page({ limit: 2 })
  await save(records, { id: 'early', weight: 5 })
  await filesystem.delete('/parcels/p1', { type: 'any' })
  const second = await page({ limit: 2, cursor: first.next })
  expect(second.items.map(({ weight }) => weight)).toEqual([30, 40])
})

test('A page is of 50 records unless the caller says otherwise, and of 200 at the most', async () => {
  const { page } = await openParcels(Array.from({ length: STORE_PAGE_SIZE_MAX + 1 }, (_, n) => n))
  expect((await page({})).items).toHaveLength(STORE_PAGE_SIZE_DEFAULT)
  expect((await page({ limit: STORE_PAGE_SIZE_MAX })).items).toHaveLength(STORE_PAGE_SIZE_MAX)
})

test.each([0, -1, 1.5, Number.NaN, STORE_PAGE_SIZE_MAX + 1])('A page of %s records is refused', async (limit) => {
  const { page } = await openParcels([])
  expect(await failureOf(page({ limit }))).toMatchObject({
    code: 'invalid-argument',
    message: 'Cannot list parcels: the limit must be a whole number from 1 to 200',
  })
})

const encoded = (cursor: unknown) => Buffer.from(JSON.stringify(cursor)).toString('base64url')

test.each([
  ['no word', ''],
  ['no base64', '%%%'],
  ['no JSON', Buffer.from('[').toString('base64url')],
  ['another form', encoded({ path: '/parcels/p1', tuple: ['ann', 1] })],
  ['another index', encoded(['heavy', 'p1', [1]])],
  ['a path in place of a name', encoded(['byOwner', '../labels/p1', ['ann', 1]])],
  ['no name', encoded(['byOwner', '', ['ann', 1]])],
  ['a name that is none', encoded(['byOwner', '..', ['ann', 1]])],
  ['no tuple', encoded(['byOwner', 'p1', 'ann'])],
  ['a tuple of what is no element', encoded(['byOwner', 'p1', [['ann']]])],
  ['a tuple that has no bytes', encoded(['byOwner', 'p1', ['\ud800']])],
  ['more than a cursor can be', encoded(['byOwner', 'p1', ['a'.repeat(50_000)]])],
])('A cursor of %s is refused', async (_, cursor) => {
  const { page } = await openParcels([1])
  expect(await failureOf(page({ cursor }))).toMatchObject({ name: 'ParcelError', code: 'invalid-argument' })
})

test('A cursor names no directory, neither of a view nor of the store behind it', async () => {
  const memory = await MemoryFilesystem.open()
  const permissions = ['read', 'list', 'write'] as const
  const view = scoped(memory, [{ alias: '/parcels', target: '/tenants/t1/parcels', permissions }])
  const { records } = await openRecords(view)
  for (const weight of [1, 2]) await save(records, { id: `p${weight}`, weight })
  const page = (cursor?: string) => records.page(act, '/parcels', Parcel, 'byOwner', { limit: 1, cursor })
  const { next } = await page()
  expect(Buffer.from(next ?? '', 'base64url').toString()).toBe('["byOwner","p1",["ann",1]]')
  expect((await page(next)).items.map(({ weight }) => weight)).toEqual([2])
})

test('A record that cannot be read fails the page, and is not left out', async () => {
  const { filesystem, page } = await openParcels([1])
  const foreign = {
    body: Buffer.from('{}'),
    contentType: 'application/json',
    kind: 'letter',
    tuples: { byOwner: ['ann', 9] },
  }
  await filesystem.put('/parcels/foreign', foreign, absent)
  expect(await failureOf(page({}))).toMatchObject({ code: 'corrupt' })
})

test('A page over an index that the record type does not declare is a mistake in the program', async () => {
  const { page } = await openParcels([1])
  expect(await failureOf(page({}, 'byColour'))).toBeInstanceOf(TypeError)
})
