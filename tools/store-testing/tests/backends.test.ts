import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { absent, casUpdate, openFilesystem, write } from '@latchless/filesystem'
import { backends, byteOnly, searchStore } from '@latchless/store-testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ForgetfulNote, Note } from './note.ts'

const CANARY = 'the "canary" of \u{1F426} Møn'

async function say(filesystem: Filesystem, text: string, type: typeof Note = Note): Promise<void> {
  await casUpdate(filesystem, '/notes/n1', type, () => write({ text }))
}

/** A directory in which everything temporary of the test is made. */
async function ownTemporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'latchless-store-testing-'))
  vi.stubEnv('TMPDIR', directory)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(directory, { recursive: true, force: true })
  })
  return directory
}

test('There is each backend that can hold records', () => {
  expect(backends.map(({ name, crossProcess }) => [name, crossProcess])).toEqual([
    ['memory', false],
    ['local', true],
    ['sqlite', true],
    ['postgres', true],
  ])
})

describe.each(backends)('A store of $name', ({ fresh, crossProcess }) => {
  test('is shared by all its handles and by nobody else', async () => {
    await using store = await fresh()
    await using other = await fresh()
    await say(await store.open(), 'hello')
    const handle = await store.open()
    expect(await handle.get('/notes/n1')).toMatchObject({ state: 'live', entry: { kind: 'note' } })
    expect(await (await other.open()).get('/notes/n1')).toEqual({ state: 'unwritten' })
  })

  test('is opened by its URL as another process would open it, unless none can', async () => {
    await using store = await fresh()
    await say(await store.open(), 'hello')
    expect(store.url === undefined).toBe(!crossProcess)
    if (!crossProcess) return
    const handle = await openFilesystem(store.url ?? '')
    onTestFinished(async () => await handle.close())
    expect(handle.capabilities('/notes/n1').crossProcess).toBe(true)
    expect(await handle.get('/notes/n1')).toMatchObject({ state: 'live' })
  })

  test('closes its handles with itself and leaves no files behind', async () => {
    const directory = await ownTemporaryDirectory()
    const store = await fresh()
    const handle = await store.open()
    await say(handle, 'hello')
    await store.close()
    await expect(handle.get('/notes/n1')).rejects.toMatchObject({ code: 'closed' })
    expect(await readdir(directory)).toEqual([])
  })

  test('is searched where a reader would look, superseded versions included', async () => {
    await using store = await fresh()
    const filesystem = await store.open()
    expect(await searchStore(store, CANARY)).toEqual([])
    await say(filesystem, CANARY)
    await say(filesystem, 'nothing')
    expect(await searchStore(store, CANARY)).not.toEqual([])
    await say(filesystem, 'nothing at all', ForgetfulNote)
    expect(await searchStore(store, CANARY)).toEqual([])
  })

  test('is searched beyond the bodies of its records', async () => {
    await using store = await fresh()
    await casUpdate(await store.open(), '/notes/n1', Note, () => write({ text: 'hello' }), { opId: 'o'.repeat(40) })
    expect(await searchStore(store, 'o'.repeat(40))).not.toEqual([])
  })
})

test('byteOnly() cannot compare-and-swap and leaves nothing behind when it is closed', async () => {
  const directory = await ownTemporaryDirectory()
  const filesystem = await byteOnly()
  expect(filesystem.capabilities('/a').cas).toBe('none')
  await filesystem.put('/a', { body: Buffer.from('a'), contentType: 'text/plain' }, absent)
  expect(await readdir(directory)).toHaveLength(1)
  await filesystem.close()
  expect(await readdir(directory)).toEqual([])
})
