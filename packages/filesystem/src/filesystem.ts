import type { Capabilities } from './capabilities.ts'
import type { Version } from './version.ts'

export { DEFAULT_LIMITS } from './capabilities.ts'
export type { Capabilities, Durability, Limits } from './capabilities.ts'

/**
 * The contract of every backend, of every decorator and of every view. There is no second driver interface.
 *
 * - **Atomicity.** A `put` or `delete` happens at one instant or not at all; no reader sees half of it. `transact`, where
 *   `capabilities(path).transact` says so, makes several steps one.
 * - **Visibility.** Per path, `get`, `put` and `delete` are linearizable across all processes that share the store: a
 *   `get` that starts after a write resolved sees that write or a later one.
 * - **Versions.** The first write of a path draws a generation; each write, deletes included, adds one to its sequence. A
 *   delete leaves a tombstone that carries a version, so no token is ever reused (see {@link Version}).
 * - **Preconditions.** A write states what it expects. A lost precondition throws `VersionMismatch` with the winner and
 *   writes nothing.
 * - **Order of `list`.** By the UTF-8 bytes of the whole path: `/a` < `/a-b` < `/a/b`.
 * - **Write ids.** Every write has a `writeId`. A backend that is given the same put again, same writeId, same expectation,
 *   resolves with the first version (`replayed: true`) as long as the write is among the last {@link WRITE_IDS_KEPT}.
 * - **Abort.** A signal that fires before the write is handed to the store rejects with `aborted` and nothing is written; one
 *   that fires later may be ignored, so an `aborted` never hides a write.
 * - **Close.** After `close()` every operation throws `closed`. Closing twice is harmless.
 * - **Limits.** Each filesystem checks its own limits (see {@link Limits}) before anything is written and throws `too-large`.
 * - **Missing operations.** None is optional: what a backend lacks throws `unsupported`, and `capabilities(path)` says so.
 */
export interface Filesystem extends AsyncDisposable {
  /** What holds at this path. Synchronous data. */
  capabilities(path: string): Capabilities

  /**
   * The current head: a live entry, a tombstone, or never written.
   *
   * @throws {FilesystemError} `corrupt` when the stored bytes fail their check.
   */
  get(path: string, options?: OperationOptions): Promise<Head>

  /**
   * Writes an entry under a precondition.
   *
   * @throws {VersionMismatch} when the precondition is lost.
   * @throws {FilesystemError} `too-large`, `unsupported`, or `unavailable` (with `retry: 'unknown'` when it may have landed).
   */
  put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult>

  /**
   * Replaces a live entry by a tombstone under a precondition. Deleting what is not live under `any` writes nothing and
   * resolves with `undefined`; under `version` a tombstone or a missing record is a lost precondition.
   *
   * @throws {VersionMismatch} when the precondition is lost.
   * @throws {FilesystemError} `invalid-argument` under `absent` and `unwritten`, which have nothing to delete.
   */
  delete(path: string, expect: Expectation, options?: WriteOptions): Promise<WriteResult | undefined>

  /** One page of the paths below `prefix` (`/` for the whole store). `prefix` itself is not listed. */
  list(prefix: string, options?: ListOptions): Promise<ListPage>

  /** One page of a declared index of a collection (the parent directory of its records), in tuple order. */
  query(collection: string, index: string, options?: QueryOptions): Promise<QueryPage>

  /**
   * Appends entries to a log: all or none, numbered densely from 1 in commit order; their bodies together stay within the
   * limit of one body. Logs have a name space of their own: a log
   * and a record at one path know nothing of each other, and `list` shows records only. After an `unavailable` with
   * `retry: 'unknown'` the entries may be in the log; read it to find out.
   */
  append(log: string, bodies: readonly Uint8Array[], options?: OperationOptions): Promise<AppendResult>

  /**
   * Entries of a log, oldest first. A tailing reader never skips one.
   *
   * @throws {CompactedError} when entries behind `after` were trimmed; go on from `oldest - 1`.
   */
  read(log: string, options?: ReadLogOptions): Promise<LogPage>

  /** Forgets the entries of a log before a sequence number, all when it lies behind the end. The numbering goes on. */
  trim(log: string, before: number, options?: OperationOptions): Promise<void>

  /**
   * Several steps over distinct paths, all or none. Resolves with one result per step: that of the put, delete or append,
   * `undefined` for a check and for a delete that found nothing. The `writeId` names the whole: the same transact given again
   * resolves with its first results, as long as one of the records or logs it wrote remembers it (`undefined` for a step
   * whose own record no longer does).
   *
   * @throws {VersionMismatch} for the first step whose precondition is lost; `step` is its index.
   */
  transact(steps: readonly TransactStep[], options?: WriteOptions): Promise<readonly TransactResult[]>

  /** Retained versions, newest first, the head included. */
  history(path: string, options?: HistoryOptions): Promise<HistoryPage>

