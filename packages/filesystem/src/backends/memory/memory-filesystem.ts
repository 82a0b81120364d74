import { ChangeFeed } from '../../change-feed.ts'
import { Door } from '../../door.ts'
import { versionsToKeep } from '../../entry.ts'
import { prunedVersion } from '../../errors.ts'
import type {
  AppendResult,
  Capabilities,
  Change,
  Entry,
  Expectation,
  Filesystem,
  Head,
  HistoryOptions,
  HistoryPage,
  Limits,
  ListHead,
  ListItem,
  ListOptions,
  ListPage,
  LogPage,
  MaintainOptions,
  MaintainResult,
  OperationOptions,
  QueryItem,
  QueryOptions,
  QueryPage,
  ReadLogOptions,
  StoredHead,
  TransactResult,
  TransactStep,
  WatchOptions,
  WriteOptions,
  Writer,
  WriteResult,
} from '../../filesystem.ts'
import { DEFAULT_LIMITS, TOMBSTONE_MS_DEFAULT } from '../../filesystem.ts'
import { copyEntry, copyHead, copyTuple, listHead } from '../../head.ts'
import { applyWrite, judge } from '../../record-state.ts'
import type { Runtime } from '../../runtime.ts'
import { systemRuntime } from '../../runtime.ts'
import { sequenceOf } from '../../version.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import { processWriter } from '../../writer.ts'
import { ChangeRing } from './change-ring.ts'
import { MemoryStore } from './memory-store.ts'
import { judgeSteps, replayOf } from './transaction.ts'

export interface MemoryOptions {
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Recorded by writes that name no writer. */
  readonly writer?: Writer | undefined
  /** How long a tombstone is kept before `maintain` purges it, in milliseconds. Default {@link TOMBSTONE_MS_DEFAULT}. */
  readonly tombstoneMs?: number | undefined
}

/**
 * Records in the memory of one process: the reference that the other backends are compared with. Every write compares and
 * sets in one synchronous step, so no lock exists that a stalled caller could hold.
 */
export class MemoryFilesystem implements Filesystem {
  readonly #store: MemoryStore
  readonly #runtime: Runtime
  readonly #writer: Writer
  readonly #capabilities: Capabilities
  readonly #tombstoneMs: number
  readonly #door: Door

