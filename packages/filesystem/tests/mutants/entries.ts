import {
  type Capabilities,
  type Entry,
  type Expectation,
  type Filesystem,
  FilesystemError,
  type Head,
  MemoryFilesystem,
  type MemoryOptions,
  type OperationOptions,
  type QueryPage,
  unsupported,
  type WriteOptions,
  type WriteResult,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

/** Hands out the very bytes that it stores. */
export class AliasesReturnedBodies extends Healthy {
  readonly #bodies = new Map<string, Uint8Array>()

  override async get(path: string, options?: OperationOptions): Promise<Head> {
    const head = await this.inner.get(path, options)
    if (head.state !== 'live') return head
    const known = this.#bodies.get(head.version) ?? head.entry.body
    this.#bodies.set(head.version, known)
    return { ...head, entry: { ...head.entry, body: known } }
  }
}

/** Keeps the very bytes that it was given. */
export class AliasesGivenBodies extends Healthy {
  readonly #bodies = new Map<string, Uint8Array>()

  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const result = await this.inner.put(path, entry, expect, options)
    this.#bodies.set(result.version, entry.body)
    return result
  }

  override async get(path: string, options?: OperationOptions): Promise<Head> {
    const head = await this.inner.get(path, options)
    if (head.state !== 'live') return head
    return { ...head, entry: { ...head.entry, body: this.#bodies.get(head.version) ?? head.entry.body } }
  }
}

/** Copies the body only after it gave way to others. */
export class CopiesTooLate extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    await Promise.resolve()
    return this.inner.put(path, entry, expect, options)
  }
}

/** Does not store index tuples. */
export class DropsTuples extends Healthy {
  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    return this.inner.put(path, { ...entry, tuples: undefined }, expect, options)
  }
}

/** Treats bodies as text. */
export class DecodesBodies extends Healthy {
  override put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const body = new TextEncoder().encode(new TextDecoder().decode(entry.body))
    return this.inner.put(path, { ...entry, body }, expect, options)
  }
}

/** Accepts one byte more than it says. */
export class AcceptsOneByteMore extends Healthy {
  #limits: MemoryOptions['limits']

  static override async open(options: MemoryOptions = {}): Promise<Filesystem> {
    const declared = (await MemoryFilesystem.open(options)).capabilities('/').limits
    const limits = { ...declared, bodyBytesMax: declared.bodyBytesMax + 1 }
    const opened = new AcceptsOneByteMore(await MemoryFilesystem.open({ ...options, limits }))
    opened.#limits = declared
    return opened
  }

  override capabilities(path: string): Capabilities {
    const capabilities = this.inner.capabilities(path)
    return { ...capabilities, limits: { ...capabilities.limits, ...this.#limits } }
  }
}

/** Says that it has no compare-and-swap, and takes records all the same. */
export class TakesRecordsWithoutCas extends Healthy {
  override capabilities(path: string): Capabilities {
    return { ...this.inner.capabilities(path), cas: 'none' }
  }
}

/** Says that it answers queries, and does not. */
export class PromisesQueries extends Healthy {
  override capabilities(path: string): Capabilities {
    return { ...this.inner.capabilities(path), query: 'scan' }
  }

  override async query(collection: string): Promise<QueryPage> {
    throw unsupported('memory', 'query', collection)
  }
}

/** Writes, and looks at the signal afterwards. */
export class WritesBeforeAbort extends Healthy {
  override async put(path: string, entry: Entry, expect: Expectation, options?: WriteOptions): Promise<WriteResult> {
    const result = await this.inner.put(path, entry, expect, { ...options, signal: undefined })
    if (options?.signal?.aborted)
      throw new FilesystemError('aborted', `Cannot put "${path}": aborted`, { retry: 'safe' })
    return result
  }
}

/** Goes on reading after it was closed. */
export class ReadsWhenClosed extends Healthy {
  override async get(path: string, options?: OperationOptions): Promise<Head> {
    try {
      return await this.inner.get(path, options)
    } catch (error) {
      if (error instanceof FilesystemError && error.code === 'closed') return { state: 'unwritten' }
      throw error
    }
  }
}