  /**
   * One retained version by its sequence; `undefined` when it never existed.
   *
   * @throws {CompactedError} when it existed and its body was pruned.
   */
  getVersion(path: string, sequence: number, options?: OperationOptions): Promise<StoredHead | undefined>

  /**
   * Changes of records below a prefix, other processes' included: at least once, in order per path, resumable by the cursor
   * of the last change seen. Of several versions of a path in quick succession only the last need be told. Begins when first
   * iterated: without `after`, with what is written from the store's first answer on. Where changes cannot be told one by one
   * (a cursor too old, a buffer that overflowed) it yields `gap`, then a `put` for each live record and a `delete` for each
   * tombstone below the prefix, then goes on. The signal ends the iteration; closing the filesystem ends it with `closed`.
   */
  watch(prefix: string, options?: WatchOptions): AsyncIterable<Change>

  /** Bounded housekeeping: expired tombstones, superseded versions, stale temporary files. */
  maintain(options?: MaintainOptions): Promise<MaintainResult>

  close(): Promise<void>
}

/** Backends keep the (sequence, writeId) pairs and the opIds of at least this many last versions of every record. */
export const WRITE_IDS_KEPT = 128

/** How long a tombstone is kept, 24 hours in milliseconds. While it is there, a late duplicate of an old write is recognised. */
export const TOMBSTONE_MS_DEFAULT: number = 24 * 60 * 60 * 1000

export interface OperationOptions {
  readonly signal?: AbortSignal | undefined
  /** `critical` operations, such as the heartbeat of a lease, use capacity that others cannot take. Default `normal`. */
  readonly lane?: Lane | undefined
}

export type Lane = 'normal' | 'critical'

export interface WriteOptions extends OperationOptions {
  /** 128 random bits as 32 hex digits, naming this one write. Drawn when absent. */
  readonly writeId?: string | undefined
  /** How many superseded bodies to retain; 0 purges them in the same step. Default: {@link KEEP_VERSIONS_DEFAULT}. */
  readonly keepVersions?: number | undefined
  readonly writer?: Writer | undefined
  /** The updates folded into this write. Default: one without opId. */
  readonly updates?: readonly UpdateInfo[] | undefined
}

/** Superseded bodies that a write retains when it does not say. */
export const KEEP_VERSIONS_DEFAULT = 16

/** Who wrote a version. */
export interface Writer {
  readonly service: string
  readonly host: string
  readonly pid: number
}

/** One update folded into a version. */
export interface UpdateInfo {
  readonly opId?: string | undefined
  readonly writer?: Writer | undefined
}

/** What a write expects of the head. Made by `anything`, `absent`, `unwritten` and `atVersion`. */
export type Expectation =
  /** Whatever is there: a blind overwrite, for administration and backfill. */
  | { readonly type: 'any' }
  /** No live entry: a tombstone or never written. For callers who did not read. */
  | { readonly type: 'absent' }
  /** Never written: neither an entry nor a tombstone. */
  | { readonly type: 'unwritten' }
  /** Exactly this version, live or tombstone. */
  | { readonly type: 'version'; readonly version: Version }

/** Stored bytes and what the store may know about them. An entry with a `kind` is a record. */
export interface Entry {
  readonly body: Uint8Array
  readonly contentType: string
  /** snake_case identifier of the record type. A byte-only backend refuses it. */
  readonly kind?: string | undefined
  /** The number of the record type's shape, 1 and up. */
  readonly schemaVersion?: number | undefined
  /** Index name → tuple, for the declared indexes in which this record has a row. */
  readonly tuples?: Readonly<Record<string, Tuple>> | undefined
}

/** Elements order as null < boolean < number < string < bytes. */
export type TupleElement = null | boolean | number | string | Uint8Array
export type Tuple = readonly TupleElement[]

/** Who, when, what of one version. */
export interface VersionInfo {
  readonly version: Version
  readonly writeId: string
  readonly writer: Writer
  /** Milliseconds since the epoch by the writer's clock (the server's on postgres). Orders nothing. */
  readonly time: number
  /** Body bytes; 0 for a tombstone. */
  readonly size: number
  /** The updates folded into this version, at least one. */
  readonly updates: readonly UpdateInfo[]
}

/** An opId that is in the record, and the first version that holds it. */
export interface AppliedOp {
  readonly opId: string
  readonly version: Version
}

export type Head = LiveHead | DeletedHead | UnwrittenHead
export type StoredHead = LiveHead | DeletedHead

export interface LiveHead {
  readonly state: 'live'
  readonly version: Version
  readonly entry: Entry
  readonly info: VersionInfo
  /** The opIds of the last {@link WRITE_IDS_KEPT} versions, newest first. Empty in `history` and `getVersion`. */
  readonly ops: readonly AppliedOp[]
}

export interface DeletedHead {
  readonly state: 'deleted'
  readonly version: Version
  readonly info: VersionInfo
  readonly ops: readonly AppliedOp[]
}

