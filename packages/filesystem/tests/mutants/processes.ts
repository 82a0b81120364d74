import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  anything,
  type Entry,
  type Expectation,
  type Filesystem,
  FilesystemError,
  formatVersion,
  generationOf,
  type Head,
  LocalFilesystem,
  type LocalOptions,
  meets,
  type OperationOptions,
  sequenceOf,
  VersionMismatch,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'

/** The local backend behind a decorator that changes nothing, for what only several processes can break. */
export class HealthyLocal extends InterceptedFilesystem {
  readonly inner: Filesystem
  readonly root: string

  constructor(inner: Filesystem, root: string) {
    super(inner, (_call, proceed) => proceed())
    this.inner = inner
    this.root = root
  }

  static async open(options: LocalOptions): Promise<Filesystem> {
    return new this(await LocalFilesystem.open(options), options.root)
  }
}

/** Checks and then sets; other processes write in between. */
export class ChecksThenSetsLocal extends HealthyLocal {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const head = await this.inner.get(path)
    if (!meets(head, expect)) throw new VersionMismatch('put', path, expect, head)
    return this.inner.put(path, entry, anything, options)
  }
}

/** Resolves a write that it has only begun. */
export class AcknowledgesTooEarly extends HealthyLocal {
  readonly #begun = new Map<string, { readonly head: Head; readonly landed: Promise<unknown> }>()

  override async get(path: string, options?: OperationOptions): Promise<Head> {
    return this.#begun.get(path)?.head ?? (await this.inner.get(path, options))
  }

  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const head = await this.get(path)
    if (head.state !== 'live' || !meets(head, expect)) return this.inner.put(path, entry, expect, options)
    const version = formatVersion(sequenceOf(head.version) + 1, generationOf(head.version))
    const before = this.#begun.get(path)?.landed ?? Promise.resolve()
    const landed = this.#land(before, path, entry, options)
    this.#begun.set(path, { head: { ...head, version, entry }, landed })
    return { version, writeId: options?.writeId ?? head.info.writeId, replayed: false }
  }

  async #land(before: Promise<unknown>, path: string, entry: Entry, options?: WriteOptions): Promise<void> {
    await before
    await this.inner.put(path, entry, anything, options).catch(() => {})
  }
}

const TRIES_MAX = 200

/** Holds a lock over read and write: a process that is frozen while it holds the lock stops all others. */
export class LocksOverReadAndWrite extends HealthyLocal {
  get #lock(): string {
    return join(this.root, '..', `${encodeURIComponent(this.root)}.lock`)
  }

  override async get(path: string, options?: OperationOptions): Promise<Head> {
    for (let tries = 0; !(await this.#acquire()); tries++) {
      // A real lock would wait for ever, and a test could not tell that from slowness.
      if (tries === TRIES_MAX) throw new FilesystemError('unsupported', `Cannot get "${path}": the lock is never free`)
      await pause(1)
    }
    return this.inner.get(path, options)
  }

  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    try {
      // Most of the time of a loop is spent in here, so that is where it is frozen.
      await pause(20)
      return await this.inner.put(path, entry, expect, options)
    } finally {
      await rm(this.#lock, { force: true })
    }
  }

  async #acquire(): Promise<boolean> {
    try {
      const handle = await open(this.#lock, 'wx')
      await handle.close()
      return true
    } catch {
      return false
    }
  }
}

/** Answers most reads from what this process saw of a path before. */
export class CachesHeads extends HealthyLocal {
  readonly #seen = new Map<string, Head>()
  #reads = 0

  override async get(path: string, options?: OperationOptions): Promise<Head> {
    const seen = this.#seen.get(path)
    if (seen && ++this.#reads % 4 !== 0) return seen
    const head = await this.inner.get(path, options)
    this.#seen.set(path, head)
    return head
  }
}
