import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, casUpdate, defineRecord, LocalFilesystem, openFilesystem, write } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { mount, temporaryDirectory, temporaryStore } from './fixture.ts'
import { bodiesOf } from './log-scenarios.ts'
import { entryOf } from './scenarios.ts'

async function filledStore(): Promise<string> {
  const { root, filesystem } = await temporaryStore()
  await filesystem.put('/c/r', { ...entryOf('one'), tuples: { by_name: ['one'] } }, anything)
  await filesystem.append('/l', bodiesOf('entry'))
  return root
}

async function everythingBelow(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).sort()
}

describe('a local store opened for reading only', () => {
  test('is read like any other, and nothing in it is created, probed or changed', async () => {
    const root = await filledStore()
    await rm(join(root, 'building'), { recursive: true })
    const before = await everythingBelow(root)
    const filesystem = await LocalFilesystem.open({ root, readOnly: true })
    expect(await filesystem.get('/c/r')).toMatchObject({ state: 'live' })
    expect((await filesystem.list('/')).items).toHaveLength(1)
    expect((await filesystem.history('/c/r')).versions).toHaveLength(1)
    expect((await filesystem.query('/c', 'by_name')).items).toHaveLength(1)
    expect((await filesystem.read('/l')).entries).toHaveLength(1)
    expect(await everythingBelow(root)).toEqual(before)
  })

  test('refuses every write as unsupported, and says so in its capabilities', async () => {
    const filesystem = await LocalFilesystem.open({ root: await filledStore(), readOnly: true })
    expect(filesystem.capabilities('/')).toMatchObject({ cas: 'none', blindWrites: false, maintain: false, log: true })
    const writes: readonly (() => Promise<unknown>)[] = [
      async () => await filesystem.put('/c/r', entryOf('x'), anything),
      async () => await filesystem.delete('/c/r', anything),
      async () => await filesystem.append('/l', bodiesOf('x')),
      async () => await filesystem.trim('/l', 1),
      async () => await filesystem.maintain(),
    ]
    for (const attempt of writes) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/: the store was opened for reading only$/) as string,
      })
    }
    const type = defineRecord({ kind: 'note', schemaVersion: 1, schema: z.object({ n: z.number() }) })
    const update = casUpdate(filesystem, '/c/r', type, () => write({ n: 1 }))
    await expect(update).rejects.toMatchObject({ code: 'cas-unsupported' })
  })

  test('sees what others write meanwhile', async () => {
    const root = await filledStore()
    const reader = await LocalFilesystem.open({ root, readOnly: true, watchIntervalMs: 5 })
    const writer = await LocalFilesystem.open({ root })
    const changes = reader.watch('/c/below')[Symbol.asyncIterator]()
    const next = changes.next()
    const { version } = await writer.put('/c/below/new', entryOf('x'), anything)
    expect(await next).toMatchObject({ value: { type: 'put', path: '/c/below/new', version } })
    await changes.return?.()
    expect(await reader.get('/c/below/new')).toMatchObject({ version })
  })

  test('is opened on a read-only mount', async (context) => {
    const root = await filledStore()
    const problem = mount(root, '--bind', '-o', 'ro', root)
    context.skip(problem !== undefined, `SKIPPED: cannot mount here: ${problem}`)
    const filesystem = await LocalFilesystem.open({ root, readOnly: true })
    expect(await filesystem.get('/c/r')).toMatchObject({ state: 'live' })
  })

  test('is refused where there is none, and nothing is made there', async () => {
    const base = await temporaryDirectory()
    await writeFile(join(base, 'file'), '')
    for (const root of [join(base, 'missing'), join(base, 'file'), base]) {
      await expect(LocalFilesystem.open({ root, readOnly: true })).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(await readdir(base)).toEqual(['file'])
  })

  test('is opened by URL, as every store but one in memory', async () => {
    const root = await filledStore()
    const filesystem = await openFilesystem(`file:${root}`, { readOnly: true })
    expect(filesystem.capabilities('/').cas).toBe('none')
    await expect(openFilesystem('memory:', { readOnly: true })).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})