export interface UnwrittenHead {
  readonly state: 'unwritten'
}

export interface WriteResult {
  readonly version: Version
  readonly writeId: string
  /** True when this writeId was already in the record: the first write's version is returned, nothing was written. */
  readonly replayed: boolean
}

export interface ListOptions extends OperationOptions {
  /** `children`: direct children only. `descendants` (default): everything below. */
  readonly depth?: 'children' | 'descendants' | undefined
  readonly order?: 'ascending' | 'descending' | undefined
  /** Keyset cursor: the page continues strictly behind this path. */
  readonly after?: PathCursor | undefined
  /** 1 to the limit of the backend; default {@link PAGE_SIZE_DEFAULT}. */
  readonly limit?: number | undefined
  /** Include bodies and entry metadata. Default false. */
  readonly bodies?: boolean | undefined
  /** Include tombstones. Default false. */
  readonly deleted?: boolean | undefined
}

export const PAGE_SIZE_DEFAULT = 100

export interface PathCursor {
  readonly path: string
}

/** A record of a page, or, at depth `children`, a directory that has records below it. A path can be both. */
export interface ListItem {
  readonly path: string
  /** Set when a record (or, with `deleted`, a tombstone) is stored at the path itself. */
  readonly head?: ListHead | undefined
  /** True when something live is stored below the path. Only computed at depth `children`. */
  readonly directory: boolean
}

export interface ListHead {
  readonly state: 'live' | 'deleted'
  readonly info: VersionInfo
  readonly contentType?: string | undefined
  readonly kind?: string | undefined
  readonly schemaVersion?: number | undefined
  /** Set when bodies were asked for and the head is live. */
  readonly entry?: Entry | undefined
}

export interface ListPage {
  readonly items: readonly ListItem[]
  /** Set when there may be more. */
  readonly next?: PathCursor | undefined
}

export interface TupleRange {
  /** Tuples that start with these elements. */
  readonly prefix?: Tuple | undefined
  /** Inclusive lower bound. */
  readonly from?: Tuple | undefined
  /** Exclusive upper bound. */
  readonly to?: Tuple | undefined
}

export interface TupleCursor extends PathCursor {
  readonly tuple: Tuple
}

export interface QueryOptions extends OperationOptions {
  readonly range?: TupleRange | undefined
  readonly order?: 'ascending' | 'descending' | undefined
  readonly after?: TupleCursor | undefined
  readonly limit?: number | undefined
  readonly bodies?: boolean | undefined
}

export interface QueryItem {
  readonly path: string
  readonly tuple: Tuple
  readonly head: ListHead
}

export interface QueryPage {
  readonly items: readonly QueryItem[]
  readonly next?: TupleCursor | undefined
}

export interface AppendResult {
  readonly first: number
  readonly last: number
}

export interface ReadLogOptions extends OperationOptions {
  /** The page starts strictly behind this sequence number; 0 for the very first. Default: with the oldest retained. */
  readonly after?: number | undefined
  readonly limit?: number | undefined
}

export interface LogEntry {
  readonly sequence: number
  readonly body: Uint8Array
  readonly time: number
}

export interface LogPage {
  readonly entries: readonly LogEntry[]
  readonly next?: number | undefined
}

export type TransactResult = WriteResult | AppendResult | undefined

export type TransactStep =
  | { readonly type: 'check'; readonly path: string; readonly expect: Expectation }
  | { readonly type: 'put'; readonly path: string; readonly entry: Entry; readonly expect: Expectation }
  | { readonly type: 'delete'; readonly path: string; readonly expect: Expectation }
  | { readonly type: 'append'; readonly path: string; readonly bodies: readonly Uint8Array[] }

export interface HistoryOptions extends OperationOptions {
  /** The page starts strictly below this sequence. */
  readonly before?: number | undefined
  readonly limit?: number | undefined
  readonly bodies?: boolean | undefined
}

export interface HistoryPage {
  readonly versions: readonly ListHead[]
  /** The `before` of the next page, set when there may be more. */
  readonly next?: number | undefined
}

export interface WatchOptions extends OperationOptions {
  /** Opaque per mount. A backend that cannot resume from it yields `gap` first, then current heads. */
  readonly after?: string | undefined
}

export type Change =
  | { readonly type: 'put' | 'delete'; readonly path: string; readonly version: Version; readonly cursor: string }
  | { readonly type: 'gap'; readonly cursor: string }
  /** The tombstone of the path was purged: it is as if never written. */
  | { readonly type: 'compacted'; readonly path: string; readonly cursor: string }

export interface MaintainOptions extends OperationOptions {
  /** How many items this call may remove at the most. Default {@link MAINTAIN_LIMIT_DEFAULT}. */
  readonly limit?: number | undefined
}

export const MAINTAIN_LIMIT_DEFAULT = 1000

export interface MaintainResult {
  readonly removed: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}
