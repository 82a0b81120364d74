import { anything, casUpdate, defineRecord, MemoryFilesystem, rebuildIndex, write } from '@latchless/filesystem'
import { expect, test } from 'vitest'
import { z } from 'zod'

const schema = z.strictObject({ owner: z.string(), size: z.int() })
const Old = defineRecord({ kind: 'parcel', schema })
const New = defineRecord({
  kind: 'parcel',
  schema,
  indexes: { byOwner: ({ owner }) => [owner], bySize: ({ size }) => (size > 1 ? [size] : undefined) },
})
const Other = defineRecord({ kind: 'label', schema: z.strictObject({}) })

async function storeWithoutIndexes(): Promise<MemoryFilesystem> {
  const filesystem = await MemoryFilesystem.open()
  for (const [n, owner] of ['ann', 'bob', 'ann'].entries()) {
    await casUpdate(filesystem, `/parcels/${n}`, Old, () => write({ owner, size: n }))
  }
  await casUpdate(filesystem, '/parcels/label', Other, () => write({}))
  await casUpdate(filesystem, '/parcels/deeper/x', Old, () => write({ owner: 'ann', size: 9 }))
  return filesystem
}

const pathsOf = async (filesystem: MemoryFilesystem, index: string) =>
  (await filesystem.query('/parcels', index)).items.map(({ path }) => path)

test('rebuildIndex() gives the records of a collection the rows of a new index, and only those', async () => {
  await using filesystem = await storeWithoutIndexes()
  expect(await pathsOf(filesystem, 'byOwner')).toEqual([])
  expect(await rebuildIndex(filesystem, '/parcels', New)).toEqual({ scanned: 3, rewritten: 3, failed: 0, failures: [] })
  expect(await pathsOf(filesystem, 'byOwner')).toEqual(['/parcels/0', '/parcels/2', '/parcels/1'])
  expect(await pathsOf(filesystem, 'bySize')).toEqual(['/parcels/2'])
  expect((await filesystem.query('/parcels/deeper', 'byOwner')).items).toEqual([])
})

test('rebuildIndex() writes nothing where the rows are right already', async () => {
  await using filesystem = await storeWithoutIndexes()
  await rebuildIndex(filesystem, '/parcels', New)
  const before = await filesystem.get('/parcels/0')
  expect(await rebuildIndex(filesystem, '/parcels', New)).toMatchObject({ scanned: 3, rewritten: 0 })
  expect(await filesystem.get('/parcels/0')).toEqual(before)
})

test('rebuildIndex() goes on past a record that it cannot decode, and tells of it', async () => {
  await using filesystem = await storeWithoutIndexes()
  const damaged = { body: Buffer.from('{"owner":7}'), contentType: 'application/json', kind: 'parcel' }
  await filesystem.put('/parcels/1', damaged, anything)
  const report = await rebuildIndex(filesystem, '/parcels', New)
  expect(report).toMatchObject({ scanned: 3, rewritten: 2, failed: 1 })
  expect(report.failures).toMatchObject([{ path: '/parcels/1', error: { code: 'corrupt' } }])
  expect(await pathsOf(filesystem, 'byOwner')).toEqual(['/parcels/0', '/parcels/2'])
})

test('rebuildIndex() ends when its signal fires', async () => {
  await using filesystem = await storeWithoutIndexes()
  await expect(rebuildIndex(filesystem, '/parcels', New, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
})
