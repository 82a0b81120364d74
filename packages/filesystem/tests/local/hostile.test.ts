import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { anything, LocalFilesystem } from '@latchless/filesystem'
import { DiskError } from '@latchless/filesystem/testing'
import { describe, expect, test } from 'vitest'
import { mount, temporaryDirectory, temporaryStore } from './fixture.ts'
import { entryOf } from './scenarios.ts'
import { OPEN_GATE, SimulatedDisk } from './simulated-disk.ts'

const VERSIONS = 'records/r/+record/v'

async function storeWithRecord(): Promise<{ root: string; reopen: () => Promise<LocalFilesystem> }> {
  const { root, filesystem } = await temporaryStore()
  await filesystem.put('/r', entryOf('kept'), anything)
  return { root, reopen: async () => await LocalFilesystem.open({ root }) }
}

describe('what somebody planted in a local store', () => {
  test.each([
    ['a version file with another version in its header', 'copy'],
    ['a pipe', 'pipe'],
    ['a symbolic link', 'link'],
    ['a directory', 'directory'],
  ])('as the newest version, %s, is corrupt and never the head', async (_name, what) => {
    const { root, reopen } = await storeWithRecord()
    const planted = join(root, VERSIONS, '999999')
    if (what === 'copy') await copyFile(join(root, VERSIONS, '1'), planted)
    if (what === 'pipe') execFileSync('mkfifo', [planted])
    if (what === 'link') await symlink(join(root, VERSIONS, '1'), planted)
    if (what === 'directory') await mkdir(planted)
    const filesystem = await reopen()
    await expect(filesystem.get('/r')).rejects.toMatchObject({ code: 'corrupt', path: '/r' })
    await expect(filesystem.put('/r', entryOf('x'), anything)).rejects.toMatchObject({ code: 'corrupt' })
    await expect(filesystem.list('/')).rejects.toMatchObject({ code: 'corrupt' })
  })

  test.each([
    ['writer', null],
    ['updates', [null]],
    ['writeIds', [7]],
    ['ops', [{ opId: 'x' }]],
    ['kind', 7],
    ['schemaVersion', 'two'],
    ['time', 'now'],
  ])('as a header whose check is right and whose %s is %j is corrupt', async (field, value) => {
    const { root, reopen } = await storeWithRecord()
    const file = join(root, VERSIONS, '1')
    const [header = '', body] = (await readFile(file, 'utf8')).split('\n')
    const { check: _check, ...fields } = JSON.parse(header) as Record<string, unknown>
    const forged = JSON.stringify({ ...fields, [field]: value })
    const check = createHash('sha256').update(forged).digest('hex')
    await writeFile(file, `${forged.slice(0, -1)},"check":"${check}"}\n${body}`)
    await expect((await reopen()).get('/r')).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`its ${field} is missing or wrong`) as string,
    })
  })

  test('as a version of more bytes than can be read is corrupt', async () => {
    const { root, reopen } = await storeWithRecord()
    // Sparse: it takes no room on the disk.
    await truncate(join(root, VERSIONS, '1'), 2 ** 31)
    const message = expect.stringContaining('a file of 2 GiB or more lies') as string
    await expect((await reopen()).get('/r')).rejects.toMatchObject({ code: 'corrupt', retry: 'never', message })
  })

  test('as a name that is no sequence is ignored', async () => {
    const { root, reopen } = await storeWithRecord()
    for (const name of ['007', '-1', '1e9', 'x', '99999999999999999999'])
      await writeFile(join(root, VERSIONS, name), '')
    expect(await (await reopen()).get('/r')).toMatchObject({ state: 'live' })
  })

  test.each([
    ['records/r', '/r'],
    ['records/r/+record', '/r'],
    ['records/r/+record/v', '/r'],
    ['records/r/+record/t', '/r'],
    ['records/r', '/r/new'],
  ])('as a symbolic link at %s is refused for %s, and nothing is written behind it', async (link, path) => {
    const { root, reopen } = await storeWithRecord()
    const elsewhere = await temporaryDirectory()
    await rename(join(root, link), join(elsewhere, 'moved'))
    const before = await readdir(elsewhere, { recursive: true })
    await symlink(join(elsewhere, 'moved'), join(root, link))
    const filesystem = await reopen()
    await expect(filesystem.put(path, entryOf('x'), anything)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await readdir(elsewhere, { recursive: true })).toEqual(before)
  })

  test('is noticed at every single byte of a version file', async () => {
    const { root, reopen } = await storeWithRecord()
    const file = join(root, VERSIONS, '1')
    const bytes = await readFile(file)
    const filesystem = await reopen()
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 0x01
      await writeFile(file, changed)
      await expect(filesystem.get('/r'), `byte ${at}`).rejects.toMatchObject({ code: 'corrupt' })
    }
    await writeFile(file, bytes)
    expect(await filesystem.get('/r')).toMatchObject({ state: 'live' })
  })
})

