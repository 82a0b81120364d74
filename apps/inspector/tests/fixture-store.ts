import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anything, type Entry, type Filesystem, openFilesystem, type WriteOptions } from '@latchless/filesystem'
import { onTestFinished } from 'vitest'

export interface FixtureStore {
  readonly root: string
  readonly url: string
  readonly fs: Filesystem
  put(path: string, body: string | Uint8Array, options?: WriteOptions & { entry?: Partial<Entry> }): Promise<void>
  remove(path: string): Promise<void>
}

/** A directory that goes away with the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'inspector-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A fresh local store. */
export async function fixtureStore(): Promise<FixtureStore> {
  const root = join(await temporaryDirectory(), 'store')
  const url = `file:${root}`
  const fs = await openFilesystem(url)
  onTestFinished(() => fs.close())
  return {
    root,
    url,
    fs,
    async put(path, body, { entry, ...options } = {}) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      const whole = { body: bytes, contentType: 'application/json', kind: 'turn', schemaVersion: 1, ...entry }
      await fs.put(path, whole, anything, { writer: { service: 'api', host: 'h1', pid: 7 }, ...options })
    },
    async remove(path) {
      await fs.delete(path, anything)
    },
  }
}
