import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FilesystemError } from '@latchless/filesystem'
import { isTemporary, nodeFiles, writeFileAtomic } from '@latchless/filesystem/files'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { errno, interceptedFiles, type Interceptor } from './recording-files.ts'

interface Scene {
  readonly fresh?: boolean
  readonly exclusive?: boolean
}

const scenes: readonly (readonly [string, Scene])[] = [
  ['replacing a file', {}],
  ['creating a file', { fresh: true }],
  ['creating a file of its own', { fresh: true, exclusive: true }],
]

/** A directory with, unless `fresh`, a file of the content "old"; and one write over it with something in between. */
async function scene(options: Scene) {
  const directory = await temporaryDirectory()
  const file = join(directory, 'file')
  if (!options.fresh) await writeFile(file, 'old', { mode: 0o640 })
  const write = (intercept: Interceptor) =>
    writeFileAtomic(file, 'new content', {
      exclusive: options.exclusive ?? false,
      mode: 0o644,
      files: interceptedFiles(intercept),
    })
  return { directory, file, write }
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}

describe('writeFileAtomic()', () => {
  it('syncs the file before it is in place, and the directory afterwards', async () => {
    const { directory, write } = await scene({})
    const calls: string[] = []
    await write(({ name, file }, proceed) => {
      calls.push(`${name} ${isTemporary(file) ? 'temporary' : file === basename(directory) ? 'directory' : file}`)
      return proceed()
    })
    expect(calls.slice(calls.indexOf('open directory'))).toEqual([
      'open directory',
      'open temporary',
      'write temporary',
      'fstat temporary',
      'fchmod temporary',
      'fsync temporary',
      'close temporary',
      'rename file',
      'fsync directory',
      'close directory',
    ])
  })

  it('writes everything where the operating system takes a byte at a time', async () => {
    const { file, directory } = await scene({})
    const files = {
      ...nodeFiles,
      open: async (...args: Parameters<typeof nodeFiles.open>) => {
        const opened = await nodeFiles.open(...args)
        return { ...opened, write: (bytes: Uint8Array, at: number) => opened.write(bytes.subarray(0, at + 1), at) }
      },
    }
    await writeFileAtomic(file, 'new content', { files })
    expect(await contentOf(file)).toBe('new content')
    await expect(
      writeFileAtomic(file, 'x', {
        files: { ...files, open: async (...args) => ({ ...(await files.open(...args)), write: async () => 0 }) },
      }),
    ).rejects.toMatchObject({ code: 'unavailable', cause: { code: 'EIO' } })
    expect(await readdir(directory)).toEqual(['file'])
  })

  it.each(scenes)(
    '%s, with a failure of every single call: old or new as told, and nothing beside it',
    async (_, options) => {
      const before = options.fresh ? undefined : 'old'
      const told = new Set<string>()
      for (let nth = 0; ; nth++) {
        const { directory, file, write } = await scene(options)
        let at = 0
        let failed: string | undefined
        const outcome = await write(async ({ name }, proceed) => {
          if (at++ !== nth) return proceed()
          failed = name
          if (name === 'close') await proceed()
          throw errno('EIO')
        }).then(
          () => 'done',
          (error: unknown) => error,
        )
        if (failed === undefined) break
        const content = await contentOf(file)
        // Only the removal of the temporary file of a creation may have failed silently; it is swept later.
        const left = (await readdir(directory)).filter(isTemporary)
        expect(left.length, failed).toBe(failed === 'unlink' ? 1 : 0)
        if (outcome === 'done') expect(content, failed).toBe('new content')
        else {
          expect(outcome).toBeInstanceOf(FilesystemError)
          expect(outcome, failed).toMatchObject({ code: 'unavailable', operation: 'write', cause: { code: 'EIO' } })
          const { retry } = outcome as FilesystemError
          if (retry === 'unknown') expect(['rename', 'link', 'fsync'], failed).toContain(failed)
          else expect(content, failed).toBe(before)
          told.add(`${failed} ${retry}`)
        }
      }
      expect(told).toContain('write safe')
      expect(told).toContain('fsync safe')
      expect(told).toContain('fsync unknown')
      expect(told).toContain('close safe')
    },
  )

  it.each([
    ['ENOSPC', 'write', { code: 'unavailable', retry: 'safe', message: expect.stringContaining('the disk is full') }],
    ['EDQUOT', 'fsync', { code: 'unavailable', retry: 'safe', message: expect.stringContaining('quota') }],
    ['EROFS', 'rename', { code: 'unavailable', retry: 'never', message: expect.stringContaining('read-only') }],
    ['ENOENT', 'rename', { code: 'unavailable', retry: 'safe', message: expect.stringContaining('meanwhile') }],
    ['EXDEV', 'rename', { code: 'unavailable', retry: 'safe', message: expect.stringContaining('EXDEV') }],
    ['ENAMETOOLONG', 'open', { code: 'too-large', retry: 'never' }],
  ])('answers %s of %s by a typed error and leaves the old content', async (code, call, refusal) => {
    const { directory, file, write } = await scene({})
    const error = write(({ name, file: of }, proceed) => {
      if (name === call && (isTemporary(of) || name === 'rename')) throw errno(code)
      return proceed()
    })
    await expect(error).rejects.toMatchObject({ ...refusal, path: file, cause: { code } })
    expect(await contentOf(file)).toBe('old')
    expect(await readdir(directory)).toEqual(['file'])
  })

  it('keeps the first error when cleaning up fails as well', async () => {
    const { write } = await scene({})
    const error = write(async ({ name }, proceed) => {
      if (name === 'write') throw errno('ENOSPC')
      if (name === 'close') await proceed()
      if (name === 'close' || name === 'unlink') throw errno('EIO')
      return proceed()
    })
    await expect(error).rejects.toMatchObject({ cause: { code: 'ENOSPC' } })
  })

  it('changes nothing when the signal fires before the file is in place, and ignores it afterwards', async () => {
    for (const [last, done] of [
      ['fsync', false],
      ['rename', true],
    ] as const) {
      const { directory, file } = await scene({})
      const controller = new AbortController()
      const files = interceptedFiles(async ({ name }, proceed) => {
        const result = await proceed()
        if (name === last) controller.abort()
        return result
      })
      const write = writeFileAtomic(file, 'new', { files, signal: controller.signal })
      if (done) await write
      else await expect(write).rejects.toMatchObject({ code: 'aborted', retry: 'safe' })
      expect(await contentOf(file)).toBe(done ? 'new' : 'old')
      expect(await readdir(directory)).toEqual(['file'])
    }
  })
})
