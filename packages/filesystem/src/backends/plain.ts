import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { Door, readOnlyRules } from '../door.ts'
import { checkSignal } from '../entry.ts'
import { FilesystemError } from '../errors.ts'
import { fileError, isErrno } from '../files/file-errors.ts'
import { isTemporary } from '../files/temporary.ts'
import type {
  AppendResult,
  Capabilities,
  Change,
  Entry,
  Expectation,
  Filesystem,
  Head,
  HistoryPage,
  Limits,
  ListItem,
  ListOptions,
  ListPage,
  LogPage,
  MaintainOptions,
  MaintainResult,
  OperationOptions,
  QueryPage,
  StoredHead,
  TransactResult,
  VersionInfo,
  WriteOptions,
  Writer,
  WriteResult,
} from '../filesystem.ts'
import { DEFAULT_LIMITS } from '../filesystem.ts'
import { listHead } from '../head.ts'
import { ROOT } from '../path.ts'
import { invalid, tooLarge, unsupported } from '../refusals.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import { UNVERSIONED } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { PlainRoot } from './plain-root.ts'
import { walk } from './plain-walk.ts'

export interface PlainOptions {
  /** Directory of the store; created when missing. */
  readonly root: string
  /** Mode of new files, exactly. Files that are replaced keep their own. Default 0600: only this user reads them. */
  readonly fileMode?: number | undefined
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
  /**
   * Opens a directory that is there, for reading only: nothing is created or synced, and every write is refused as
   * `unsupported`. Default false.
   */
  readonly readOnly?: boolean | undefined
  /** Accepted so that all backends open alike; files do not record who wrote them. */
  readonly writer?: Writer | undefined
}

/** The content type of everything that is read: files keep none. */
export const PLAIN_CONTENT_TYPE = 'application/octet-stream'
/** The writeId of everything that is read: files keep none, so a repeated write is not recognised. */
export const PLAIN_WRITE_ID: string = '0'.repeat(32)

/**
 * Bytes in files at their own names, shared with other tools. There is no compare-and-swap: `any` replaces a file atomically
 * and `absent` lets exactly one creator win; every other expectation, and every entry with a kind, a schemaVersion or
 * tuples, is refused before anything is touched. Heads carry `UNVERSIONED`, a content type of octets, a writeId of zeros,
 * the file's owner as the writer's service (`uid-1000`) and its time of modification.
 *
 * A name is a file or a directory, never both; a delete removes the directories that it leaves empty, so their names are free
 * again. Symbolic links, devices and pipes are refused and not listed. A file above the limit of a body is refused by `get`, and
 * as the `current` of a lost precondition it has its size and an empty body. Where `list` is asked for bodies, a page ends before
 * a file that it cannot show; the next page begins with the error, whose `path` can be given as the cursor to go on behind it.
 *
 * Files are written by `writeFileAtomic` of `@latchless/filesystem/files`, which says what a replaced file keeps. Its temporary
 * files are never listed; what a crash left of them is removed by a later write in their directory, and by `maintain`.
 */
export class PlainFilesystem implements Filesystem {
  readonly #root: PlainRoot
  readonly #runtime: Runtime
  readonly #capabilities: Capabilities
  readonly #door: Door

