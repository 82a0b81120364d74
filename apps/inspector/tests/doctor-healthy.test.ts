import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, type Filesystem, openFilesystem, PlainFilesystem } from '@latchless/filesystem'
import { allChecks } from '@latchless/inspector'
import { expect, onTestFinished, test } from 'vitest'
import { diagnose, fillStore, findings } from './doctor-subject.ts'
import { temporaryDirectory } from './fixture-store.ts'

async function directory(): Promise<string> {
  const path = join(await temporaryDirectory(), 'own')
  await mkdir(path, { mode: 0o700 })
  return path
}

async function opened(url: string): Promise<Filesystem> {
  const store = await openFilesystem(url)
  onTestFinished(() => store.close())
  return store
}

async function fill(store: Filesystem): Promise<void> {
  await fillStore(store)
  const body = (n: number) => ({ body: Buffer.from(`{"n":${n}}`), contentType: 'application/json', kind: 'order' })
  for (let n = 0; n < 30; n++) await store.put('/orders/o1', body(n), anything)
  await store.put('/orders/o2', body(1), anything)
  await store.delete('/orders/o2', anything)
}

test('there are more than twenty checks, and no two have one name', async () => {
  const ids = (await allChecks()).map(({ id }) => id)
  expect(ids.length).toBeGreaterThan(20)
  expect(new Set(ids).size).toBe(ids.length)
})

test('a local store with records of every kind is found healthy', async () => {
  const url = `file:${join(await directory(), 'store')}`
  const store = await opened(url)
  await fill(store)
  const diagnosis = await diagnose(store, { url, writable: true })
  expect(findings(diagnosis)).toEqual([])
  expect(diagnosis['store.schema']?.summary).toBe('latchless-local version 1')
  expect(diagnosis['cas.probe']).toMatchObject({ status: 'ok' })
  expect(diagnosis['versions.contiguous']?.summary).toMatch(/^\d+ versions of \d+ records/)
  expect(diagnosis['approvals.standing']?.summary).toBe('2 records of kind approval')
  expect(diagnosis['sqlite.integrity']).toMatchObject({ status: 'skip', summary: 'not an SQLite store' })
})

test('an SQLite store with records of every kind is found healthy', async () => {
  const url = `sqlite:${join(await directory(), 'store')}`
  const store = await opened(url)
  await fill(store)
  const diagnosis = await diagnose(store, { url, writable: true })
  expect(findings(diagnosis)).toEqual([])
  expect(diagnosis['index.rows']?.summary).toMatch(/^\d+ rows of \d+ indexes$/)
  expect(diagnosis['sqlite.integrity']?.summary).toBe('quick_check is content')
})

test('a store in memory is scratch, so that its promises are tried out', async () => {
  const store = await opened('memory:')
  await fill(store)
  const diagnosis = await diagnose(store, { url: 'memory:' })
  expect(findings(diagnosis)).toEqual([])
  expect(diagnosis['cas.probe']?.summary).toMatch(/claims tried out$/)
})

test('nothing is written to a store without --write', async () => {
  const store = await opened(`file:${join(await directory(), 'store')}`)
  const diagnosis = await diagnose(store)
  expect(diagnosis['cas.probe']).toMatchObject({ status: 'skip', summary: expect.stringContaining('--write') })
  expect((await store.list('/', { deleted: true })).items).toEqual([])
})

test('plain files have no compare-and-swap, and that is all there is to say of them', async () => {
  const root = await directory()
  const store = await PlainFilesystem.open({ root })
  onTestFinished(() => store.close())
  await store.put('/a', { body: Buffer.from('text'), contentType: 'application/octet-stream' }, anything)
  expect(findings(await diagnose(store, { url: `plain:${root}` }))).toEqual(['cas.claim: warn'])
})

test('a sample says that it is one', async () => {
  const store = await opened('memory:')
  await fill(store)
  const { 'versions.intact': sample } = await diagnose(store, { only: 'versions.intact', recordsMax: 2 })
  expect(sample?.summary).toBe('2 records (a sample; --all looks at all), all intact')
})

test('an examination ends when its signal fires', async () => {
  const store = await opened('memory:')
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(diagnose(store, { signal })).rejects.toThrow('enough')
})
