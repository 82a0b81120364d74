import {
  checkDeleteExpectation,
  checkEntry,
  checkSignal,
  checkWriteOptions,
  closedError,
  pageSize,
  unsupported,
} from '../entry.ts'
import { CompactedError, type FilesystemError } from '../errors.ts'
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
  MaintainResult,
  OperationOptions,
  QueryPage,
  StoredHead,
  WriteOptions,
  Writer,
  WriteResult,
} from '../filesystem.ts'
import { DEFAULT_LIMITS, KEEP_VERSIONS_DEFAULT, PAGE_SIZE_DEFAULT } from '../filesystem.ts'
import { copyEntry, copyHead, listHead } from '../head.ts'
import { checkPath, checkPrefix } from '../path.ts'
import type { RecordState } from '../record-state.ts'
import { applyWrite, judge } from '../record-state.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import { sequenceOf } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { processWriter } from '../writer.ts'
import { PathIndex } from './memory-path-index.ts'

export interface MemoryOptions {
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Recorded by writes that name no writer. */
  readonly writer?: Writer | undefined
}

interface StoredRecord {
  readonly state: RecordState
  /** Newest first, the head excluded. */
  readonly superseded: readonly StoredHead[]
}

/**
 * Records in the memory of one process: the reference that the other backends are compared with. Every write compares and
 * sets in one synchronous step, so no lock exists that a stalled caller could hold.
 */
export class MemoryFilesystem implements Filesystem {
  readonly #records = new Map<string, StoredRecord>()
  readonly #index = new PathIndex()
  readonly #runtime: Runtime
  readonly #writer: Writer
  readonly #capabilities: Capabilities
  #closed = false

