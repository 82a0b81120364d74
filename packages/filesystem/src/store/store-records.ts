import { casUpdate } from '../cas-update.ts'
import type { Decision } from '../decision.ts'
import { LatchlessError } from '../errors.ts'
import type { Filesystem } from '../filesystem.ts'
import { deepFreeze } from '../freeze.ts'
import type { RecordType } from '../record-type.ts'
import { systemRuntime } from '../runtime.ts'
import type { CasUpdateOptions, CasUpdateResult } from '../update-options.ts'
import type { StoreAct, StoreErrorDetails, StoreFailureCode } from './store-error.ts'
import { actPhrase, StoreError } from './store-error.ts'
import { failureOf } from './store-failure.ts'
import type { StoreOptions } from './store-options.ts'
import type { StorePage, StorePageOptions } from './store-page.ts'
import { decodeCursor, encodeCursor, STORE_PAGE_SIZE_DEFAULT, STORE_PAGE_SIZE_MAX } from './store-page.ts'

export interface StoreSettings<Code extends string> {
  /** What the store holds, in the plural, for messages: `budgets`. */
  readonly store: string
  /** Every directory at the top of the filesystem in which the store writes. */
  readonly roots: readonly string[]
  /** Makes an error of the store's own class. */
  readonly fail: (code: Code | StoreFailureCode, message: string, details: StoreErrorDetails) => StoreError<Code>
}

/**
 * What every store does with its filesystem: updates, validating reads and pages, with whatever fails told in the words of the
 * store. It keeps nothing between calls, so nothing it answers is older than the call.
 */
export class StoreRecords<Code extends string> {
  readonly filesystem: Filesystem
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly newId: () => string
  readonly #settings: StoreSettings<Code>
  readonly #defaults: CasUpdateOptions

  /** @throws {StoreError} `cas-unsupported` for a mount that cannot compare-and-swap or does not know: nothing is read or written. */
  constructor(filesystem: Filesystem, settings: StoreSettings<Code>, options: StoreOptions = {}) {
    const runtime = options.update?.runtime ?? systemRuntime
    this.filesystem = filesystem
    this.now = options.now ?? (() => runtime.wallMs())
    this.newId = options.newId ?? (() => runtime.randomHex(16))
    this.#settings = settings
    this.#defaults = options.update ?? {}
    for (const root of settings.roots) this.#checkMount(root)
  }

  /**
   * One `casUpdate`. What `apply` throws reaches the caller unchanged, over a record that was there within this call.
   *
   * @throws {StoreError} with a code of `StoreFailureCode` for everything else.
   */
  async update<T, D extends Decision<T, unknown>>(
    act: StoreAct,
    path: string,
    type: RecordType<T>,
    apply: (current: T | undefined) => D | Promise<D>,
    options?: CasUpdateOptions,
  ): Promise<CasUpdateResult<T, D['outcome']>> {
    try {
      return await casUpdate(this.filesystem, path, type, apply, this.#withDefaults(options))
    } catch (error) {
      // casUpdate wraps what a filesystem throws, so anything else comes from `apply` or from a wrong option.
      throw error instanceof LatchlessError ? this.#failure(act, error) : error
    }
  }

  /** The record at a path as it is now, deep-frozen; `undefined` when there is none. */
  async read<T>(act: StoreAct, path: string, type: RecordType<T>): Promise<T | undefined> {
    const { signal, lane } = this.#defaults
    return this.run(act, async (filesystem) => {
      const head = await filesystem.get(path, { signal, lane })
      return head.state === 'live' ? deepFreeze(type.decode(head.entry, path)) : undefined
    })
  }

  /**
   * One page of a collection, in the order of an index that its record type declares. A record that is written meanwhile appears
   * where its tuple is when the page is read; none is told twice unless its tuple moved.
   */
  async page<T>(
    act: StoreAct,
    collection: string,
    type: RecordType<T>,
    index: string,
    { limit = STORE_PAGE_SIZE_DEFAULT, cursor, range, descending = false }: StorePageOptions,
  ): Promise<StorePage<T>> {
    if (!type.indexNames.includes(index)) throw new TypeError(`Cannot page ${type.kind}: it has no index "${index}"`)
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= STORE_PAGE_SIZE_MAX)) {
      throw this.#fail('invalid-argument', act, `the limit must be a whole number from 1 to ${STORE_PAGE_SIZE_MAX}`)
    }
    const after = cursor === undefined ? undefined : decodeCursor(collection, index, cursor)
    if (cursor !== undefined && !after) {
      throw this.#fail('invalid-argument', act, 'the cursor must be the one that came with the page before')
    }
    const { signal, lane } = this.#defaults
    return this.run(act, async (filesystem) => {
      const order = descending ? 'descending' : 'ascending'
      const found = await filesystem.query(collection, index, {
        range,
        order,
        after,
        limit,
        bodies: true,
        signal,
        lane,
      })
      const items = found.items.flatMap(({ path, head }) =>
        head.entry ? [deepFreeze(type.decode(head.entry, path))] : [],
      )
      return found.next ? { items, next: encodeCursor(index, found.next) } : { items }
    })
  }

  /** Whatever else a store asks of its filesystem, such as a log or a history. Errors of the store itself pass unchanged. */
  async run<R>(act: StoreAct, work: (filesystem: Filesystem) => Promise<R>): Promise<R> {
    try {
      return await work(this.filesystem)
    } catch (error) {
      throw this.#failure(act, error)
    }
  }

  #checkMount(root: string): void {
    const act = { operation: `open ${this.#settings.store}` }
    let cas: string
    try {
      ;({ cas } = this.filesystem.capabilities(root))
    } catch (error) {
      throw this.#failure(act, error)
    }
    if (cas !== 'record' && cas !== 'records') {
      throw this.#fail('cas-unsupported', act, `compare-and-swap is ${cas} on its mount, expected one that has it`)
    }
  }

  #withDefaults(options: CasUpdateOptions | undefined): CasUpdateOptions {
    if (!options) return this.#defaults
    // A store hands on what its caller may have left out, which must not undo a default.
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    return { ...this.#defaults, ...Object.fromEntries(given) }
  }

  #failure(act: StoreAct, error: unknown): StoreError {
    if (error instanceof StoreError) return error
    const { code, problem, retry } = failureOf(error)
    return this.#fail(code, act, problem, { cause: error, retry })
  }

  #fail(
    code: StoreFailureCode,
    act: StoreAct,
    problem: string,
    details: Omit<StoreErrorDetails, 'operation' | 'id'> = {},
  ): StoreError<Code> {
    const { operation, id } = act
    return this.#settings.fail(code, `Cannot ${actPhrase(act)}: ${problem}`, { operation, id, ...details })
  }
}
