import { execFileSync } from 'node:child_process'
import { chmod, chown, link, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FilesystemError, systemRuntime } from '@latchless/filesystem'
import { isTemporary, nodeFiles, writeFileAtomic } from '@latchless/filesystem/files'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { interceptedFiles } from './recording-files.ts'

let directory: string
let file: string
const content = () => readFile(file, 'utf8')
const modeOf = async (path: string) => (await stat(path)).mode & 0o7777
const isRoot = process.geteuid?.() === 0

beforeEach(async () => {
  directory = await temporaryDirectory()
  file = join(directory, 'file')
})

describe('writeFileAtomic() writes', () => {
  it('a new file for its owner only, and leaves nothing beside it', async () => {
    await writeFileAtomic(file, 'one')
    expect(await content()).toBe('one')
    expect(await modeOf(file)).toBe(0o600)
    expect(await readdir(directory)).toEqual(['file'])
  })

  it('a new file with exactly the mode asked for, whatever the umask', async () => {
    const umask = process.umask(0o077)
    onTestFinished(() => void process.umask(umask))
    await writeFileAtomic(file, 'x', { mode: 0o664 })
    expect(await modeOf(file)).toBe(0o664)
  })

  it.each([
    ['the default', undefined, 0o600],
    ['0600', 0o600, 0o600],
    ['0640', 0o640, 0o640],
  ])('a new file with the mode %s also where the umask takes from its owner', async (_, mode, expected) => {
    const umask = process.umask(0o277)
    onTestFinished(() => void process.umask(umask))
    await writeFileAtomic(file, 'x', { mode })
    expect(await modeOf(file)).toBe(expected)
  })

  it.each(['0400', '0200', '0040', '0000', '0644'])(
    'over a file of mode %s by one that never allows more, not even for a moment',
    async (octal) => {
      const mode = Number.parseInt(octal, 8)
      await writeFile(file, 'old')
      await chmod(file, mode)
      const seen = new Set<number>()
      const files = interceptedFiles(async ({ file: name }, proceed) => {
        const result = await proceed()
        if (isTemporary(name)) seen.add(await modeOf(join(directory, name)))
        return result
      })
      await writeFileAtomic(file, 'new', { files })
      expect(await modeOf(file)).toBe(mode)
      expect(seen.size).toBeGreaterThan(0)
      for (const each of seen) expect(each & ~mode, each.toString(8)).toBe(0)
    },
  )

  it('over a file and keeps its mode, stricter or wider than the default', async () => {
    for (const mode of [0o400, 0o600, 0o644, 0o755]) {
      await writeFileAtomic(file, 'old')
      await chmod(file, mode)
      await writeFileAtomic(file, 'new', { mode: 0o666 })
      expect(await modeOf(file)).toBe(mode)
    }
  })

  it('in a directory that hands its group on, and keeps the group of a replaced file', async (context) => {
    if (!isRoot) context.skip('SKIPPED: only root can set these groups')
    await chown(directory, 0, 4242)
    await chmod(directory, 0o2775)
    await writeFileAtomic(file, 'x')
    expect(await stat(file)).toMatchObject({ uid: 0, gid: 4242 })
    await chown(file, 1234, 4343)
    await writeFileAtomic(file, 'y')
    expect(await stat(file)).toMatchObject({ uid: 1234, gid: 4343 })
  })

  it('as a user who may not give files away, and lets nobody read more than before', async (context) => {
    if (!isRoot) context.skip('SKIPPED: only root can become another user')
    await chmod(directory, 0o777)
    await writeFile(file, 'old')
    await chown(file, 0, 4242)
    await chmod(file, 0o6764)
    process.setegid?.(65_534)
    process.seteuid?.(65_534)
    try {
      await writeFileAtomic(file, 'new')
    } finally {
      process.seteuid?.(0)
      process.setegid?.(0)
    }
    expect(await stat(file)).toMatchObject({ uid: 65_534 })
    expect(await modeOf(file)).toBe(0o744)
  })

  it('nothing, and 50 MB', async () => {
    await writeFileAtomic(file, new Uint8Array())
    expect(await content()).toBe('')
    const large = Buffer.alloc(50 * 1024 * 1024, 'latchless ')
    await writeFileAtomic(file, large)
    expect((await readFile(file)).equals(large)).toBe(true)
  })

  it('under a name of the greatest length', async () => {
    const longest = join(directory, 'é'.repeat(127) + 'x')
    await writeFileAtomic(longest, 'x')
    await writeFileAtomic(longest, 'y')
    expect(await readFile(longest, 'utf8')).toBe('y')
    await expect(writeFileAtomic(`${longest}x`, 'x')).rejects.toMatchObject({ code: 'too-large' })
  })

  it('a name of its own where a file has several: the others keep the old content', async () => {
    await writeFileAtomic(file, 'old')
    await link(file, join(directory, 'other'))
    await writeFileAtomic(file, 'new')
    expect(await content()).toBe('new')
    expect(await readFile(join(directory, 'other'), 'utf8')).toBe('old')
  })

  it('without syncing when only the death of the process has to be outlived', async () => {
    await writeFileAtomic(file, 'x', { durability: 'process' })
    expect(await content()).toBe('x')
  })
})