  private constructor(root: PlainRoot, runtime: Runtime, limits: Limits, readOnly: boolean) {
    this.#root = root
    this.#runtime = runtime
    this.#capabilities = {
      backend: 'plain',
      cas: 'none',
      fusedConflict: true,
      blindWrites: !readOnly,
      crossProcess: true,
      durability: 'disk',
      history: false,
      query: 'none',
      log: false,
      transact: false,
      watch: false,
      maintain: !readOnly,
      limits,
    }
    this.#door = new Door(limits, { path: refuseTemporary, ...(readOnly ? readOnlyRules('plain') : {}) })
  }

  /** @throws {FilesystemError} `unavailable` or `unsupported` when the root is not a directory that can be used. */
  static async open(options: PlainOptions): Promise<PlainFilesystem> {
    const runtime = options.runtime ?? systemRuntime
    const readOnly = options.readOnly ?? false
    try {
      const root = await PlainRoot.open({ root: options.root, runtime, fileMode: options.fileMode, readOnly })
      return new PlainFilesystem(root, runtime, { ...DEFAULT_LIMITS, ...options.limits }, readOnly)
    } catch (error) {
      throw fileError('open', '/', error)
    }
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#door.get(path, options)
    return this.#head('get', path)
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#door.put(path, entry, expect, options)
    this.#refuseRecord(path, entry)
    this.#refuseVersions('put', path, expect)
    // Copied now: the caller may change its bytes as soon as put() has returned its promise.
    const body = Uint8Array.from(entry.body)
    await this.#write(path, body, expect, options.signal)
    return { version: UNVERSIONED, writeId: options.writeId ?? this.#runtime.randomHex(16), replayed: false }
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#door.delete(path, expect, options)
    this.#refuseVersions('delete', path, expect)
    try {
      if (!(await this.#root.remove(path))) return undefined
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
      throw fileError('delete', path, error)
    }
    return { version: UNVERSIONED, writeId: options.writeId ?? this.#runtime.randomHex(16), replayed: false }
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const limit = this.#door.list(prefix, options)
    const found = walk(this.#root, prefix, {
      depth: options.depth ?? 'descendants',
      descending: options.order === 'descending',
      after: options.after?.path,
    })
    const items: ListItem[] = []
    for await (const { path, directory } of found) {
      const last = items.at(-1)
      try {
        const item = directory ? { path, directory } : await this.#fileItem(path, options.bodies ?? false)
        if (!item) continue
        if (last && items.length === limit) return { items, next: { path: last.path } }
        items.push(item)
      } catch (error) {
        // What lies before a file that cannot be read is still told. The next page begins with the error, whose path is that
        // of the file: the cursor with which a caller goes on behind it.
        if (last) return { items, next: { path: last.path } }
        throw error
      }
    }
    return { items }
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

  async transact(): Promise<readonly TransactResult[]> {
    throw this.#lacks('transact', '/')
  }

  async history(path: string): Promise<HistoryPage> {
    throw this.#lacks('history', path)
  }

  async getVersion(path: string): Promise<StoredHead | undefined> {
    throw this.#lacks('getVersion', path)
  }

  watch(prefix: string): AsyncIterable<Change> {
    throw this.#lacks('watch', prefix)
  }

  /** Removes temporary files that dead writers left anywhere below the root. */
  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    const limit = this.#door.maintain(options)
    const check = () => checkSignal('maintain', ROOT, options.signal)
    try {
      return await this.#root.sweep(limit, check)
    } catch (error) {
      throw fileError('maintain', '/', error)
    }
  }

  async close(): Promise<void> {
    this.#door.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #lacks(operation: string, path: string): FilesystemError {
    this.#door.checkOpen(operation, path)
    return unsupported('plain', operation, path)
  }

  #refuseRecord(path: string, { kind, schemaVersion, tuples }: Entry): void {
    if (kind === undefined && schemaVersion === undefined && tuples === undefined) return
    throw unsupported(
      'plain',
      'put',
      path,
      'the plain backend stores bytes only, expected an entry that is not a record',
    )
  }

  #refuseVersions(operation: string, path: string, expect: Expectation): void {
    if (expect.type === 'any' || expect.type === 'absent') return
    throw unsupported(
      'plain',
      operation,
      path,
      `the plain backend has no versions, expected the expectation "any"${operation === 'put' ? ' or "absent"' : ''}, found "${expect.type}"`,
    )
  }

  async #head(operation: string, path: string, above: 'refuse' | 'cut' = 'refuse'): Promise<Head> {
    const { bodyBytesMax } = this.#capabilities.limits
    try {
      const handle = await this.#root.openFile(operation, path)
      if (!handle) return { state: 'unwritten' }
      try {
        const stats = await handle.stat()
        if (stats.size > bodyBytesMax && above === 'cut') return liveHead(new Uint8Array(), infoOf(stats))
        if (stats.size > bodyBytesMax) {
          throw tooLarge(operation, path, `the file of ${stats.size} bytes exceeds the limit of ${bodyBytesMax}`)
        }
        const body = new Uint8Array(await handle.readFile())
        return liveHead(body, { ...infoOf(stats), size: body.length })
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { state: 'unwritten' }
      throw fileError(operation, path, error)
    }
  }

  async #write(path: string, body: Uint8Array, expect: Expectation, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      try {
        return await this.#root.write({ path, body, exclusive: expect.type === 'absent', signal })
      } catch (error) {
        if (!(error instanceof FilesystemError && error.code === 'conflict')) throw fileError('put', path, error)
        const current = await this.#head('put', path, 'cut')
        if (current.state === 'live') throw new VersionMismatch('put', path, expect, current)
        // The file was deleted in between, so the way is free again.
      }
    }
  }

  async #fileItem(path: string, bodies: boolean): Promise<ListItem | undefined> {
    if (bodies) {
      const head = await this.#head('list', path)
      return head.state === 'live' ? { path, head: listHead(head, true), directory: false } : undefined
    }
    try {
      const stats = await lstat(this.#root.hostPath(path))
      if (!stats.isFile()) return undefined
      return { path, head: { state: 'live', info: infoOf(stats), contentType: PLAIN_CONTENT_TYPE }, directory: false }
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
      throw fileError('list', path, error)
    }
  }
}

function refuseTemporary(operation: string, path: string): void {
  if (!path.split('/').some(isTemporary)) return
  throw invalid(operation, path, 'it has a segment that names a temporary file')
}

function infoOf(stats: Stats): VersionInfo {
  const writer = { service: `uid-${stats.uid}`, host: '', pid: 0 }
  const time = Math.round(stats.mtimeMs)
  return { version: UNVERSIONED, writeId: PLAIN_WRITE_ID, writer, time, size: stats.size, updates: [{}] }
}

function liveHead(body: Uint8Array, info: VersionInfo): Head {
  return { state: 'live', version: UNVERSIONED, entry: { body, contentType: PLAIN_CONTENT_TYPE }, info, ops: [] }
}
