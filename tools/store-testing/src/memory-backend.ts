import type { Filesystem, ListHead, PathCursor } from '@latchless/filesystem'
import { MemoryFilesystem } from '@latchless/filesystem'
import type { Place, TestBackend, TestStore } from './test-backend.ts'

export const memoryBackend: TestBackend = {
  name: 'memory',
  crossProcess: false,
  async fresh(): Promise<TestStore> {
    const filesystem = await MemoryFilesystem.open()
    const close = async () => await filesystem.close()
    return {
      url: undefined,
      open: async () => filesystem,
      places: () => retainedVersions(filesystem),
      close,
      [Symbol.asyncDispose]: close,
    }
  },
}

/** Every version that a reader can still get. What logs hold is left out: they have no listing. */
async function* retainedVersions(filesystem: Filesystem): AsyncGenerator<Place> {
  let after: PathCursor | undefined
  do {
    const page = await filesystem.list('/', { deleted: true, after })
    for (const { path } of page.items) yield* versionsOf(filesystem, path)
    after = page.next
  } while (after)
}

async function* versionsOf(filesystem: Filesystem, path: string): AsyncGenerator<Place> {
  let before: number | undefined
  do {
    const page = await filesystem.history(path, { bodies: true, before })
    for (const head of page.versions) yield { name: `${path} v${head.info.version}`, bytes: bytesOf(path, head) }
    before = page.next
  } while (before !== undefined)
}

function bytesOf(path: string, { entry, info }: ListHead): Uint8Array {
  const around = JSON.stringify([path, info, entry?.tuples])
  return Buffer.concat([Buffer.from(around, 'utf8'), entry?.body ?? new Uint8Array()])
}
