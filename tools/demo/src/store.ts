import { resolve } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { FilesystemError, LatchlessError, openFilesystem } from '@latchless/filesystem'
import type { Counter } from './record.ts'
import { counterType } from './record.ts'

/** The demo cannot run on this store. The message says why and what would do. */
export class DemoRefused extends Error {
  static {
    this.prototype.name = 'DemoRefused'
  }
}

/** The URL with an absolute path, so that it means the same in every process and in every directory. */
export function absoluteStoreUrl(url: string, base: string): string {
  const match = /^(file|plain):(?:\/\/)?(.+)$/s.exec(url)
  return match?.[1] && match[2] ? `${match[1]}:${resolve(base, match[2])}` : url
}

/**
 * Opens a store that several processes can update.
 *
 * @throws {DemoRefused} when it cannot be opened, is not shared by processes or has no compare-and-swap.
 */
export async function openSharedStore(url: string, path: string): Promise<Filesystem> {
  const filesystem = await openOrRefuse(url)
  const { backend, cas, crossProcess } = filesystem.capabilities(path)
  const problem = crossProcess
    ? cas === 'none' || cas === 'unknown'
      ? 'it has no compare-and-swap'
      : undefined
    : 'processes cannot share it'
  if (problem === undefined) return filesystem
  await filesystem.close()
  throw new DemoRefused(`Cannot run the demo on the ${backend} backend: ${problem}, use file:PATH`)
}

/** Every counter below a prefix, read from the store; `undefined` for one that is deleted or corrupt. */
export async function readCounters(filesystem: Filesystem, prefix: string): Promise<Map<string, Counter | undefined>> {
  const counters = new Map<string, Counter | undefined>()
  let page = await filesystem.list(prefix, { deleted: true })
  for (;;) {
    for (const { path } of page.items) counters.set(path, await readCounter(filesystem, path))
    if (!page.next) return counters
    page = await filesystem.list(prefix, { deleted: true, after: page.next })
  }
}

async function readCounter(filesystem: Filesystem, path: string): Promise<Counter | undefined> {
  try {
    const head = await filesystem.get(path)
    return head.state === 'live' ? counterType.decode(head.entry, path) : undefined
  } catch (error) {
    // What cannot be read is as good as lost, and the proof shall say how much that is.
    if (error instanceof FilesystemError && error.code === 'corrupt') return undefined
    throw error
  }
}

async function openOrRefuse(url: string): Promise<Filesystem> {
  try {
    return await openFilesystem(url)
  } catch (error) {
    if (!(error instanceof LatchlessError)) throw error
    throw new DemoRefused(`Cannot run the demo: ${error.message}`, { cause: error })
  }
}
