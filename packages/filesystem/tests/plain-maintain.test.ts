import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { absent, anything, PlainFilesystem, UNVERSIONED, VersionMismatch } from '@latchless/filesystem'
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

async function leave(name: string, { stale }: { stale: boolean }): Promise<void> {
  await writeFile(join(root, name), 'half')
  if (stale) await utimes(join(root, name), new Date('2001-01-01'), new Date('2001-01-01'))
}

describe('PlainFilesystem.maintain()', () => {
  it('removes stale temporary files in every directory, up to its limit, and tells whether more are left', async () => {
    await mkdir(join(root, 'dir/deep'), { recursive: true })
    for (const name of [
      '.a.77.0123456789abcdef.tmp',
      'dir/.b.77.0123456789abcdef.tmp',
      'dir/deep/.c.77.0123456789abcdef.tmp',
    ]) {
      await leave(name, { stale: true })
    }
    await leave('dir/.fresh.77.0123456789abcdef.tmp', { stale: false })
    await leave('dir/.of-another-program.0123456789abcdef.tmp', { stale: true })
    await leave('dir/mine.tmp', { stale: true })
    expect(await store.maintain({ limit: 2 })).toEqual({ removed: 2, more: true })
    expect(await store.maintain({ limit: 2 })).toEqual({ removed: 1, more: false })
    expect(await store.maintain()).toEqual({ removed: 0, more: false })
    expect(await readdir(join(root, 'dir'))).toEqual([
      '.fresh.77.0123456789abcdef.tmp',
      '.of-another-program.0123456789abcdef.tmp',
      'deep',
      'mine.tmp',
    ])
  })

  it('follows no symbolic link and stops for a signal', async () => {
    await leave('.a.77.0123456789abcdef.tmp', { stale: true })
    await mkdir(join(root, 'inner'))
    const inner = await PlainFilesystem.open({ root: join(root, 'inner') })
    await symlink('..', join(root, 'inner/outside'))
    expect(await inner.maintain()).toEqual({ removed: 0, more: false })
    const signal = AbortSignal.abort()
    await expect(store.maintain({ signal })).rejects.toMatchObject({ code: 'aborted' })
    await expect(store.maintain({ limit: 0 })).rejects.toMatchObject({ code: 'invalid-argument' })
    await store.close()
    await expect(store.maintain()).rejects.toMatchObject({ code: 'closed' })
    expect(await readdir(root)).toEqual(['.a.77.0123456789abcdef.tmp', 'inner'])
  })
})

describe('PlainFilesystem.put()', () => {
  it('under "absent" over a file above the limit of a body tells of the file, not of its size', async () => {
    await writeFile(join(root, 'big'), 'x'.repeat(11))
    const small = await PlainFilesystem.open({ root, limits: { bodyBytesMax: 10 } })
    const error: unknown = await small.put('/big', text('new'), absent).catch((refusal: unknown) => refusal)
    expect(error).toBeInstanceOf(VersionMismatch)
    expect(error).toMatchObject({ current: { state: 'live', version: UNVERSIONED, info: { size: 11 } } })
    expect((await stat(join(root, 'big'))).size).toBe(11)
  })

  it('makes files that only this user reads, unless told otherwise', async () => {
    await store.put('/private', text('x'), anything)
    expect((await stat(join(root, 'private'))).mode & 0o777).toBe(0o600)
    const shared = await PlainFilesystem.open({ root, fileMode: 0o664 })
    await shared.put('/shared', text('x'), anything)
    expect((await stat(join(root, 'shared'))).mode & 0o777).toBe(0o664)
  })
})

describe('PlainFilesystem refuses', () => {
  it('what it lacks in sentences', async () => {
    const messages = await Promise.all(
      [() => store.history('/a'), () => store.getVersion('/a'), () => store.append('/a'), () => store.read('/a')].map(
        (call) => call().catch((error: Error) => error.message),
      ),
    )
    expect(messages).toEqual([
      'Cannot read the history of "/a": the plain backend does not support history()',
      'Cannot read a version of "/a": the plain backend does not support getVersion()',
      'Cannot append to "/a": the plain backend does not support append()',
      'Cannot read the log "/a": the plain backend does not support read()',
    ])
  })
})
