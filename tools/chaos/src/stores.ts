import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Filesystem } from '@latchless/filesystem'
import { MemoryFilesystem } from '@latchless/filesystem'
import type { Disturbance } from './faults/disturbance.ts'
import { SmallDisk } from './faults/small-disk.ts'
import { startProxiedPostgres } from './faults/proxied-postgres.ts'
import { openStore, TOMBSTONE_MS } from './open-store.ts'
import type { ChaosOptions } from './options.ts'
import type { Skipped } from './report.ts'

/** The store of a run. */
export interface ChaosStore extends AsyncDisposable {
  /** What processes open; absent when they cannot share it. */
  readonly url: string | undefined
  /** What can be done to the store while it is used. */
  readonly disturbances: readonly Disturbance[]
  readonly skipped: readonly Skipped[]
  /** Faults that only the store can count. */
  counts(): Readonly<Record<string, number>>
  /** Opens it with nothing in between, to look at what is left. */
  open(): Promise<Filesystem>
}

export async function makeStore(options: ChaosOptions, directory: string): Promise<ChaosStore> {
  switch (options.backend) {
    case 'memory':
      return memoryStore()
    case 'postgres':
      return startProxiedPostgres(options.seed)
    case 'local':
    case 'sqlite':
      return diskStore(options, directory)
  }
}

async function memoryStore(): Promise<ChaosStore> {
  const filesystem = await MemoryFilesystem.open({ tombstoneMs: TOMBSTONE_MS })
  return {
    url: undefined,
    disturbances: [],
    skipped: [
      { what: 'disk-full', reason: 'memory has no disk' },
      { what: 'cut connections', reason: 'memory has no connections' },
    ],
    counts: () => ({}),
    open: async () => filesystem,
    [Symbol.asyncDispose]: async () => filesystem.close(),
  }
}

async function diskStore(options: ChaosOptions, directory: string): Promise<ChaosStore> {
  const disk = options.storeParent === undefined ? await SmallDisk.mount(join(directory, 'disk')) : undefined
  const parent = disk instanceof SmallDisk ? disk.directory : (options.storeParent ?? directory)
  await mkdir(parent, { recursive: true })
  const own =
    options.storeParent === undefined ? join(parent, 'store') : await mkdtemp(join(parent, 'latchless-chaos-'))
  await mkdir(own, { recursive: true, mode: 0o700 })
  const url = options.backend === 'local' ? `file:${own}/records` : `sqlite:${own}/records.db`
  const reason = disk instanceof SmallDisk ? '' : (disk ?? 'the directory of the store was given')
  // The first one to open a store creates it; one is enough to do so.
  await (await openStore(url)).close()
  return {
    url,
    disturbances: disk instanceof SmallDisk ? [disk.full] : [],
    skipped: [
      ...(disk instanceof SmallDisk ? [] : [{ what: 'disk-full', reason }]),
      { what: 'cut connections', reason: 'a file has no connections' },
      ...(options.backend === 'local' ? [{ what: 'transact', reason: 'local has none' }] : []),
    ],
    counts: () => ({}),
    open: () => openStore(url),
    async [Symbol.asyncDispose]() {
      if (disk instanceof SmallDisk) await disk[Symbol.asyncDispose]()
      // What a finding needs of the store is beside its histories.
      else await rm(own, { recursive: true, force: true })
    },
  }
}