describe('LocalFilesystem.open() refuses', () => {
  test('a directory that holds something else', async () => {
    const root = await temporaryDirectory()
    await writeFile(join(root, 'thesis.txt'), 'precious')
    await expect(LocalFilesystem.open({ root })).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await readdir(root)).toEqual(['thesis.txt'])
  })

  test('a store of a newer format, and a damaged STORE file', async () => {
    const { root } = await temporaryStore()
    const store = join(root, 'STORE')
    await writeFile(store, JSON.stringify({ format: 'latchless-local', formatVersion: 2 }))
    await expect(LocalFilesystem.open({ root })).rejects.toMatchObject({ code: 'unsupported' })
    await writeFile(store, 'x')
    await expect(LocalFilesystem.open({ root })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('a file system that was not tested, such as NFS', async () => {
    const disk = new SimulatedDisk(0x6969).as(OPEN_GATE)
    await expect(LocalFilesystem.open({ root: '/srv' }, { disk })).rejects.toMatchObject({
      code: 'unsupported',
      message:
        'Cannot open store "/srv": its file system (type 0x6969) is not known to be safe; use one of ext4, xfs, btrfs, overlayfs, tmpfs',
    })
  })

  test('a file system that ignores case, that rewrites names, or whose link overwrites', async () => {
    const inner = (): ReturnType<SimulatedDisk['as']> => new SimulatedDisk().as(OPEN_GATE)
    const [folding, rewriting, overwriting] = [inner(), inner(), inner()]
    const disks = [
      { ...folding, exists: async (path: string) => path.includes('PROBE') || (await folding.exists(path)) },
      {
        ...rewriting,
        names: async (path: string) => (await rewriting.names(path)).map((name) => name.normalize('NFD')),
      },
      { ...overwriting, link: async () => {} },
    ]
    for (const disk of disks) {
      await expect(LocalFilesystem.open({ root: '/srv' }, { disk })).rejects.toMatchObject({ code: 'unsupported' })
    }
  })

  test('durability disk on tmpfs', async () => {
    const disk = new SimulatedDisk(0x01021994).as(OPEN_GATE)
    const open = LocalFilesystem.open({ root: '/shm', durability: 'disk' }, { disk })
    await expect(open).rejects.toMatchObject({ code: 'unsupported' })
    expect((await LocalFilesystem.open({ root: '/shm' }, { disk })).capabilities('/').durability).toBe('process')
  })

  test('a read-only mount', async (context) => {
    const { root } = await temporaryStore()
    const problem = mount(root, '--bind', '-o', 'ro', root)
    context.skip(problem !== undefined, `SKIPPED: cannot mount here: ${problem}`)
    await expect(LocalFilesystem.open({ root })).rejects.toMatchObject({
      code: 'unavailable',
      retry: 'never',
      message: expect.stringContaining('mount it writable') as string,
    })
  })
})

describe('an error of the operating system', () => {
  test.each([
    ['EMFILE', 'unavailable', 'raise the limit (ulimit -n)'],
    ['EACCES', 'unavailable', 'run as the owner of the store'],
    ['EDQUOT', 'unavailable', 'free space or raise it'],
    ['EIO', 'unavailable', 'check the device'],
    ['EUNHEARD', 'unavailable', 'the disk failed with EUNHEARD'],
    ['ENAMETOOLONG', 'too-large', 'the path is too long'],
  ])('%s becomes %s and says what to do', async (errno, code, advice) => {
    const inner = new SimulatedDisk().as(OPEN_GATE)
    const fail = async (): Promise<never> => await Promise.reject(new DiskError(errno, 'somewhere'))
    const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: { ...inner, inspect: fail } })
    for (const call of [filesystem.get('/r'), filesystem.put('/r', entryOf('x'), anything), filesystem.history('/r')]) {
      await expect(call).rejects.toMatchObject({ code, path: '/r', message: expect.stringContaining(advice) as string })
    }
  })
})

