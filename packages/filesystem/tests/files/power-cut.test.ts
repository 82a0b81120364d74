import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@latchless/filesystem/files'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from './directory.ts'

/** The smallest size, and how to mount a copy beside the original without writing anything back for a while. */
const kinds = {
  ext4: { size: '16M', make: ['mkfs.ext4', '-q', '-F'], options: 'loop,commit=600', copyOptions: 'loop' },
  xfs: { size: '300M', make: ['mkfs.xfs', '-q', '-f'], options: 'loop', copyOptions: 'loop,nouuid' },
}
const content = 'content '.repeat(2500)

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}

interface Disk {
  readonly directory: string
  /** What the disk would hold had the power gone now. */
  afterPowerCut<T>(look: (directory: string) => Promise<T>): Promise<T>
}

/** A disk of its own; `undefined` where this process may not mount one. */
async function plugIn({ size, make, options, copyOptions }: (typeof kinds)['ext4']): Promise<Disk | undefined> {
  const base = await temporaryDirectory()
  const [image, copy] = [join(base, 'disk.img'), join(base, 'copy.img')]
  const [directory, after] = [join(base, 'disk'), join(base, 'after')]
  await Promise.all([mkdir(directory), mkdir(after)])
  try {
    run('truncate', '-s', size, image)
    run(make[0] ?? '', ...make.slice(1), image)
    run('mount', '-o', options, image, directory)
  } catch {
    return undefined
  }
  onTestFinished(() => run('umount', directory))
  run('sync', '-f', directory)
  return {
    directory,
    async afterPowerCut(look) {
      // What the kernel has not written back yet is not in the image.
      run('cp', '--sparse=always', image, copy)
      run('mount', '-o', copyOptions, copy, after)
      try {
        return await look(after)
      } finally {
        run('umount', after)
        await rm(copy)
      }
    },
  }
}

describe.each(Object.entries(kinds))('writeFileAtomic() on %s', (_, kind) => {
  it('outlives a power cut as soon as it resolves, first creations included, and tears nothing', async (context) => {
    const disk = await plugIn(kind)
    if (!disk) return context.skip('SKIPPED: this process may not mount such a disk')
    await writeFileAtomic(join(disk.directory, 'replaced'), 'old')
    const written = { created: {}, exclusive: { exclusive: true }, replaced: {} }
    for (const [name, options] of Object.entries(written)) {
      await writeFileAtomic(join(disk.directory, name), content, options)
      await disk.afterPowerCut(async (directory) => {
        expect(await readFile(join(directory, name), 'utf8')).toBe(content)
        expect((await readdir(directory)).filter((found) => found.startsWith('.'))).toEqual([])
      })
    }
  })

  it('does not outlive it where nothing is synced, so the check can fail', async (context) => {
    const disk = await plugIn(kind)
    if (!disk) return context.skip('SKIPPED: this process may not mount such a disk')
    await writeFileAtomic(join(disk.directory, 'created'), content, { durability: 'process' })
    await disk.afterPowerCut(async (directory) => {
      const found = await readFile(join(directory, 'created'), 'utf8').catch(() => undefined)
      expect(found).not.toBe(content)
    })
  })
})
