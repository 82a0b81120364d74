import {
  type Filesystem,
  LocalFilesystem,
  type LocalOptions,
  MemoryFilesystem,
  type MemoryOptions,
  mountTable,
  type Permission,
  type Runtime,
  scoped,
  systemRuntime,
} from '@latchless/filesystem'
import { InterceptedFilesystem, latency } from '@latchless/filesystem/testing'

const all: readonly Permission[] = ['read', 'list', 'write', 'delete']
const target = '/tenants/t1'

/** Memory at the root, and memory mounted in the middle of the listings of the kit. */
export const MountedMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    const points = ['/', '/ordinary', '/case', '/order', '/a/b.c', '/c/b', '/k/b/2', '/page', '/quiet/deep']
    const mounts = points.map(async (at) => ({ at, filesystem: await MemoryFilesystem.open(options) }))
    return mountTable(await Promise.all(mounts))
  },
}

/** A view of all that one tenant has in memory. */
export const ScopedMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    return scoped(await MemoryFilesystem.open(lengthened(options)), [{ alias: '/', target, permissions: all }])
  },
}

/** A view of all that one tenant has in the local backend, which several processes share. It closes the store. */
export const ScopedLocal = {
  async open(options: LocalOptions): Promise<Filesystem> {
    const store = await LocalFilesystem.open(lengthened(options))
    return new Owning(store, scoped(store, [{ alias: '/', target, permissions: all }]))
  },
}

/** Memory at a distance, without waiting for a clock. */
export const DistantMemory = {
  async open(options: MemoryOptions): Promise<Filesystem> {
    const runtime: Runtime = { ...systemRuntime, sleep: (_ms, signal) => macrotask(signal) }
    return latency(await MemoryFilesystem.open(options), { every: { before: [1, 3], after: [1, 3] }, runtime })
  },
}

/** A view that ends with its store. */
class Owning extends InterceptedFilesystem {
  readonly #store: Filesystem

  constructor(store: Filesystem, view: Filesystem) {
    super(view, (_call, proceed) => proceed())
    this.#store = store
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#store.close()
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** The paths of the view are shorter than those of its store. */
function lengthened<Options extends Pick<MemoryOptions, 'limits'>>(options: Options): Options {
  const { limits } = options
  if (limits?.pathBytesMax === undefined) return options
  return { ...options, limits: { ...limits, pathBytesMax: limits.pathBytesMax + target.length } }
}

async function macrotask(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  signal?.throwIfAborted()
}