describe('a directory that could not be synced', () => {
  test.each([
    ['EMFILE', 'goes on: no fsync was tried'],
    ['EIO', 'makes the store read-only'],
  ])('for %s leaves the outcome unknown and %s', async (errno) => {
    const inner = new SimulatedDisk().as(OPEN_GATE)
    let failing = false
    const syncDirectory = async (directory: string): Promise<void> => {
      if (failing) throw new DiskError(errno, directory)
      await inner.syncDirectory(directory)
    }
    const filesystem = await LocalFilesystem.open({ root: '/' }, { disk: { ...inner, syncDirectory } })
    await filesystem.put('/r', entryOf('old'), anything)
    failing = true
    const writeId = '1'.repeat(32)
    const put = filesystem.put('/r', entryOf('new'), anything, { writeId })
    await expect(put).rejects.toMatchObject({ code: 'unavailable', retry: 'unknown' })
    failing = false
    const again = filesystem.put('/r', entryOf('new'), anything, { writeId })
    if (errno === 'EMFILE') await expect(again).resolves.toMatchObject({ replayed: true })
    else await expect(again).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a disk that stops taking writes', () => {
  test('that is full gives unavailable, keeps what was acknowledged and works again with space', async (context) => {
    const root = await temporaryDirectory()
    const problem = mount(root, '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs')
    context.skip(problem !== undefined, `SKIPPED: cannot mount here: ${problem}`)
    const filesystem = await LocalFilesystem.open({ root })
    await filesystem.put('/r', entryOf('kept'), anything, { keepVersions: 0 })
    const big = entryOf('x'.repeat(600 * 1024))
    for (const path of ['/r', '/new']) {
      await expect(filesystem.put(path, big, anything)).rejects.toMatchObject({
        code: 'unavailable',
        retry: 'safe',
        message: expect.stringContaining('the disk is full') as string,
      })
    }
    expect(await filesystem.get('/r')).toMatchObject({
      state: 'live',
      entry: { body: new Uint8Array(Buffer.from('kept')) },
    })
    expect(await filesystem.get('/new')).toEqual({ state: 'unwritten' })
    expect(await readdir(join(root, 'records/r/+record/t'))).toEqual([])
    await filesystem.put('/r', entryOf('again'), anything)
    await filesystem.put('/new', entryOf('new'), anything)
  })

  test('that turned read-only gives unavailable and goes on being read', async (context) => {
    const { root, filesystem } = await temporaryStore()
    await filesystem.put('/r', entryOf('kept'), anything)
    const problem = mount(root, '--bind', '-o', 'ro', root)
    context.skip(problem !== undefined, `SKIPPED: cannot mount here: ${problem}`)
    for (const path of ['/r', '/new']) {
      await expect(filesystem.put(path, entryOf('x'), anything)).rejects.toMatchObject({
        code: 'unavailable',
        retry: 'never',
      })
    }
    expect(await filesystem.get('/r')).toMatchObject({ state: 'live' })
  })
})
