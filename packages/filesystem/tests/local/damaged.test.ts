import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FilesystemError, LocalFilesystem } from '@latchless/filesystem'
import { anything } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { temporaryStore } from './fixture.ts'
import { entryOf } from './scenarios.ts'

const PATHS = ['/c/a', '/c/b', '/c/b/x', '/c/d']

async function damagedStore(damaged: string): Promise<LocalFilesystem> {
  const { root, filesystem } = await temporaryStore()
  for (const path of PATHS) await filesystem.put(path, { ...entryOf(path), tuples: { by_path: [path] } }, anything)
  await writeFile(join(root, `records${damaged}/+record/v/1`), 'bytes of somebody else')
  return filesystem
}

/** Lists as an operator's tool does: a damaged record is noted, and the listing goes on behind it. */
async function listAround(filesystem: LocalFilesystem, limit: number): Promise<{ paths: string[]; damaged: string[] }> {
  const paths: string[] = []
  const damaged: string[] = []
  for (let after: { path: string } | undefined; ;) {
    try {
      const page = await filesystem.list('/', { after, limit })
      paths.push(...page.items.map(({ path }) => path))
      after = page.next
      if (!after) return { paths, damaged }
    } catch (error) {
      const { code, path = '/' } = error as FilesystemError
      expect(code).toBe('corrupt')
      damaged.push(path)
      after = { path }
    }
  }
}

describe('a damaged record', () => {
  test.each(PATHS.flatMap((damaged) => [1, 2, 100].map((limit) => [damaged, limit] as const)))(
    '%s costs a listing nothing but itself (limit %i)',
    async (damaged, limit) => {
      const listed = await listAround(await damagedStore(damaged), limit)
      expect(listed).toEqual({ paths: PATHS.filter((path) => path !== damaged), damaged: [damaged] })
    },
  )

  test('is named by a query that meets it', async () => {
    const filesystem = await damagedStore('/c/b')
    await expect(filesystem.query('/c', 'by_path')).rejects.toMatchObject({ code: 'corrupt', path: '/c/b' })
    expect((await filesystem.query('/c/b', 'by_path')).items).toHaveLength(1)
  })

  test('below a child counts as something that is there', async () => {
    const filesystem = await damagedStore('/c/b/x')
    const { items } = await filesystem.list('/c', { depth: 'children' })
    expect(items.map(({ path, directory }) => [path, directory])).toEqual([
      ['/c/a', false],
      ['/c/b', true],
      ['/c/d', false],
    ])
  })
})
