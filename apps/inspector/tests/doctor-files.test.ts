import { chmod, copyFile, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, LocalFilesystem, openFilesystem, PlainFilesystem } from '@latchless/filesystem'
import { directoriesBelow } from '@latchless/inspector'
import { expect, onTestFinished, test } from 'vitest'
import { diagnose, type Diagnosis, findings, textsOf } from './doctor-subject.ts'
import { temporaryDirectory } from './fixture-store.ts'

const RECORD = 'records/orders/o1/+record'

interface LocalStore {
  readonly root: string
  readonly examine: (only?: string) => Promise<Diagnosis>
}

/** A local store with one record of eight versions. */
async function localStore(versions = 8): Promise<LocalStore> {
  const root = join(await temporaryDirectory(), 'store')
  await mkdir(root, { mode: 0o700 })
  const url = `file:${root}`
  const store = await openFilesystem(url)
  for (let n = 1; n <= versions; n++) {
    await store.put(
      '/orders/o1',
      { body: Buffer.from(`{"n":${n}}`), contentType: 'application/json', kind: 'order' },
      anything,
    )
  }
  await store.close()
  return {
    root,
    async examine(only) {
      const opened = await openFilesystem(url, { readOnly: true })
      onTestFinished(() => opened.close())
      return await diagnose(opened, { url, ...(only === undefined ? {} : { only }) })
    },
  }
}

test('versions.contiguous: a version that somebody removed', async () => {
  const { root, examine } = await localStore()
  await rm(join(root, RECORD, 'v/4'))
  await rm(join(root, RECORD, 'v/5'))
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['versions.contiguous: fail'])
  expect(diagnosis['versions.contiguous']).toMatchObject({
    details: [{ text: 'v4 to v5 are missing', path: '/orders/o1', version: 6 }],
    next: ['inspector --store a-store history /orders/o1 --json'],
  })
})

test('versions.intact: a flipped bit in the body of an old version', async () => {
  const { root, examine } = await localStore()
  const file = join(root, RECORD, 'v/3')
  const bytes = await readFile(file)
  bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1
  await writeFile(file, bytes)
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['versions.intact: fail'])
  expect(textsOf(diagnosis, 'versions.intact')).toEqual([
    expect.stringMatching(/^\/orders\/o1: .*v3 is damaged: its body fails its check/),
  ])
})

test('versions.intact: a flipped bit in a head, and one in an old version', async () => {
  const { root, examine } = await localStore()
  for (const version of ['8', '3']) {
    const file = join(root, RECORD, 'v', version)
    const bytes = await readFile(file)
    bytes[20] = (bytes[20] ?? 0) ^ 1
    await writeFile(file, bytes)
  }
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['versions.intact: fail'])
  expect(textsOf(diagnosis, 'versions.intact')).toEqual([expect.stringContaining('v8 is damaged')])
  await rm(join(root, RECORD, 'v/8'))
  expect(textsOf(await examine('versions.intact'), 'versions.intact')).toEqual([
    expect.stringContaining('v3 is damaged'),
  ])
})

test('files.temporary: what killed writers left, in a record and in building/', async () => {
  const { root, examine } = await localStore()
  const left = [join(root, RECORD, 't/7-00ff'), join(root, 'building/00ff')]
  for (const file of left) await writeFile(file, '')
  expect(findings(await examine())).toEqual([])
  for (const file of left) await utimes(file, 0, 0)
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['files.temporary: warn'])
  expect(textsOf(diagnosis, 'files.temporary')).toEqual([
    expect.stringContaining('building/00ff, untouched for'),
    expect.stringContaining('t/7-00ff, untouched for'),
  ])
})

test('files.temporary: what killed writers left beside plain files', async () => {
  const root = await temporaryDirectory()
  await writeFile(join(root, '.notes.77.0123456789abcdef.tmp'), '')
  await utimes(join(root, '.notes.77.0123456789abcdef.tmp'), 0, 0)
  const store = await PlainFilesystem.open({ root })
  onTestFinished(() => store.close())
  const diagnosis = await diagnose(store, { url: `plain:${root}`, only: 'files.temporary' })
  expect(findings(diagnosis)).toEqual(['files.temporary: warn'])
})

test('files.superseded: files of versions that should be gone', async () => {
  const { root, examine } = await localStore(120)
  for (let n = 1; n <= 70; n++) await copyFile(join(root, RECORD, 'v/120'), join(root, RECORD, 'v', String(n)))
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['files.superseded: warn'])
  expect(textsOf(diagnosis, 'files.superseded')).toEqual([
    expect.stringMatching(/holds \d+ versions from before v104$/),
  ])
})

test('files.foreign: files of others, and links', async () => {
  const { root, examine } = await localStore()
  await writeFile(join(root, 'notes.txt'), '')
  await writeFile(join(root, RECORD, 'v/8.bak'), '')
  await symlink('8', join(root, RECORD, 'v/9.link'))
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['files.foreign: warn'])
  expect(textsOf(diagnosis, 'files.foreign').map((text) => text.slice(root.length))).toEqual([
    '/notes.txt',
    `/${RECORD}/v/8.bak`,
    `/${RECORD}/v/9.link`,
  ])
})

test('of a large directory no more is held in memory than is allowed, and no more directories are gone through', async () => {
  const root = await temporaryDirectory()
  for (let n = 0; n < 20; n++) {
    await mkdir(join(root, `d${n}`))
    await writeFile(join(root, `d${n}`, 'file'), '')
  }
  const { signal } = new AbortController()
  const seen: number[] = []
  for await (const { entries } of directoriesBelow(root, 4, signal, 6)) seen.push(entries.length)
  expect(seen).toEqual([6, 1, 1, 1])
})

test('files.mount: a store that promises less than the disk', async () => {
  const { root } = await localStore()
  const store = await LocalFilesystem.open({ root, durability: 'process' })
  onTestFinished(() => store.close())
  const diagnosis = await diagnose(store, { url: `file:${root}` })
  expect(findings(diagnosis)).toEqual(['files.mount: warn'])
  expect(textsOf(diagnosis, 'files.mount')).toEqual(['what is written survives the end of the process only'])
})

test('store.permissions: a directory that others may write', async () => {
  const { root, examine } = await localStore()
  await chmod(root, 0o777)
  const diagnosis = await examine()
  expect(findings(diagnosis)).toEqual(['store.permissions: warn'])
  expect(textsOf(diagnosis, 'store.permissions')).toEqual([`${root} has mode 777`])
  expect(diagnosis['store.permissions']?.next).toEqual([`chmod go-w ${root}`])
})
