import type { AppendResult, Head, StoredHead } from '../../filesystem.ts'
import type { RecordState } from '../../record-state.ts'
import type { ChangeRing } from './change-ring.ts'
import { EntryLog } from './entry-log.ts'
import { PathIndex } from './path-index.ts'
import { TupleIndex } from './tuple-index.ts'

interface StoredRecord {
  readonly state: RecordState
  /** Newest first, the head excluded. */
  readonly superseded: readonly StoredHead[]
}

/** Everything that a memory filesystem holds. Each method is one synchronous step that leaves it whole. */
export class MemoryStore {
  readonly paths: PathIndex = new PathIndex()
  readonly indexes: TupleIndex = new TupleIndex()
  readonly changes: ChangeRing
  readonly #records = new Map<string, StoredRecord>()
  readonly #logs = new Map<string, EntryLog>()
  /** Path → milliseconds of the delete, in the order of the deletes. */
  readonly #tombstones = new Map<string, number>()

  constructor(changes: ChangeRing) {
    this.changes = changes
  }

  state(path: string): RecordState | undefined {
    return this.#records.get(path)?.state
  }

  head(path: string): Head {
    return this.state(path)?.head ?? { state: 'unwritten' }
  }

  /** Retained versions, newest first. */
  versions(path: string): readonly StoredHead[] {
    const stored = this.#records.get(path)
    return stored ? [stored.state.head, ...stored.superseded] : []
  }

  /** Makes a state the head of its record. */
  commit(path: string, state: RecordState, keepVersions: number): void {
    const before = this.#records.get(path)?.state.head
    const after = state.head
    this.#records.set(path, { state, superseded: superseded(this.#records.get(path), keepVersions) })
    if (!before) this.paths.add(path)
    const wasLive = before?.state === 'live'
    const isLive = after.state === 'live'
    if (wasLive !== isLive) this.paths.countLive(path, isLive ? 1 : -1)
    this.indexes.replace(path, wasLive ? before.entry : undefined, isLive ? after.entry : undefined)
    this.#tombstones.delete(path)
    if (!isLive) this.#tombstones.set(path, after.info.time)
    this.changes.add({ type: isLive ? 'put' : 'delete', path, version: after.version })
  }

  /** Forgets up to `limit` tombstones from a time or earlier; how many. */
  purge(before: number, limit: number): number {
    let purged = 0
    for (const [path, time] of this.#tombstones) {
      if (purged === limit || time > before) break
      this.#tombstones.delete(path)
      this.#records.delete(path)
      this.paths.remove(path)
      this.changes.add({ type: 'compacted', path })
      purged++
    }
    return purged
  }

  log(name: string): EntryLog | undefined {
    return this.#logs.get(name)
  }

  append(name: string, bodies: readonly Uint8Array[], time: number, writeId?: string): AppendResult {
    const log = this.#logs.get(name) ?? new EntryLog()
    this.#logs.set(name, log)
    return log.append(bodies, time, writeId)
  }
}

function superseded(before: StoredRecord | undefined, keepVersions: number): readonly StoredHead[] {
  if (!before || keepVersions === 0) return []
  return [before.state.head, ...before.superseded.slice(0, keepVersions - 1)]
}
