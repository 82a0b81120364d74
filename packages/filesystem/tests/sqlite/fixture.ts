import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Entry, FilesystemError, SqliteInternals, SqliteOptions } from '@latchless/filesystem'
import { SqliteFilesystem } from '@latchless/filesystem'
import { expect, onTestFinished } from 'vitest'

/** A directory that goes when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'latchless-sqlite-'))
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }))
  return directory
}

/** A store in a directory of its own, closed when the test ends. */
export async function temporaryStore(
  options: Partial<SqliteOptions> = {},
  internals?: SqliteInternals,
): Promise<{ path: string; filesystem: SqliteFilesystem }> {
  const path = options.path ?? join(await temporaryDirectory(), 'store.db')
  const filesystem = await SqliteFilesystem.open({ durability: 'process', ...options, path }, internals)
  onTestFinished(async () => await filesystem.close())
  return { path, filesystem }
}

/** A second connection to the database, as another process would have one. */
export function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path)
  onTestFinished(() => {
    if (connection.isOpen) connection.close()
  })
  return connection
}

export function text(body: string): Entry {
  return { body: Buffer.from(body, 'utf8'), contentType: 'text/plain' }
}

/** Asserts what a promise rejects with. */
export async function expectFailure(
  promise: Promise<unknown>,
  code: FilesystemError['code'],
  retry: FilesystemError['retry'],
  message: RegExp,
): Promise<void> {
  await expect(promise).rejects.toMatchObject({ code, retry, message: expect.stringMatching(message) as string })
}
