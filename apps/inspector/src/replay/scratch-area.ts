import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exactly, type Filesystem, openFilesystem, scoped } from '@latchless/filesystem'
import { requireWritable, type StoreReference } from '../config/store-reference.ts'
import { InspectorError } from '../inspector-error.ts'
import { openStore, placeOf } from '../store.ts'

/** Stores that are opened side by side; processes beyond share them. */
const STORES_MAX = 16

/** Where updates can be run again without touching anything: a prefix that nobody has used. */
export interface ScratchArea extends AsyncDisposable {
  readonly backend: string
  /** What a process sees: the area as if it were the whole store. Each call is a view of its own. */
  view(process: number): Filesystem
  /** Deletes these records, and with `[Symbol.asyncDispose]` the store itself where it was made for this. */
  clear(keys: readonly string[]): Promise<void>
}

/**
 * Opens a scratch area in a store. In place of one that does not exist yet a store is made in a private directory beside it,
 * and goes away again; an existing one is written to below `/_inspector` only, and only with `--write`.
 *
 * @throws {InspectorError} `refused` for an existing store without `--write`, for one that cannot compare and swap, and where
 * no directory can be made.
 */
export async function openScratchArea(
  reference: StoreReference,
  processes: number,
  mayWrite: boolean,
): Promise<ScratchArea> {
  const { url, name } = reference
  const place = placeOf(url)
  const isMemory = url === 'memory:'
  const isFresh = isMemory || (place !== undefined && (await stat(place.root).catch(() => undefined)) === undefined)
  if (!isFresh && !mayWrite) {
    throw new InspectorError(
      'refused',
      `Cannot run updates again in store ${JSON.stringify(name)}: it exists, and --write was not given`,
      'give --write, or a store that does not exist yet, such as memory: or sqlite:/tmp/scratch.db',
    )
  }
  if (!isFresh) requireWritable(reference)
  const own = isFresh && place ? await makeBeside(place.root, name) : undefined
  const madeUrl = own === undefined ? url : `${place?.scheme}:${join(own, 'store')}`
  const stores: Filesystem[] = []
  const close = async () => {
    try {
      await Promise.all(stores.map((store) => store.close()))
    } finally {
      if (own !== undefined) await rm(own, { recursive: true, force: true })
    }
  }
  try {
    const count = isMemory ? 1 : Math.min(Math.max(1, processes), STORES_MAX)
    // One after the other: the first makes the store.
    for (let at = 0; at < count; at++) stores.push(await (isFresh ? openFilesystem(madeUrl) : openStore(url, 'write')))
    return areaOf(stores, close, name)
  } catch (error) {
    await close()
    throw error
  }
}

// Whoever makes the store itself meanwhile keeps it: what is deleted in the end has a name that nobody else has.
async function makeBeside(root: string, name: string): Promise<string> {
  return await mkdtemp(join(dirname(root), '.inspector-rerun-')).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new InspectorError(
      'refused',
      `Cannot run updates again in store ${JSON.stringify(name)}: no directory can be made beside it: ${why}`,
      'name a store in a directory that exists and may be written to, or memory:',
      { cause },
    )
  })
}

function areaOf(stores: readonly Filesystem[], close: () => Promise<void>, name: string): ScratchArea {
  const target = `/_inspector/rerun-${randomBytes(6).toString('hex')}`
  const view = (process: number): Filesystem => {
    const store = stores[process % stores.length]
    if (!store) throw new RangeError('Cannot make a view of a store: none is open')
    return scoped(store, [{ alias: '/', target, permissions: ['read', 'list', 'write', 'delete'] }])
  }
  const { backend, cas } = view(0).capabilities('/record')
  if (cas === 'none' || cas === 'unknown') {
    throw new InspectorError(
      'refused',
      `Cannot run updates again in store ${JSON.stringify(name)}: it cannot compare and swap`,
    )
  }
  return {
    backend,
    view,
    async clear(keys) {
      const all = view(0)
      for (const key of keys) {
        const head = await all.get(key)
        if (head.state === 'live') await all.delete(key, exactly(head), { keepVersions: 0 })
      }
    },
    [Symbol.asyncDispose]: close,
  }
}
