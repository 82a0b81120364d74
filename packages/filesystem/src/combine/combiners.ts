import type { Filesystem } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { PathCombiner } from './path-combiner.ts'
import type { PendingUpdate } from './pending-update.ts'

/** Idle paths that are remembered for each filesystem at the most, and about how many bytes they may take. */
const IDLE_MAX = 4096
const IDLE_BYTES_MAX = 32 * 1024 * 1024

const all = new WeakMap<Filesystem, WeakMap<Runtime, Combiners>>()

/** The combiners of a filesystem, for callers with one clock. They live as long as both do. */
export function combinersOf(filesystem: Filesystem, runtime: Runtime): Combiners {
  const byRuntime = all.get(filesystem) ?? new WeakMap<Runtime, Combiners>()
  const known = byRuntime.get(runtime) ?? new Combiners(filesystem, runtime)
  byRuntime.set(runtime, known)
  all.set(filesystem, byRuntime)
  return known
}

/** One combiner for each path in use. What was used longest ago is forgotten first; that costs the next update a read. */
export class Combiners {
  readonly #filesystem: Filesystem
  readonly #runtime: Runtime
  readonly #busy = new Map<string, PathCombiner>()
  /** The one used longest ago first. */
  readonly #idle = new Map<string, { readonly combiner: PathCombiner; readonly bytes: number }>()
  #idleBytes = 0

  constructor(filesystem: Filesystem, runtime: Runtime) {
    this.#filesystem = filesystem
    this.#runtime = runtime
  }

  at(path: string, alone: (update: PendingUpdate) => void): PathCombiner {
    const combiner =
      this.#busy.get(path) ??
      this.#takeIdle(path) ??
      new PathCombiner(this.#filesystem, path, this.#runtime, alone, () => this.#park(path))
    this.#busy.set(path, combiner)
    return combiner
  }

  #park(path: string): void {
    const combiner = this.#busy.get(path)
    if (!combiner) return
    this.#busy.delete(path)
    const { bytes } = combiner
    this.#idle.set(path, { combiner, bytes })
    this.#idleBytes += bytes
    for (const oldest of this.#idle.keys()) {
      if (this.#idle.size <= IDLE_MAX && this.#idleBytes <= IDLE_BYTES_MAX) break
      this.#takeIdle(oldest)
    }
  }

  #takeIdle(path: string): PathCombiner | undefined {
    const parked = this.#idle.get(path)
    if (!parked) return undefined
    this.#idle.delete(path)
    this.#idleBytes -= parked.bytes
    return parked.combiner
  }
}
