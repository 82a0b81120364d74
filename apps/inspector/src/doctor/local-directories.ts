import type { Dirent } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../error-code.ts'

/** A directory can hold millions; of those no more are held in memory, unless all are wanted. */
const ENTRIES_MAX = 200_000

const READ_AT_ONCE = 256

/** What lies in one directory of a store of files. */
export interface StoreDirectory {
  readonly directory: string
  readonly entries: readonly Dirent[]
}

/** Directories below one, itself first, without following links; so many of them at the most, and of a large one a part. */
export async function* directoriesBelow(
  root: string,
  directoriesMax: number,
  signal: AbortSignal,
  entriesMax = Math.max(directoriesMax, ENTRIES_MAX),
): AsyncGenerator<StoreDirectory> {
  const waiting = [root]
  for (let seen = 1; seen <= directoriesMax; seen++) {
    const directory = waiting.pop()
    if (directory === undefined) return
    signal.throwIfAborted()
    const entries = await entriesOf(directory, entriesMax)
    yield { directory, entries }
    const below = entries.filter((entry) => entry.isDirectory()).slice(0, directoriesMax - seen)
    for (const { name } of below) waiting.push(join(directory, name))
  }
}

/** By their names, so many at the most; none when it is not there, or went meanwhile. */
export async function entriesOf(directory: string, entriesMax = ENTRIES_MAX): Promise<readonly Dirent[]> {
  return await orAbsent(readEntries(directory, entriesMax), [])
}

async function readEntries(directory: string, entriesMax: number): Promise<readonly Dirent[]> {
  const entries: Dirent[] = []
  for await (const entry of await opendir(directory, { bufferSize: READ_AT_ONCE })) {
    entries.push(entry)
    if (entries.length >= entriesMax) break
  }
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
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
    if (codeOf(error) === 'ENOENT') return absence
    throw error
  })
}
