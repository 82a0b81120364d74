import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { absent, anything, copyStore, type Filesystem, MemoryFilesystem, openFilesystem } from '@latchless/filesystem'
import { FaultScript, faulty } from '@latchless/filesystem/testing'
import { expect, it, onTestFinished } from 'vitest'

async function localStore(): Promise<{ root: string; store: Filesystem }> {
  const directory = await mkdtemp(join(tmpdir(), 'latchless-copy-'))
  const root = join(directory, 'store')
  const store = await openFilesystem(`file:${root}`)
  onTestFinished(async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  })
  return { root, store }
}

const put = (store: Filesystem, path: string, body: Uint8Array) =>
  store.put(path, { body, contentType: 'application/octet-stream' }, absent)

/** Overwrites every file in the directories of records with this name. */
async function damage(root: string, name: string): Promise<void> {
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  const damaged = files.filter(
    (file) => file.isFile() && file.parentPath.split('/').some((part) => part.includes(name)),
  )
  expect(damaged).not.toEqual([])
  for (const { parentPath, name: file } of damaged) await writeFile(join(parentPath, file), 'damaged')
}

it('copies what lies before and behind a damaged record, and names that one', async () => {
  const [{ root, store }, to] = [await localStore(), await MemoryFilesystem.open()]
  for (const path of ['/p/alpha', '/p/broken', '/p/brokentoo', '/p/omega']) await put(store, path, Buffer.from(path))
  await damage(root, 'broken')
  for (let run = 0; run < 2; run++) {
    const report = await copyStore(store, to)
    expect(report).toMatchObject({ records: 4, [run === 0 ? 'copied' : 'unchanged']: 2, refused: 2, conflicts: 0 })
    expect(report.refusals.map(({ path, code }) => `${code} ${path}`).toSorted()).toEqual([
      'corrupt /p/broken',
      'corrupt /p/brokentoo',
    ])
    expect(report.verification).toMatchObject({ compared: 2, different: 0, missing: 2 })
  }
})

it('refuses a record that the target holds damaged, and finds it different', async () => {
  const [from, { root, store }] = [await MemoryFilesystem.open(), await localStore()]
  for (const path of ['/alpha', '/broken']) await put(from, path, Buffer.from(path))
  await put(store, '/broken', Buffer.from('/broken'))
  await damage(root, 'broken')
  const report = await copyStore(from, store)
  expect(report).toMatchObject({ copied: 1, refused: 1, refusals: [{ path: '/broken', code: 'corrupt' }] })
  expect(report.verification).toMatchObject({ compared: 2, different: 1, paths: ['/broken'] })
})

it('is not stopped by a body that begins as a sealed one does, nor by one that is a whole envelope', async () => {
  const [from, to] = [await MemoryFilesystem.open(), await MemoryFilesystem.open()]
  const begun = Buffer.concat([Buffer.of(0x9e, 0x6c, 0x73, 0x62), Buffer.alloc(109)])
  const whole = Buffer.from(begun)
  whole.write('\x01key', 4, 'latin1')
  await put(from, '/a-begun', begun)
  await put(from, '/b-whole', whole)
  await put(from, '/c', Buffer.from('c'))
  const report = await copyStore(from, to)
  expect(report).toMatchObject({ copied: 2, refused: 1, refusals: [{ path: '/b-whole', code: 'unsupported' }] })
  expect(report.verification).toMatchObject({ compared: 2, different: 0, missing: 1, paths: ['/b-whole'] })
})

it('names a record that is too large for the target, also in a dry run, and copies the others', async () => {
  const from = await MemoryFilesystem.open()
  const to = await MemoryFilesystem.open({ limits: { bodyBytesMax: 10 } })
  await put(from, '/a', Buffer.alloc(11))
  await put(from, '/b', Buffer.alloc(10))
  for (const dryRun of [true, false]) {
    const report = await copyStore(from, to, { dryRun })
    expect(report).toMatchObject({ copied: 1, refused: 1, refusals: [{ path: '/a', code: 'too-large' }] })
  }
})

it('repeats a list that a busy store refused', async () => {
  const [from, to] = [await MemoryFilesystem.open(), await MemoryFilesystem.open()]
  await put(from, '/a', Buffer.from('a'))
  const busy = () => new FaultScript([{ operation: 'list', fault: 'busy' }])
  expect(await copyStore(faulty(from, busy()), faulty(to, busy()))).toMatchObject({
    copied: 1,
    verification: { compared: 1, different: 0 },
  })
})

it('stops where a whole store does not answer', async () => {
  const [from, to] = [await MemoryFilesystem.open(), await MemoryFilesystem.open()]
  await put(from, '/a', Buffer.from('a'))
  await to.close()
  await expect(copyStore(from, to)).rejects.toMatchObject({ code: 'closed' })
})

it('counts the bytes of conflicts as it counts their records', async () => {
  const [from, to] = [await MemoryFilesystem.open(), await MemoryFilesystem.open()]
  await put(from, '/a', Buffer.alloc(5))
  await put(from, '/b', Buffer.alloc(7))
  await to.put('/b', { body: Buffer.from('mine'), contentType: 'text/plain' }, anything)
  expect(await copyStore(from, to)).toMatchObject({ records: 2, bytes: 12, conflicts: 1 })
})
