import { type Entry, unwritten } from '@latchless/filesystem'
import { afterAll, expect, test } from 'vitest'
import { dropDatabase, openStore } from './store.ts'

afterAll(dropDatabase)

const large: Entry = { body: Buffer.alloc(1024 * 1024, 'x'), contentType: 'text/plain', tuples: { by: [1] } }

test('A page of large bodies ends early, says that there is more, and leaves nothing out', async () => {
  await using store = await openStore()
  const { filesystem } = store
  const paths = Array.from({ length: 20 }, (_, n) => `/large/${String(n).padStart(2, '0')}`)
  for (const path of paths) {
    await filesystem.put(path, large, unwritten)
    await filesystem.append('/log', [large.body])
  }
  const first = await filesystem.list('/large', { bodies: true })
  expect(first.items.map(({ path }) => path)).toEqual(paths.slice(0, 16))
  const second = await filesystem.list('/large', { bodies: true, after: first.next })
  expect(second.items.map(({ path }) => path)).toEqual(paths.slice(16))
  expect(second.next).toBeUndefined()
  expect((await filesystem.list('/large')).items).toHaveLength(20)

  const queried = await filesystem.query('/large', 'by', { bodies: true, order: 'descending' })
  expect(queried.items).toHaveLength(16)
  expect(
    (await filesystem.query('/large', 'by', { bodies: true, order: 'descending', after: queried.next })).items,
  ).toHaveLength(4)

  const read = await filesystem.read('/log')
  expect(read.entries).toHaveLength(16)
  expect((await filesystem.read('/log', { after: read.next })).entries.map(({ sequence }) => sequence)).toEqual([
    17, 18, 19, 20,
  ])
})
