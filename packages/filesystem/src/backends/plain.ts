import type { Stats } from 'node:fs'
import { link, lstat, rename, unlink } from 'node:fs/promises'
import {
  checkDeleteExpectation,
  checkEntry,
  checkSignal,
  checkWriteOptions,
  closedError,
  pageSize,
  unsupported,
} from '../entry.ts'
import { FilesystemError } from '../errors.ts'
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
  MaintainResult,
  OperationOptions,
  QueryPage,
  StoredHead,
  VersionInfo,
  WriteOptions,
  Writer,
  WriteResult,
} from '../filesystem.ts'
import { DEFAULT_LIMITS, PAGE_SIZE_DEFAULT } from '../filesystem.ts'
import { listHead } from '../head.ts'
import { checkPath, checkPrefix } from '../path.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import { UNVERSIONED } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'
import { isErrno, notRegular, plainError } from './plain-errors.ts'
import { isTemporary, PlainRoot } from './plain-root.ts'
import { walk } from './plain-walk.ts'

export interface PlainOptions {
  /** Directory of the store; created when missing. */
  readonly root: string
  readonly runtime?: Runtime | undefined
  readonly limits?: Partial<Limits> | undefined
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
 * A name is a file or a directory, never both. Symbolic links, devices and pipes are refused and not listed. Files keep
 * their mode when replaced. Temporary files (`.<name>.<16 hex digits>.tmp`) are never listed; what a crash left of them is
 * removed after an hour by the first write that an opened store makes in their directory.
 */
export class PlainFilesystem implements Filesystem {
  readonly #root: PlainRoot
  readonly #runtime: Runtime
  readonly #capabilities: Capabilities
  #closed = false

  private constructor(root: PlainRoot, runtime: Runtime, limits: Limits) {
    this.#root = root
    this.#runtime = runtime
    this.#capabilities = {
      backend: 'plain',
      cas: 'none',
      fusedConflict: true,
      crossProcess: true,
      durability: 'disk',
      history: false,
      query: 'none',
      log: false,
      transact: false,
      watch: false,
      maintain: false,
      limits,
    }
  }

  /** @throws {FilesystemError} `unavailable` or `unsupported` when the root is not a directory that can be used. */
  static async open(options: PlainOptions): Promise<PlainFilesystem> {
    const runtime = options.runtime ?? systemRuntime
    try {
      const root = await PlainRoot.open(options.root, runtime)
      return new PlainFilesystem(root, runtime, { ...DEFAULT_LIMITS, ...options.limits })
    } catch (error) {
      throw plainError('open', '/', error)
    }
  }

