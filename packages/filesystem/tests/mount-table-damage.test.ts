import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  absent,
  anything,
  type Filesystem,
  FilesystemError,
  type ListOptions,
  MemoryFilesystem,
  mountTable,
} from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'
import { describe, expect, it } from 'vitest'
import { temporaryStore } from './local/fixture.ts'

const entry = { body: Uint8Array.of(1), contentType: 'text/plain' }

async function damagedLocal(paths: readonly string[], damaged: readonly string[]): Promise<Filesystem> {
  const { root, filesystem } = await temporaryStore()
  for (const path of paths) await filesystem.put(path, entry, absent)
  for (const path of damaged) await writeFile(join(root, `records${path}/+record/v/1`), 'bytes of somebody else')
  return filesystem
}

/** Lists as an operator's tool does: a damaged record is noted, and the listing goes on behind it. */
async function listAround(store: Filesystem, options: ListOptions): Promise<string[]> {
  const found: string[] = []
  for (let { after } = options; ;) {
    try {
      const page = await store.list('/', { ...options, after })
      found.push(...page.items.map(({ path }) => path))
      after = page.next
      if (!after) return found
    } catch (error) {
      const { code, path = '/' } = error as FilesystemError
      found.push(`${code} ${path}`)
      after = { path }
    }
  }
}

describe('A damaged record behind a mount table', () => {
  it.each([1, 2, 100])('costs a listing nothing but itself, in either order (limit %i)', async (limit) => {
    const disk = await damagedLocal(['/a', '/b', '/c'], ['/b'])
    const other = await MemoryFilesystem.open()
    for (const path of ['/x', '/y']) await other.put(path, entry, absent)
    const table = mountTable([
      { at: '/', filesystem: disk },
      { at: '/a-first', filesystem: other },
      { at: '/z', filesystem: other },
    ])
    const expected = ['/a', '/a-first/x', '/a-first/y', 'corrupt /b', '/c', '/z/x', '/z/y']
    expect(await listAround(table, { limit })).toEqual(expected)
    expect(await listAround(table, { limit, order: 'descending' })).toEqual(expected.toReversed())
  })

  it('that comes first lets the records of other mounts before it be told', async () => {
    const other = await MemoryFilesystem.open()
    await other.put('/x', entry, absent)
    const table = mountTable([
      { at: '/', filesystem: await damagedLocal(['/b'], ['/b']) },
      { at: '/a', filesystem: other },
    ])
    expect(await listAround(table, {})).toEqual(['/a/x', 'corrupt /b'])
  })

  it('counts below a child as something that is there', async () => {
    const table = mountTable([
      { at: '/', filesystem: await MemoryFilesystem.open() },
      { at: '/m/n', filesystem: await damagedLocal(['/b'], ['/b']) },
    ])
    expect(await listAround(table, { depth: 'children' })).toEqual(['/m'])
  })
})

it('A mount table that fails to list for another reason fails, whatever was collected', async () => {
  const first = await MemoryFilesystem.open()
  await first.put('/a', entry, absent)
  const busy = new InterceptedFilesystem(await MemoryFilesystem.open(), async () => {
    throw new FilesystemError('unavailable', 'Cannot list "/": it is busy', { path: '/', operation: 'list' })
  })
  const table = mountTable([
    { at: '/', filesystem: first },
    { at: '/m', filesystem: busy },
  ])
  await expect(table.list('/')).rejects.toMatchObject({ code: 'unavailable', path: '/m' })
})

it('Two mounts of one filesystem are told to be two mounts when a transaction spans them', async () => {
  const store = await MemoryFilesystem.open()
  const table = mountTable([
    { at: '/a', filesystem: store },
    { at: '/b', filesystem: store },
  ])
  const steps = ['/a/x', '/b/y'].map((path) => ({ type: 'put', path, entry, expect: anything }) as const)
  await expect(table.transact(steps)).rejects.toMatchObject({
    code: 'unsupported',
    message: 'Cannot transact "/": "/a/x" and "/b/y" are of different mounts, and a transaction is of one',
  })
})
