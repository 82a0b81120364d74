import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { PlainFilesystem } from '@latchless/filesystem'

/** A filesystem that cannot compare-and-swap, on an empty directory that goes when it is closed. */
export async function byteOnly(): Promise<Filesystem> {
  const root = await mkdtemp(join(tmpdir(), 'latchless-store-testing-plain-'))
  const filesystem = await PlainFilesystem.open({ root })
  const close = filesystem.close.bind(filesystem)
  return Object.assign(filesystem, {
    close: async () => {
      await close()
      await rm(root, { recursive: true, force: true })
    },
  })
}
