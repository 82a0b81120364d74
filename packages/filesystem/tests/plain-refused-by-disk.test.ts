import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anything, PlainFilesystem } from '@latchless/filesystem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let root: string
let mounted = false

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchless-plain-disk-'))
})

afterEach(async () => {
  if (mounted) execFileSync('umount', [root])
  mounted = false
  await rm(root, { recursive: true, force: true })
})

/** A small file system of its own at the root, where this process may mount one. */
function mountSmall(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', root], { stdio: 'ignore' })
    mounted = true
  } catch {
    mounted = false
  }
  return mounted
}

function ofSize(size: number) {
  return { body: new Uint8Array(size), contentType: 'application/octet-stream' }
}

describe('PlainFilesystem on a disk that refuses', () => {
  it('reports a full disk, leaves the old file whole and no temporary one, and goes on once there is room', async (context) => {
    if (!mountSmall()) context.skip('SKIPPED: this process may not mount a tmpfs')
    const store = await PlainFilesystem.open({ root })
    await store.put('/kept', ofSize(100_000), anything)
    await expect(store.put('/kept', ofSize(200_000), anything)).rejects.toMatchObject({
      code: 'unavailable',
      retry: 'safe',
      message: 'Cannot put "/kept": the disk is full',
      cause: { code: 'ENOSPC' },
    })
    expect(await store.get('/kept')).toMatchObject({ info: { size: 100_000 } })
    expect(await readdir(root)).toEqual(['kept'])
    await store.delete('/kept', anything)
    await store.put('/kept', ofSize(200_000), anything)
  })

  it('reports a read-only mount as nothing to try again', async (context) => {
    if (!mountSmall()) context.skip('SKIPPED: this process may not mount a tmpfs')
    const store = await PlainFilesystem.open({ root })
    await store.put('/a', ofSize(1), anything)
    execFileSync('mount', ['-o', 'remount,ro', root])
    const refusal = { code: 'unavailable', retry: 'never', cause: { code: 'EROFS' } }
    await expect(store.put('/a', ofSize(2), anything)).rejects.toMatchObject(refusal)
    await expect(store.put('/dir/b', ofSize(2), anything)).rejects.toMatchObject(refusal)
    await expect(store.delete('/a', anything)).rejects.toMatchObject(refusal)
    expect(await store.get('/a')).toMatchObject({ info: { size: 1 } })
  })

  it('reports a directory that this user may not write, without its host path', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('SKIPPED: only root can become another user')
    await chmod(root, 0o755)
    await mkdir(join(root, 'closed'), { mode: 0o700 })
    const store = await PlainFilesystem.open({ root })
    process.seteuid?.(65_534)
    try {
      for (const call of [
        () => store.put('/a', ofSize(1), anything),
        () => store.put('/closed/a', ofSize(1), anything),
        () => store.get('/closed/a'),
        () => store.list('/closed'),
      ]) {
        const error = await call().catch((refusal: unknown) => refusal)
        expect(error).toMatchObject({ code: 'unavailable', retry: 'never', cause: { code: 'EACCES' } })
        expect(String(error)).not.toContain(root)
      }
    } finally {
      process.seteuid?.(0)
    }
    expect(await readdir(root)).toEqual(['closed'])
  })
})