describe('writeFileAtomic() and symbolic links', () => {
  it('writes the file behind a link, through linked directories and "..", and keeps the link', async () => {
    await mkdir(join(directory, 'a/b'), { recursive: true })
    await writeFile(join(directory, 'a/target'), 'old')
    await symlink('a/b', join(directory, 'inner'))
    await symlink('inner/../target', file)
    await writeFileAtomic(file, 'new')
    expect(await readFile(join(directory, 'a/target'), 'utf8')).toBe('new')
    expect(await readlink(file)).toBe('inner/../target')
    expect(await readdir(directory)).toEqual(['a', 'file', 'inner'])
  })

  it('creates the file that a link promises', async () => {
    await symlink('promised', file)
    await writeFileAtomic(file, 'new', { exclusive: true })
    expect(await readFile(join(directory, 'promised'), 'utf8')).toBe('new')
    await expect(writeFileAtomic(file, 'x', { exclusive: true })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('refuses links when told to, and loops always', async () => {
    await writeFile(join(directory, 'target'), 'old')
    await symlink('target', file)
    await expect(writeFileAtomic(file, 'x', { symlink: 'refuse' })).rejects.toMatchObject({ code: 'unsupported' })
    await symlink('loop', join(directory, 'loop'))
    await expect(writeFileAtomic(join(directory, 'loop'), 'x')).rejects.toMatchObject({ code: 'unsupported' })
    expect(await readFile(join(directory, 'target'), 'utf8')).toBe('old')
  })

  it('does not follow a link planted at the name of its temporary file', async () => {
    const runtime = { ...systemRuntime, randomHex: () => '0123456789abcdef' }
    await writeFile(join(directory, 'victim'), 'untouched')
    await symlink('victim', join(directory, `.file.${nodeFiles.pid}.0123456789abcdef.tmp`))
    const refusal = { code: 'unavailable', cause: { code: 'EEXIST' } }
    await expect(writeFileAtomic(file, 'x', { runtime })).rejects.toMatchObject(refusal)
    expect(await readFile(join(directory, 'victim'), 'utf8')).toBe('untouched')
    expect(await readdir(directory)).not.toContain('file')
  })
})

describe('writeFileAtomic() refuses', () => {
  it('a directory, a pipe, a missing directory and a file on the way, each by its own error', async () => {
    await mkdir(join(directory, 'dir'))
    await writeFile(join(directory, 'plain'), '')
    execFileSync('mkfifo', [join(directory, 'pipe')])
    const refused = [
      ['dir', { code: 'unsupported', retry: 'never' }],
      ['dir/', { code: 'unsupported', retry: 'never' }],
      ['pipe', { code: 'unsupported', retry: 'never' }],
      ['none/file', { code: 'unavailable', retry: 'never', cause: { code: 'ENOENT' } }],
      ['plain/file', { code: 'unsupported', retry: 'never', cause: { code: 'ENOTDIR' } }],
    ] as const
    for (const [name, refusal] of refused) {
      for (const exclusive of [false, true]) {
        const write = writeFileAtomic(join(directory, '.', name) + (name.endsWith('/') ? '/' : ''), 'x', { exclusive })
        await expect(write, name).rejects.toMatchObject(refusal)
      }
    }
    expect(await readdir(directory)).toEqual(['dir', 'pipe', 'plain'])
  })

  it('arguments that no file could have', async () => {
    for (const path of ['', 'a\0b']) {
      await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    await expect(writeFileAtomic(file, 'x', { mode: 0o1777 })).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('a directory that this user may not write, with its cause and without a trace', async (context) => {
    if (!isRoot) context.skip('SKIPPED: only root can become another user')
    await writeFile(file, 'old')
    await chmod(directory, 0o755)
    process.seteuid?.(65_534)
    try {
      const error: unknown = await writeFileAtomic(file, 'x').catch((refusal: unknown) => refusal)
      expect(error).toBeInstanceOf(FilesystemError)
      expect(error).toMatchObject({ code: 'unavailable', retry: 'never', cause: { code: 'EACCES' } })
    } finally {
      process.seteuid?.(0)
    }
    expect(await content()).toBe('old')
    expect(await readdir(directory)).toEqual(['file'])
  })

  it('a mount point at the file, without writing in place', async (context) => {
    await writeFile(file, 'below')
    await writeFile(join(directory, 'mounted'), 'mounted')
    try {
      execFileSync('mount', ['--bind', join(directory, 'mounted'), file], { stdio: 'ignore' })
    } catch {
      context.skip('SKIPPED: this process may not mount')
    }
    onTestFinished(() => void execFileSync('umount', [file]))
    const refusal = { code: 'unavailable', retry: 'never', cause: { code: 'EBUSY' } }
    await expect(writeFileAtomic(file, 'x')).rejects.toMatchObject(refusal)
    expect(await content()).toBe('mounted')
    expect((await readdir(directory)).filter(isTemporary)).toEqual([])
  })

  it('to begin when the signal has fired', async () => {
    const refusal = { code: 'aborted', retry: 'safe' }
    await expect(writeFileAtomic(file, 'x', { signal: AbortSignal.abort() })).rejects.toMatchObject(refusal)
    expect(await readdir(directory)).toEqual([])
  })
})

describe('writeFileAtomic() beside others', () => {
  it('lets exactly one of 50 creators win', async () => {
    const racers = Array.from({ length: 50 }, (_, n) => writeFileAtomic(file, `${n}`, { exclusive: true }))
    const settled = await Promise.allSettled(racers)
    const won = settled.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []))
    expect(won).toHaveLength(1)
    expect(await content()).toBe(`${won[0]}`)
    for (const each of settled) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'conflict', retry: 'never' })
    }
    expect(await readdir(directory)).toEqual(['file'])
  })

  it('lets the last of many writers win and leaves nothing, though all have one process number', async () => {
    const bodies = Array.from({ length: 40 }, (_, n) => `${n} `.repeat(10_000))
    await Promise.all(bodies.map((body) => writeFileAtomic(file, body, { durability: 'process' })))
    expect(bodies).toContain(await content())
    expect(await readdir(directory)).toEqual(['file'])
  })
})
