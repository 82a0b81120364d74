import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { LocalFilesystem, SqliteFilesystem } from '@latchless/filesystem'
import type { Place, TestBackend } from './test-backend.ts'
import { Handles } from './test-backend.ts'

export const localBackend: TestBackend = diskBackend({
  name: 'local',
  scheme: 'file',
  open: async (root) => await LocalFilesystem.open({ root }),
  settle: async () => {},
})

export const sqliteBackend: TestBackend = diskBackend({
  name: 'sqlite',
  scheme: 'sqlite',
  // Tests cut no power, so that they need not wait for the disk.
  open: async (path) => await SqliteFilesystem.open({ path, durability: 'process' }),
  // Moves the write-ahead log into the database file, so that pages are searched as they will stay.
  settle: async (filesystem) => void (await filesystem.maintain()),
})

interface DiskBackend {
  readonly name: 'local' | 'sqlite'
  readonly scheme: string
  readonly open: (path: string) => Promise<Filesystem>
  /** Makes the files what they would be after a while. */
  readonly settle: (filesystem: Filesystem) => Promise<void>
}

function diskBackend({ name, scheme, open, settle }: DiskBackend): TestBackend {
  return {
    name,
    crossProcess: true,
    async fresh() {
      const directory = await mkdtemp(join(tmpdir(), `latchless-store-testing-${name}-`))
      const path = join(directory, 'store')
      const handles = new Handles()
      const close = async () => {
        await handles.close()
        await rm(directory, { recursive: true, force: true })
      }
      return {
        url: `${scheme}:${path}`,
        open: async () => handles.keep(await open(path)),
        async *places(): AsyncGenerator<Place> {
          const filesystem = await open(path)
          await settle(filesystem)
          await filesystem.close()
          yield* filesIn(directory)
        },
        close,
        [Symbol.asyncDispose]: close,
      }
    },
  }
}

/** Every file below a directory; its name counts as stored, too. */
async function* filesIn(directory: string): AsyncGenerator<Place> {
  for (const item of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!item.isFile()) continue
    const file = join(item.parentPath, item.name)
    const name = file.slice(directory.length + 1)
    yield { name, bytes: Buffer.concat([Buffer.from(name, 'utf8'), await readFile(file)]) }
  }
}