  private constructor(options: MemoryOptions) {
    this.#runtime = options.runtime ?? systemRuntime
    this.#writer = options.writer ?? processWriter()
    this.#capabilities = {
      backend: 'memory',
      cas: 'record',
      fusedConflict: true,
      crossProcess: false,
      durability: 'memory',
      history: true,
      query: 'none',
      log: false,
      transact: false,
      watch: false,
      maintain: false,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
    }
  }

  static async open(options: MemoryOptions = {}): Promise<MemoryFilesystem> {
    return new MemoryFilesystem(options)
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#enter('get', path, options)
    return copyHead(this.#records.get(path)?.state.head ?? { state: 'unwritten' })
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#enter('put', path, options)
    checkEntry(path, entry, this.#capabilities.limits)
    return this.#write('put', path, copyEntry(entry), expect, options)
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#enter('delete', path, options)
    checkDeleteExpectation(path, expect)
    const state = this.#records.get(path)?.state
    const writeId = options.writeId
    const replay = writeId !== undefined && state?.writeIds.includes(writeId) === true
    if (state?.head.state !== 'live' && !replay) {
      if (expect.type === 'any') return undefined
      throw new VersionMismatch('delete', path, expect, copyHead(state?.head ?? { state: 'unwritten' }))
    }
    return this.#write('delete', path, undefined, expect, options)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    this.#enter('list', prefix, options, checkPrefix)
    const limit = pageSize('list', prefix, options.limit, PAGE_SIZE_DEFAULT, this.#capabilities.limits)
    const descending = options.order === 'descending'
    const children = options.depth === 'children'
    const paths = children
      ? this.#index.children(prefix, options.after?.path, descending)
      : this.#index.descendants(prefix, options.after?.path, descending)
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
    this.#enter('history', path, options)
    const limit = pageSize('history', path, options.limit, PAGE_SIZE_DEFAULT, this.#capabilities.limits)
    const before = options.before ?? Number.POSITIVE_INFINITY
    const older = this.#versionsOf(path).filter((head) => sequenceOf(head.version) < before)
    const versions = older.slice(0, limit).map((head) => listHead(head, options.bodies ?? false))
    const last = versions.at(-1)
    return older.length > limit && last ? { versions, next: sequenceOf(last.info.version) } : { versions }
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    this.#enter('getVersion', path, options)
    const versions = this.#versionsOf(path)
    const found = versions.find((head) => sequenceOf(head.version) === sequence)
    if (found) return { ...copyHead(found), ops: [] }
    const [newest] = versions
    if (!newest || sequence < 1 || sequence > sequenceOf(newest.version)) return undefined
    throw new CompactedError(path, sequence, sequenceOf(versions.at(-1)?.version ?? newest.version))
  }

  async query(collection: string): Promise<QueryPage> {
    throw this.#lacks('query', collection)
  }

  async append(log: string): Promise<AppendResult> {
    throw this.#lacks('append', log)
  }

  async read(log: string): Promise<LogPage> {
    throw this.#lacks('read', log)
  }

  async trim(log: string): Promise<void> {
    throw this.#lacks('trim', log)
  }

  async transact(): Promise<readonly (WriteResult | undefined)[]> {
    throw this.#lacks('transact', '/')
  }

  watch(prefix: string): AsyncIterable<Change> {
    throw this.#lacks('watch', prefix)
  }

  async maintain(): Promise<MaintainResult> {
    throw this.#lacks('maintain', '/')
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #enter(operation: string, path: string, options: OperationOptions, check = checkPath): void {
    if (this.#closed) throw closedError(operation, path)
    check(path, operation, this.#capabilities.limits)
    checkSignal(operation, path, options.signal)
  }

  #lacks(operation: string, path: string): FilesystemError {
    return this.#closed ? closedError(operation, path) : unsupported('memory', operation, path)
  }

  // Everything from judging to storing is one synchronous step: that is the compare-and-swap.
  #write(
    operation: string,
    path: string,
    entry: Entry | undefined,
    expect: Expectation,
    options: WriteOptions,
  ): WriteResult {
    checkWriteOptions(operation, path, options, this.#capabilities.limits)
    const stored = this.#records.get(path)
    const writeId = options.writeId ?? this.#runtime.randomHex(16)
    const verdict = judge(stored?.state, { expect, writeId })
    if (verdict.type === 'replayed') return verdict.result
    if (verdict.type === 'mismatch') throw new VersionMismatch(operation, path, expect, copyHead(verdict.current))
    const writer = options.writer ?? this.#writer
    const updates = options.updates ?? [{ writer }]
    const write = { entry, expect, writeId, writer, time: this.#runtime.wallMs(), updates }
    const state = applyWrite(stored?.state, write, () => this.#runtime.randomHex(8))
    this.#store(path, stored, state, options.keepVersions ?? KEEP_VERSIONS_DEFAULT)
    return { version: state.head.version, writeId, replayed: false }
  }

  #store(path: string, previous: StoredRecord | undefined, state: RecordState, keepVersions: number): void {
    const older = previous ? [previous.state.head, ...previous.superseded] : []
    this.#records.set(path, { state, superseded: older.slice(0, keepVersions) })
    if (!previous) this.#index.add(path)
    const wasLive = previous?.state.head.state === 'live'
    const isLive = state.head.state === 'live'
    if (wasLive !== isLive) this.#index.countLive(path, isLive ? 1 : -1)
  }

  #versionsOf(path: string): readonly StoredHead[] {
    const stored = this.#records.get(path)
    return stored ? [stored.state.head, ...stored.superseded] : []
  }

  #listItem(path: string, children: boolean, options: ListOptions): ListItem | undefined {
    const stored = this.#records.get(path)?.state.head
    const shown = stored && (stored.state === 'live' || options.deleted === true)
    const head: ListHead | undefined = shown ? listHead(stored, options.bodies ?? false) : undefined
    const liveHere = stored?.state === 'live' ? 1 : 0
    const directory = children && this.#index.liveAtOrBelow(path) > liveHere
    if (!head && !directory) return undefined
    return head ? { path, head, directory } : { path, directory }
  }
}
