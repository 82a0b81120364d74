import { mkdir, mkdtemp, readdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { absent, anything, PlainFilesystem } from '@latchless/filesystem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let root: string
let store: PlainFilesystem

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchless-plain-'))
  store = await PlainFilesystem.open({ root })
})

afterEach(async () => {
  await store.close()
  await rm(root, { recursive: true, force: true })
})

const text = (body: string) => ({ body: Buffer.from(body), contentType: 'text/plain' })

describe('PlainFilesystem.delete()', () => {
  it('removes the directories that it leaves empty, so that a file may have their names', async () => {
    await store.put('/a/b/c', text('deep'), anything)
    await store.delete('/a/b/c', anything)
    expect(await readdir(root)).toEqual([])
    await store.put('/a', text('now a file'), absent)
    expect((await store.list('/')).items.map(({ path }) => path)).toEqual(['/a'])
  })

  it('keeps directories that hold something, also what the store does not show, and the root', async () => {
    await store.put('/a/b/c', text('x'), anything)
    await writeFile(join(root, 'a/.b.77.0123456789abcdef.tmp'), 'in the making')
    await mkdir(join(root, 'empty'))
    await store.delete('/a/b/c', anything)
    expect(await readdir(join(root, 'a'))).toEqual(['.b.77.0123456789abcdef.tmp'])
    expect(await store.delete('/empty/none', anything)).toBeUndefined()
    expect(await readdir(root)).toEqual(['a', 'empty'])
  })

  it('takes no directory from a creator, and of two that delete its last files both succeed', async () => {
    const other = await PlainFilesystem.open({ root })
    for (let round = 0; round < 60; round++) {
      await store.put('/d/e/a', text('a'), absent)
      const creations = ['b', 'c', 'd'].map((name) => other.put(`/d/e/${name}`, text(name), absent))
      const [deletion] = await Promise.all([store.delete('/d/e/a', anything), ...creations])
      expect(deletion).toBeDefined()
      const names = ['b', 'c', 'd'].map((name) => `/d/e/${name}`)
      expect((await store.list('/')).items.map(({ path }) => path)).toEqual(names)
      const deletions = await Promise.all(names.map((path, at) => (at % 2 ? store : other).delete(path, anything)))
      expect(deletions).not.toContain(undefined)
      expect(await readdir(root)).toEqual([])
    }
  })
})

describe('PlainFilesystem.put()', () => {
  it('makes a directory again that somebody removed', async () => {
    await store.put('/d/a', text('x'), anything)
    await rm(join(root, 'd/a'))
    await rmdir(join(root, 'd'))
    await store.put('/d/a', text('y'), anything)
    expect((await store.get('/d/a')).state).toBe('live')
  })

  it('gives up below a link that leads nowhere', async () => {
    await symlink('nowhere', join(root, 'link'))
    for (const path of ['/link/a', '/link/a/b/c']) {
      await expect(store.put(path, text('x'), anything)).rejects.toMatchObject({ code: 'unavailable', path })
    }
    expect(await readdir(root)).toEqual(['link'])
  })
})

describe('PlainFilesystem.list() with bodies', () => {
  const order = ['ascending', 'descending'] as const

  it.each(order)('ends a page before a file above the limit and goes on behind it, %s', async (direction) => {
    for (const name of ['a', 'b', 'd', 'e']) await store.put(`/${name}`, text(name), anything)
    await writeFile(join(root, 'c'), 'x'.repeat(11))
    const small = await PlainFilesystem.open({ root, limits: { bodyBytesMax: 10 } })
    const options = { bodies: true, order: direction }
    const before = await small.list('/', options)
    const refusal = { code: 'too-large', path: '/c' }
    await expect(small.list('/', { ...options, after: before.next })).rejects.toMatchObject(refusal)
    const behind = await small.list('/', { ...options, after: { path: '/c' } })
    const shown = [before, behind].map(({ items }) => items.map(({ path }) => path))
    const expected = [
      ['/a', '/b'],
      ['/d', '/e'],
    ]
    expect(shown).toEqual(direction === 'ascending' ? expected : expected.toReversed().map((page) => page.toReversed()))
    expect((await small.list('/')).items).toHaveLength(5)
  })
})
