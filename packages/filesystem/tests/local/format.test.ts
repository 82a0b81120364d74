import { createHash } from 'node:crypto'
import { access, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, atVersion, LocalFilesystem, sequenceOf } from '@latchless/filesystem'
import { describe, expect, test } from 'vitest'
import { temporaryStore } from './fixture.ts'
import { entryOf } from './scenarios.ts'

async function splitVersionFile(file: string): Promise<{ header: Record<string, unknown>; body: string }> {
  const text = await readFile(file, 'utf8')
  const end = text.indexOf('\n')
  return { header: JSON.parse(text.slice(0, end)) as Record<string, unknown>, body: text.slice(end + 1) }
}

describe('the files of a local store', () => {
  test('hold one line of JSON metadata and the body verbatim', async () => {
    const { root, filesystem } = await temporaryStore({ writer: { service: 'docs', host: 'here', pid: 7 } })
    const body = '{"title":"a\\nb"}\n\nsecond line'
    const tuples = { by_title: [null, true, -1.5, 'ä', new Uint8Array([0, 255])] }
    const entry = { body: Buffer.from(body), contentType: 'application/json', kind: 'note', schemaVersion: 3, tuples }
    const { version, writeId } = await filesystem.put('/notes/n1', entry, anything, { updates: [{ opId: 'op 1' }] })

    const { header, body: stored } = await splitVersionFile(join(root, 'records/notes/n1/+record/v/1'))
    expect(stored).toBe(body)
    expect(header).toMatchObject({
      version,
      writeId,
      state: 'live',
      kind: 'note',
      schemaVersion: 3,
      contentType: 'application/json',
      tuples: { by_title: [null, true, -1.5, 'ä', { base64: 'AP8=' }] },
      writer: { service: 'docs', host: 'here', pid: 7 },
      updates: [{ opId: 'op 1' }],
      writeIds: [writeId],
      length: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    })
    const head = await filesystem.get('/notes/n1')
    expect(head).toMatchObject({ state: 'live', entry: { kind: 'note', schemaVersion: 3, tuples } })
  })

  test('mirror the path, with a record and its children side by side', async () => {
    const { root, filesystem } = await temporaryStore()
    for (const path of ['/a', '/a/b', '/+record/x', '/++', '/STORE', '/é'])
      await filesystem.put(path, entryOf(path), anything)
    await expect(access(join(root, 'records/a/+record/v/1'))).resolves.toBeUndefined()
    await expect(access(join(root, 'records/a/b/+record/v/1'))).resolves.toBeUndefined()
    await expect(access(join(root, 'records/++record/x/+record/v/1'))).resolves.toBeUndefined()
    const { items } = await filesystem.list('/', { bodies: true })
    expect(items.map(({ path, head }) => [path, Buffer.from(head?.entry?.body ?? []).toString()])).toEqual(
      ['/++', '/+record/x', '/STORE', '/a', '/a/b', '/é'].map((path) => [path, path]),
    )
  })

  test('are open to their owner only, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      const { root, filesystem } = await temporaryStore()
      await filesystem.put('/a/b', entryOf('secret'), anything)
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
        const { mode } = await stat(join(entry.parentPath, entry.name))
        expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600'])
      }
      expect(((await stat(root)).mode & 0o777).toString(8)).toBe('700')
    } finally {
      process.umask(umask)
    }
  })

  test('leave no temporaries behind a finished write', async () => {
    const { root, filesystem } = await temporaryStore()
    for (let count = 0; count < 5; count++) await filesystem.put('/r', entryOf('x'), anything)
    expect(await readdir(join(root, 'records/r/+record/t'))).toEqual([])
    expect(await readdir(join(root, 'building'))).toEqual([])
  })

  test('are found again by another instance, under the same epoch', async () => {
    const { root, filesystem } = await temporaryStore()
    const { version } = await filesystem.put('/r', entryOf('x'), anything)
    const store = await readFile(join(root, 'STORE'), 'utf8')
    const again = await LocalFilesystem.open({ root })
    expect(await again.get('/r')).toMatchObject({ version })
    expect(await readFile(join(root, 'STORE'), 'utf8')).toBe(store)
    expect(JSON.parse(store)).toMatchObject({ format: 'latchless-local', formatVersion: 1 })
  })
})

describe('retention on disk', () => {
  test('removes superseded files before a put with keepVersions 0 resolves', async () => {
    const { root, filesystem } = await temporaryStore()
    for (let count = 0; count < 5; count++) await filesystem.put('/r', entryOf('secret'), anything)
    await filesystem.put('/r', entryOf('clean'), anything, { keepVersions: 0 })
    expect(await readdir(join(root, 'records/r/+record/v'))).toEqual(['6'])
    await expect(filesystem.getVersion('/r', 5)).rejects.toMatchObject({ code: 'compacted', oldest: 6 })
  })

  test('batches removals, and shows only what was asked to be retained', async () => {
    const { root, filesystem } = await temporaryStore({ durability: 'process' })
    let most = 0
    for (let count = 0; count < 80; count++) {
      await filesystem.put('/r', entryOf('x'), anything, { keepVersions: 3 })
      most = Math.max(most, (await readdir(join(root, 'records/r/+record/v'))).length)
    }
    expect(most).toBeLessThanOrEqual(3 + 1 + 25)
    const { versions } = await filesystem.history('/r')
    expect(versions.map(({ info }) => sequenceOf(info.version))).toEqual([80, 79, 78, 77])
  })
})

describe('a version torn by a power cut', () => {
  async function tornStore(): Promise<{ root: string; torn: unknown[] }> {
    const { root, filesystem } = await temporaryStore({ durability: 'process' })
    for (const text of ['one', 'two', 'three']) await filesystem.put('/r', entryOf(text), anything)
    await writeFile(join(root, 'records/r/+record/v/3'), '')
    return { root, torn: [] }
  }

  test('gives way to the newest whole one under durability process, which is reported', async () => {
    const { root, torn } = await tornStore()
    const filesystem = await LocalFilesystem.open({ root, durability: 'process', onTorn: (event) => torn.push(event) })
    const head = await filesystem.get('/r')
    if (head.state !== 'live') throw new TypeError('the record is not live')
    expect(sequenceOf(head.version)).toBe(2)
    expect(torn).toEqual([{ path: '/r', lost: 3, used: 2 }])
    const { version } = await filesystem.put('/r', entryOf('four'), atVersion(head.version))
    expect(sequenceOf(version)).toBe(4)
    expect((await filesystem.history('/r')).versions.map(({ info }) => sequenceOf(info.version))).toEqual([4, 2, 1])
  })

  test('is corrupt under durability disk, which never leaves one', async () => {
    const { root } = await tornStore()
    const filesystem = await LocalFilesystem.open({ root, durability: 'disk' })
    await expect(filesystem.get('/r')).rejects.toMatchObject({ code: 'corrupt', path: '/r' })
    await expect(filesystem.put('/r', entryOf('x'), anything)).rejects.toMatchObject({ code: 'corrupt' })
  })
})
