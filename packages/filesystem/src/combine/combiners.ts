import type { Filesystem } from '../filesystem.ts'
import type { Runtime } from '../runtime.ts'
import { PathCombiner } from './path-combiner.ts'
import type { PendingUpdate } from './pending-update.ts'

/** Idle paths that are remembered for each filesystem at the most, and about how many bytes they may take. */
const IDLE_MAX = 4096
const IDLE_BYTES_MAX = 32 * 1024 * 1024

const all = new WeakMap<Filesystem, Combiners>()

/** The combiners of a filesystem. They live as long as it does. */
export function combinersOf(filesystem: Filesystem): Combiners {
  const known = all.get(filesystem) ?? new Combiners(filesystem)
  all.set(filesystem, known)
  return known
}

/** One combiner for each path in use. What was used longest ago is forgotten first; that costs the next update a read. */
export class Combiners {
  readonly #filesystem: Filesystem
  readonly #busy = new Map<string, PathCombiner>()
  /** The one used longest ago first. */
  readonly #idle = new Map<string, { readonly combiner: PathCombiner; readonly bytes: number }>()
  #idleBytes = 0

  constructor(filesystem: Filesystem) {
    this.#filesystem = filesystem
  }

  at(path: string, runtime: Runtime, alone: (update: PendingUpdate) => void): PathCombiner {
    const busy = this.#busy.get(path)
    if (busy) return busy
    const idle = this.#takeIdle(path)
    // A combiner waits by the clock it was made with.
    const known = idle?.state.runtime === runtime ? idle : undefined
    const combiner = known ?? new PathCombiner(this.#filesystem, path, runtime, alone, () => this.#park(path))
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
