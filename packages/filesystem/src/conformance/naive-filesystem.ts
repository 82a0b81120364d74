import { CompactedError } from '../errors.ts'
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
  ListItem,
  ListOptions,
  ListPage,
  LogPage,
  MaintainResult,
  QueryOptions,
  QueryPage,
  ReadLogOptions,
  StoredHead,
  TransactResult,
  TransactStep,
  WriteOptions,
  WriteResult,
} from '../filesystem.ts'
import { DEFAULT_LIMITS } from '../filesystem.ts'
import { unsupported } from '../refusals.ts'
import { sequenceOf } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { byBytes, selectRows } from './naive-order.ts'
import { NaiveRecord } from './naive-record.ts'

interface NaiveLog {
  readonly log: string
  readonly bodies: Uint8Array[]
  /** How many of the bodies are trimmed. */
  trimmed: number
  readonly batches: { readonly writeId: string | undefined; readonly result: AppendResult }[]
}

/**
 * The contract in arrays that are searched from end to end: slow, without an index, a ring or a limit, and sharing no code
 * with the backends. It checks nothing of its arguments, watches nothing and keeps every tombstone.
 */
export class NaiveFilesystem implements Filesystem {
  readonly #records: NaiveRecord[] = []
  readonly #logs: NaiveLog[] = []

  capabilities(): Capabilities {
    return {
      backend: 'naive',
      cas: 'records',
      fusedConflict: true,
      blindWrites: true,
      crossProcess: false,
      durability: 'memory',
      history: true,
      query: 'scan',
      log: true,
      transact: true,
      watch: false,
      maintain: true,
      limits: DEFAULT_LIMITS,
    }
  }

  async get(path: string): Promise<Head> {
    return this.#record(path).head()
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#judge({ type: 'put', path, entry, expect }, options)
    return this.#record(path).replay(options.writeId) ?? this.#record(path).add(entry, options)
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#judge({ type: 'delete', path, expect }, options)
    return this.#erase(path, options)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const direction = options.order === 'descending' ? -1 : 1
    const order = (a: string, b: string) => direction * byBytes(a, b)
    const { after, limit } = options
    const paths = options.depth === 'children' ? this.#children(prefix) : this.#below(prefix).map(({ path }) => path)
    const items = paths
      .filter((path) => !after || order(path, after.path) > 0)
      .toSorted(order)
      .flatMap((path) => this.#item(path, options))
    return { items: items.slice(0, limit ?? 100) }
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const rows = this.#below(collection).flatMap((record) => {
      const head = record.head()
      const tuple = head.state === 'live' ? head.entry.tuples?.[index] : undefined
      const isDirect = parentOf(record.path) === collection
      const listed = record.listHead(options.bodies ?? false)
      return tuple && isDirect && listed ? [{ path: record.path, tuple, head: listed }] : []
    })
    return { items: selectRows(rows, options).slice(0, options.limit ?? 100) }
  }

  async append(log: string, bodies: readonly Uint8Array[]): Promise<AppendResult> {
    return this.#append(log, bodies, undefined)
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { bodies, trimmed } = this.#log(log)
    const after = options.after ?? trimmed
    if (after < trimmed) throw new CompactedError('read', log, `entries behind ${after} were trimmed`, trimmed + 1)
    const page = bodies.slice(after, after + (options.limit ?? 100))
    return { entries: page.map((body, n) => ({ sequence: after + n + 1, body, time: 0 })) }
  }

  async trim(log: string, before: number): Promise<void> {
    const found = this.#log(log)
    found.trimmed = Math.min(found.bodies.length, Math.max(found.trimmed, before - 1))
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    const replayed = steps.map((step) => this.#replay(step, options.writeId))
    if (replayed.some((result) => result !== undefined)) return replayed
    for (const [n, step] of steps.entries()) this.#judge(step, options, n)
    return steps.map((step) => {
      if (step.type === 'check') return undefined
      if (step.type === 'append') return this.#append(step.path, step.bodies, options.writeId)
      return step.type === 'put' ? this.#record(step.path).add(step.entry, options) : this.#erase(step.path, options)
    })
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const before = options.before ?? Number.POSITIVE_INFINITY
    const versions = this.#record(path).history(options.bodies ?? false)
    return { versions: versions.filter(({ info }) => sequenceOf(info.version) < before).slice(0, options.limit ?? 100) }
  }

  async getVersion(path: string, sequence: number): Promise<StoredHead | undefined> {
    return this.#record(path).version(sequence)
  }

  watch(prefix: string): AsyncIterable<Change> {
    throw unsupported('naive', 'watch', prefix)
  }

  async maintain(): Promise<MaintainResult> {
    return { removed: 0, more: false }
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  #record(path: string): NaiveRecord {
    const found = this.#records.find((record) => record.path === path)
    if (found) return found
    const record = new NaiveRecord(path)
    this.#records.push(record)
    return record
  }

  #log(log: string): NaiveLog {
    const found = this.#logs.find((each) => each.log === log)
    if (found) return found
    const made = { log, bodies: [], trimmed: 0, batches: [] }
    this.#logs.push(made)
    return made
  }

  #append(log: string, bodies: readonly Uint8Array[], writeId: string | undefined): AppendResult {
    const found = this.#log(log)
    const result = { first: found.bodies.length + 1, last: found.bodies.length + bodies.length }
    found.bodies.push(...bodies)
    found.batches.push({ writeId, result })
    return result
  }

  #erase(path: string, options: WriteOptions): WriteResult | undefined {
    const record = this.#record(path)
    return (
      record.replay(options.writeId) ?? (record.head().state === 'live' ? record.add(undefined, options) : undefined)
    )
  }

  #replay(step: TransactStep, writeId: string | undefined): TransactResult {
    if (step.type === 'check' || writeId === undefined) return undefined
    if (step.type !== 'append') return this.#record(step.path).replay(writeId)
    return this.#log(step.path).batches.find((batch) => batch.writeId === writeId)?.result
  }

  #judge(step: TransactStep, { writeId }: WriteOptions, index?: number): void {
    if (step.type === 'append') return
    const record = this.#record(step.path)
    if (step.type !== 'check' && record.replay(writeId)) return
    const isDeletable = step.type !== 'delete' || step.expect.type === 'any' || record.head().state === 'live'
    if (record.isMetBy(step.expect) && isDeletable) return
    throw new VersionMismatch(step.type, step.path, step.expect, record.head(), index)
  }

  #below(prefix: string): NaiveRecord[] {
    const start = prefix === '/' ? '/' : `${prefix}/`
    return this.#records.filter(({ path }) => path.startsWith(start))
  }

  #children(prefix: string): string[] {
    const depth = prefix === '/' ? 2 : prefix.split('/').length + 1
    return [...new Set(this.#below(prefix).map(({ path }) => path.split('/').slice(0, depth).join('/')))]
  }

  #item(path: string, options: ListOptions): ListItem[] {
    const listed = this.#record(path).listHead(options.bodies ?? false)
    const isShown = listed?.state === 'live' || options.deleted === true
    const directory = options.depth === 'children' && this.#below(path).some((record) => record.head().state === 'live')
    if (!directory && !(listed && isShown)) return []
    return [{ path, directory, ...(listed && isShown ? { head: listed } : {}) }]
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
