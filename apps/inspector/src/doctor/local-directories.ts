import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What lies in one directory of a store of files. */
export interface StoreDirectory {
  readonly directory: string
  readonly entries: readonly Dirent[]
}

/** Directories below one, itself first, without following links; so many of them at the most. */
export async function* directoriesBelow(
  root: string,
  directoriesMax: number,
  signal: AbortSignal,
): AsyncGenerator<StoreDirectory> {
  const waiting = [root]
  for (let seen = 0; seen < directoriesMax; seen++) {
    const directory = waiting.pop()
    if (directory === undefined) return
    signal.throwIfAborted()
    const entries = await entriesOf(directory)
    yield { directory, entries }
    for (const entry of entries) if (entry.isDirectory()) waiting.push(join(directory, entry.name))
  }
}

/** None when it is not there, or went meanwhile. */
export async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  return await orAbsent(readdir(directory, { withFileTypes: true }), [])
}

/** How long ago a file was changed; 0 when it is gone. */
export async function ageMs(file: string, nowMs: number): Promise<number> {
  return (
    nowMs -
    (await orAbsent(
      stat(file).then(({ mtimeMs }) => mtimeMs),
      nowMs,
    ))
  )
}

async function orAbsent<T>(answer: Promise<T>, absence: T): Promise<T> {
  return await answer.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return absence
    throw error
  })
}