  capabilities(_path: string): Capabilities {
    return this.#capabilities
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    this.#enter('get', path, options)
    return this.#head('get', path)
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#enter('put', path, options)
    checkEntry(path, entry, this.#capabilities.limits)
    checkWriteOptions('put', path, options, this.#capabilities.limits)
    this.#refuseRecord(path, entry)
    this.#refuseVersions('put', path, expect)
    // Copied now: the caller may change its bytes as soon as put() has returned its promise.
    const temporary = await this.#writeTemporary(path, Uint8Array.from(entry.body))
    // A crash here leaves the temporary file; a write in this directory removes it when it is old.
    if (expect.type === 'any') await this.#replace(path, temporary)
    else await this.#create(path, temporary, expect)
    // A crash here leaves the file in place; whether it survives a loss of power is open until the directory is synced.
    await this.#syncDirectory('put', path)
    return { version: UNVERSIONED, writeId: options.writeId ?? this.#runtime.randomHex(16), replayed: false }
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    this.#enter('delete', path, options)
    checkDeleteExpectation(path, expect)
    checkWriteOptions('delete', path, options, this.#capabilities.limits)
    this.#refuseVersions('delete', path, expect)
    try {
      const host = await this.#root.anchored('delete', path)
      const stats = await lstat(host)
      if (stats.isDirectory()) return undefined
      if (!stats.isFile()) throw notRegular('delete', path)
      await unlink(host)
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
      throw plainError('delete', path, error)
    }
    await this.#syncDirectory('delete', path)
    return { version: UNVERSIONED, writeId: options.writeId ?? this.#runtime.randomHex(16), replayed: false }
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    this.#enter('list', prefix, options, checkPrefix)
    const limit = pageSize('list', prefix, options.limit, PAGE_SIZE_DEFAULT, this.#capabilities.limits)
    const found = walk(this.#root, prefix, {
      depth: options.depth ?? 'descendants',
      descending: options.order === 'descending',
      after: options.after?.path,
    })
    const items: ListItem[] = []
    for await (const { path, directory } of found) {
      const item = directory ? { path, directory } : await this.#fileItem(path, options.bodies ?? false)
      if (!item) continue
      if (items.length === limit) return { items, next: { path: items.at(-1)?.path ?? prefix } }
      items.push(item)
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

  async transact(): Promise<readonly (WriteResult | undefined)[]> {
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
    if (path.split('/').some(isTemporary)) {
      throw new FilesystemError(
        'invalid-argument',
        `Cannot ${operation} ${JSON.stringify(path)}: it has a segment that names a temporary file`,
        { path, operation },
      )
    }
    checkSignal(operation, path, options.signal)
  }

  #lacks(operation: string, path: string): FilesystemError {
    return this.#closed ? closedError(operation, path) : unsupported('plain', operation, path)
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

  async #head(operation: string, path: string): Promise<Head> {
    const { bodyBytesMax } = this.#capabilities.limits
    try {
      const handle = await this.#root.openFile(operation, path)
      if (!handle) return { state: 'unwritten' }
      try {
        const stats = await handle.stat()
        if (stats.size > bodyBytesMax) {
          throw new FilesystemError(
            'too-large',
            `Cannot ${operation} ${JSON.stringify(path)}: the file of ${stats.size} bytes exceeds the limit of ${bodyBytesMax}`,
            { path, operation },
          )
        }
        const body = new Uint8Array(await handle.readFile())
        return liveHead(body, { ...infoOf(stats), size: body.length })
      } finally {
        await handle.close()
      }
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { state: 'unwritten' }
      throw plainError(operation, path, error)
    }
  }

  async #writeTemporary(path: string, body: Uint8Array): Promise<string> {
    try {
      await this.#root.prepareDirectory(path)
      const existing = await lstat(this.#root.hostPath(path)).catch(() => undefined)
      if (existing && !existing.isFile() && !existing.isDirectory()) throw notRegular('put', path)
      return await this.#root.writeTemporary(path, body, existing?.isFile() ? existing.mode & 0o777 : undefined)
    } catch (error) {
      throw plainError('put', path, error)
    }
  }

  async #replace(path: string, temporary: string): Promise<void> {
    try {
      await rename(temporary, this.#root.hostPath(path))
    } catch (error) {
      await unlink(temporary).catch(() => {})
      throw plainError('put', path, error)
    }
  }

  /** link(2) fails when the name exists, so of several creators exactly one wins. */
  async #create(path: string, temporary: string, expect: Expectation): Promise<void> {
    try {
      for (;;) {
        try {
          await link(temporary, this.#root.hostPath(path))
          return
        } catch (error) {
          if (!isErrno(error, 'EEXIST')) throw error
          const current = await this.#head('put', path)
          if (current.state === 'live') throw new VersionMismatch('put', path, expect, current)
          const stats = await lstat(this.#root.hostPath(path)).catch(() => undefined)
          if (stats?.isDirectory()) throw plainError('put', path, error, { errno: 'EISDIR' })
          // The file was deleted in between, so the way is free again.
        }
      }
    } catch (error) {
      throw plainError('put', path, error)
    } finally {
      // A crash here leaves a second name of the file, which is swept like any temporary file.
      await unlink(temporary).catch(() => {})
    }
  }

  async #syncDirectory(operation: string, path: string): Promise<void> {
    try {
      await this.#root.syncDirectoryOf(path)
    } catch (error) {
      throw plainError(operation, path, error, { published: true })
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
      throw plainError('list', path, error)
    }
  }
}

function infoOf(stats: Stats): VersionInfo {
  const writer = { service: `uid-${stats.uid}`, host: '', pid: 0 }
  const time = Math.round(stats.mtimeMs)
  return { version: UNVERSIONED, writeId: PLAIN_WRITE_ID, writer, time, size: stats.size, updates: [{}] }
}

function liveHead(body: Uint8Array, info: VersionInfo): Head {
  return { state: 'live', version: UNVERSIONED, entry: { body, contentType: PLAIN_CONTENT_TYPE }, info, ops: [] }
}