  private constructor(options: MemoryOptions) {
    this.#runtime = options.runtime ?? systemRuntime
    this.#writer = options.writer ?? processWriter()
    this.#capabilities = {
      backend: 'memory',
      cas: 'records',
      fusedConflict: true,
      blindWrites: true,
      crossProcess: false,
      durability: 'memory',
      history: true,
      query: 'index',
      log: true,
      transact: true,
      watch: true,
      maintain: true,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
    }
    this.#tombstoneMs = options.tombstoneMs ?? TOMBSTONE_MS_DEFAULT
    const { limits } = this.#capabilities
    this.#door = new Door(limits)
    this.#store = new MemoryStore(new ChangeRing(limits.watchBufferMax, this.#runtime.randomHex(4)))
  }

  static async open(options: MemoryOptions = {}): Promise<MemoryFilesystem> {
    return new MemoryFilesystem(options)
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#door.get(path, options)
    return copyHead(this.#store.head(path))
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#door.put(path, entry, expect, options)
    // Only a delete can find nothing to do.
    return this.#write({ type: 'put', path, entry, expect }, options) as WriteResult
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#door.delete(path, expect, options)
    return this.#write({ type: 'delete', path, expect }, options)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const limit = this.#door.list(prefix, options)
    const descending = options.order === 'descending'
    const children = options.depth === 'children'
    const paths = children
      ? this.#store.paths.children(prefix, options.after?.path, descending)
      : this.#store.paths.descendants(prefix, options.after?.path, descending)
    const items: ListItem[] = []
    for (const path of paths) {
      const item = this.#listItem(path, children, options)
      if (!item) continue
      if (items.length === limit) return { items, next: { path: items.at(-1)?.path ?? prefix } }
      items.push(item)
    }
    return { items }
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const limit = this.#door.history(path, options)
    const before = options.before ?? Number.POSITIVE_INFINITY
    const older = this.#store.versions(path).filter((head) => sequenceOf(head.version) < before)
    const versions = older.slice(0, limit).map((head) => listHead(head, options.bodies ?? false))
    const last = versions.at(-1)
    return older.length > limit && last ? { versions, next: sequenceOf(last.info.version) } : { versions }
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    this.#door.getVersion(path, sequence, options)
    const versions = this.#store.versions(path)
    const found = versions.find((head) => sequenceOf(head.version) === sequence)
    if (found) return { ...copyHead(found), ops: [] }
    const [newest] = versions
    if (!newest || sequence > sequenceOf(newest.version)) return undefined
    throw prunedVersion(path, sequence, sequenceOf(versions.at(-1)?.version ?? newest.version))
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const range = this.#door.query(collection, index, options)
    const items: QueryItem[] = []
    for (const { path, tuple } of this.#store.indexes.rows(collection, index, range)) {
      const head = this.#store.head(path)
      const last = items.at(-1)
      if (items.length === range.limit && last) return { items, next: { tuple: last.tuple, path: last.path } }
      if (head.state === 'live')
        items.push({ path, tuple: copyTuple(tuple), head: listHead(head, options.bodies ?? false) })
    }
    return { items }
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    this.#door.append(log, bodies, options)
    return this.#store.append(log, bodies, this.#runtime.wallMs())
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { after, limit } = this.#door.read(log, options)
    return this.#store.log(log)?.read(log, after, limit) ?? { entries: [] }
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    this.#door.trim(log, before, options)
    this.#store.log(log)?.trim(before)
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    this.#door.transact(steps, options)
    const writeId = options.writeId ?? this.#runtime.randomHex(16)
    const replayed = replayOf(this.#store, steps, writeId)
    if (replayed) return replayed
    judgeSteps(this.#store, steps, writeId)
    return steps.map((step) => {
      if (step.type === 'check') return undefined
      if (step.type === 'append') return this.#store.append(step.path, step.bodies, this.#runtime.wallMs(), writeId)
      return this.#write(step, { ...options, writeId })
    })
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    this.#door.watch(prefix)
    return new ChangeFeed(this, this.#store.changes, prefix, options, this.#door.closing)
  }

  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    const limit = this.#door.maintain(options)
    const removed = this.#store.purge(this.#runtime.wallMs() - this.#tombstoneMs, limit)
    return { removed, more: removed === limit }
  }

  async close(): Promise<void> {
    this.#door.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // Everything from judging to storing is one synchronous step: that is the compare-and-swap.
  #write(step: Exclude<TransactStep, { type: 'check' | 'append' }>, options: WriteOptions): WriteResult | undefined {
    const { type, path, expect } = step
    const entry = step.type === 'put' ? copyEntry(step.entry) : undefined
    const before = this.#store.state(path)
    const writeId = options.writeId ?? this.#runtime.randomHex(16)
    const verdict = judge(before, { entry, expect, writeId })
    if (verdict.type === 'nothing') return undefined
    if (verdict.type === 'replayed') return verdict.result
    if (verdict.type === 'mismatch') throw new VersionMismatch(type, path, expect, copyHead(verdict.current))
    const writer = options.writer ?? this.#writer
    const updates = options.updates ?? [{ writer }]
    const write = { entry, expect, writeId, writer, time: this.#runtime.wallMs(), updates }
    const state = applyWrite(before, write, () => this.#runtime.randomHex(8))
    this.#store.commit(path, state, versionsToKeep(options, this.#door.limits))
    return { version: state.head.version, writeId, replayed: false }
  }

  #listItem(path: string, children: boolean, options: ListOptions): ListItem | undefined {
    const stored = this.#store.state(path)?.head
    const shown = stored && (stored.state === 'live' || options.deleted === true)
    const head: ListHead | undefined = shown ? listHead(stored, options.bodies ?? false) : undefined
    const liveHere = stored?.state === 'live' ? 1 : 0
    const directory = children && this.#store.paths.liveAtOrBelow(path) > liveHere
    if (!head && !directory) return undefined
    return head ? { path, head, directory } : { path, directory }
  }
}
