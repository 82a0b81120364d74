import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError } from '@latchless/filesystem'
import { aroundWrites } from './before-write.ts'

/** Leaves bytes at a path that are no record of its type. */
export async function damage(filesystem: Filesystem, path: string): Promise<void> {
  const head = await filesystem.get(path)
  if (head.state !== 'live') throw new Error('Cannot test: there is no record')
  await filesystem.put(path, { ...head.entry, body: Buffer.from('{}') }, { type: 'any' })
}

/** A view of the filesystem in which nothing can be written below a directory. */
export function readOnlyBelow(filesystem: Filesystem, root: string): Filesystem {
  return aroundWrites(filesystem, async (path, write) => {
    if (path.startsWith(root)) throw new FilesystemError('unavailable', 'Cannot put: the disk is gone')
    return write()
  })
}
