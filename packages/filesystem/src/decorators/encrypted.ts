import { checkEntry, checkSignal } from '../entry.ts'
import { FilesystemError } from '../errors.ts'
import { exactly, unwritten } from '../expectation.ts'
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
  ListOptions,
  ListPage,
  LogPage,
  MaintainOptions,
  MaintainResult,
  OperationOptions,
  QueryOptions,
  QueryPage,
  ReadLogOptions,
  StoredHead,
  TransactResult,
  TransactStep,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../filesystem.ts'
import { copyEntry } from '../head.ts'
import { checkBodies } from '../log.ts'
import { checkPath, ROOT } from '../path.ts'
import { closedError, unsupported } from '../refusals.ts'
import { takeOnce } from '../take-once.ts'
import { SEAL_OVERHEAD_BYTES } from '../sealing/envelope.ts'
import { EntrySealer } from '../sealing/entry-sealer.ts'
import type { Keyring } from '../sealing/keyring.ts'
import { checkSteps } from '../transact-steps.ts'
import { sequenceOf } from '../version.ts'
import { VersionMismatch } from '../version-mismatch.ts'

export interface EncryptedOptions {
  /** Entries of one append at the most, because each takes its overhead. Default {@link ENCRYPTED_APPEND_ENTRIES_MAX}. */
  readonly appendEntriesMax?: number | undefined
  /** A name bound to every body, so that none opens in another store under the same keys. It never changes. Default none. */
  readonly store?: string | undefined
}

export const ENCRYPTED_APPEND_ENTRIES_MAX = 100

/** How often a write under `absent` follows a path that others delete and create meanwhile. */
const ABSENT_ATTEMPTS_MAX = 32

/**
 * A filesystem whose bodies are sealed before they reach the one below, and opened on the way back. Records and log entries
 * alike; bodies of history too.
 *
 * - **In the clear** stay paths, content types, kinds, schema versions, index tuples, writers, write ids, opIds, times and
 *   the lengths of bodies. Keep secrets out of them, out of index tuples above all.
 * - **Bound** to a record's body are its path, its version, and the content type, kind, schema version and tuples stored
 *   beside it: a body that was moved, put back in place of a later version, or relabelled does not open (`corrupt`). Bound to
 *   a log entry is the path of its log; its position is not drawn yet when it is sealed, so whoever can write the store can
 *   repeat, reorder or remove entries of one log unseen. Nor does it show that a record as a whole was removed, or put back
 *   to an earlier head. Of a first version the generation is not bound, because it is not drawn yet either.
 * - **Unsealed bodies** below are `corrupt`, never passed through.
 * - **`any`** is `unsupported` in `put`, because the version to bind is not known; `absent` costs a second round trip where
 *   a tombstone is there.
 * - **Limits**: the body limit is lowered by the overhead of the largest append. Sizes are those of the plaintext.
 * - **Rotation**: `keyring.activate` another key; each later write is sealed under it, and what is stored opens while its
 *   key is in the ring.
 *
 * Copy such a store through two encrypted filesystems, not underneath them: versions are not the same elsewhere.
 *
 * @throws {FilesystemError} `invalid-argument` when the body limit below leaves no room.
 */
export function encrypted(filesystem: Filesystem, keyring: Keyring, options: EncryptedOptions = {}): Filesystem {
  return new EncryptedFilesystem(filesystem, keyring, options)
}

class EncryptedFilesystem implements Filesystem {
  readonly #inner: Filesystem
  readonly #sealer: EntrySealer
  readonly #appendEntriesMax: number
  #closed = false

  constructor(inner: Filesystem, keyring: Keyring, options: EncryptedOptions = {}) {
    this.#inner = inner
    this.#sealer = new EntrySealer(keyring, options.store ?? '')
    this.#appendEntriesMax = options.appendEntriesMax ?? ENCRYPTED_APPEND_ENTRIES_MAX
    const { bodyBytesMax } = this.capabilities(ROOT).limits
    if (!(bodyBytesMax > 0)) {
      const problem =
        'the body limit leaves no room beside the overhead of an append, expected a lower appendEntriesMax'
      throw new FilesystemError('invalid-argument', `Cannot encrypt ${JSON.stringify(ROOT)}: ${problem}`)
    }
  }

  capabilities(path: string): Capabilities {
    const below = this.#inner.capabilities(path)
    const appendEntriesMax = Math.min(below.limits.appendEntriesMax, this.#appendEntriesMax)
    const bodyBytesMax = Math.max(0, below.limits.bodyBytesMax - appendEntriesMax * SEAL_OVERHEAD_BYTES)
    return { ...below, blindWrites: false, limits: { ...below.limits, appendEntriesMax, bodyBytesMax } }
  }

  async get(path: string, options: OperationOptions = {}): Promise<Head> {
    return this.#sealer.openHead(path, await this.#inner.get(path, options))
  }

  async put(path: string, entry: Entry, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult> {
    this.#enter('put', path, options)
    checkPath(path, 'put', this.capabilities(path).limits)
    const [taken, expected] = [takeOnce(entry), takeOnce(expect)]
    checkEntry(path, taken, this.capabilities(path).limits)
    if (expected.type === 'any') throw blindWrite('put', path)
    // Sealed again under another expectation when the path turns out to hold a tombstone.
    const copy = copyEntry(taken)
    let exact = expected.type === 'absent' ? unwritten : expected
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#inner.put(path, this.#sealer.seal(path, copy, exact), exact, options)
      } catch (error) {
        exact = this.#nextExpectation(error, expected)
        if (attempt === ABSENT_ATTEMPTS_MAX) throw tooBusy('put', path)
      }
    }
  }

  async delete(path: string, expect: Expectation, options: WriteOptions = {}): Promise<WriteResult | undefined> {
    try {
      return await this.#inner.delete(path, expect, options)
    } catch (error) {
      throw this.#opened(error, expect)
    }
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const page = await this.#inner.list(prefix, options)
    const items = openUntilDamaged(page.items, (item) =>
      item.head ? { ...item, head: this.#sealer.openListHead(item.path, item.head) } : item,
    )
    const last = items.at(-1)
    return last && items.length < page.items.length ? { items, next: { path: last.path } } : { ...page, items }
  }

  async query(collection: string, index: string, options: QueryOptions = {}): Promise<QueryPage> {
    const page = await this.#inner.query(collection, index, options)
    const items = openUntilDamaged(page.items, (item) => {
      return { ...item, head: this.#sealer.openListHead(item.path, item.head) }
    })
    const last = items.at(-1)
    if (!last || items.length === page.items.length) return { ...page, items }
    return { items, next: { path: last.path, tuple: last.tuple } }
  }

  async append(log: string, bodies: readonly Uint8Array[], options: OperationOptions = {}): Promise<AppendResult> {
    this.#enter('append', log, options)
    checkPath(log, 'append', this.capabilities(log).limits)
    const taken = takeList(bodies)
    checkBodies(log, taken, this.capabilities(log).limits)
    const sealed = taken.map((body) => this.#sealer.sealLogBody(log, body))
    return this.#inner.append(log, sealed, options)
  }

  async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const page = await this.#inner.read(log, options)
    const entries = openUntilDamaged(page.entries, (entry) => {
      return { ...entry, body: this.#sealer.openLogBody(log, entry.body) }
    })
    const last = entries.at(-1)
    return last && entries.length < page.entries.length ? { entries, next: last.sequence } : { ...page, entries }
  }

  async trim(log: string, before: number, options: OperationOptions = {}): Promise<void> {
    await this.#inner.trim(log, before, options)
  }

  async transact(steps: readonly TransactStep[], options: WriteOptions = {}): Promise<readonly TransactResult[]> {
    this.#enter('transact', ROOT, options)
    const taken = takeList(steps).map(takeStep)
    checkSteps(taken, options, this.#limitsOf(taken))
    const blind = taken.find((step) => step.type === 'put' && step.expect.type === 'any')
    if (blind) throw blindWrite('transact', blind.path)
    const copies = taken.map(copyStep)
    const exact = copies.map((step) => {
      return step.type === 'put' && step.expect.type === 'absent' ? { ...step, expect: unwritten } : step
    })
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#inner.transact(
          exact.map((step) => this.#sealStep(step)),
          options,
        )
      } catch (error) {
        const lost = error instanceof VersionMismatch ? (error.step ?? -1) : -1
        const [asked, sent] = [copies[lost], exact[lost]]
        if (asked?.type !== 'put' || sent?.type !== 'put') {
          throw this.#opened(error, asked && 'expect' in asked ? asked.expect : undefined)
        }
        exact[lost] = { ...sent, expect: this.#nextExpectation(error, asked.expect) }
        if (attempt === ABSENT_ATTEMPTS_MAX + copies.length) throw tooBusy('transact', asked.path)
      }
    }
  }

  async history(path: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const page = await this.#inner.history(path, options)
    const versions = openUntilDamaged(page.versions, (head) => this.#sealer.openListHead(path, head))
    const last = versions.at(-1)
    if (!last || versions.length === page.versions.length) return { ...page, versions }
    return { versions, next: sequenceOf(last.info.version) }
  }

  async getVersion(path: string, sequence: number, options: OperationOptions = {}): Promise<StoredHead | undefined> {
    const head = await this.#inner.getVersion(path, sequence, options)
    return head && this.#sealer.openHead(path, head)
  }

  watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    return this.#inner.watch(prefix, options)
  }

  async maintain(options: MaintainOptions = {}): Promise<MaintainResult> {
    return this.#inner.maintain(options)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#inner.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #enter(operation: string, path: string, options: OperationOptions): void {
    if (this.#closed) throw closedError(operation, path)
    checkSignal(operation, path, options.signal)
  }

  /** A transaction is of one store, and the paths of its steps tell of which. */
  #limitsOf([first]: readonly TransactStep[]): Limits {
    return this.capabilities(typeof first?.path === 'string' ? first.path : ROOT).limits
  }

  #sealStep(step: TransactStep): TransactStep {
    if (step.type === 'put') return { ...step, entry: this.#sealer.seal(step.path, step.entry, step.expect) }
    if (step.type !== 'append') return step
    return { ...step, bodies: step.bodies.map((body) => this.#sealer.sealLogBody(step.path, body)) }
  }

  /**
   * A path without a live entry was never written or holds a tombstone, and the body is bound to which. The first try says
   * "never written": a repeated put is recognised by its writeId whatever it expects, and nothing can land that was bound
   * to another version than it becomes.
   */
  #nextExpectation(error: unknown, asked: Expectation): Expectation {
    const isOpen = error instanceof VersionMismatch && asked.type === 'absent' && error.current.state !== 'live'
    if (!isOpen) throw this.#opened(error, asked)
    return exactly(error.current)
  }

  /** The error with the head that won as its caller may see it, and with the expectation that the caller gave. */
  #opened(error: unknown, asked: Expectation | undefined): unknown {
    if (!(error instanceof VersionMismatch)) return error
    const { path = ROOT, operation = 'put', expected, step } = error
    return new VersionMismatch(operation, path, asked ?? expected, this.#sealer.openHead(path, error.current), step)
  }
}

/**
 * The page as far as it opens. Where not even its first item does, the error of that, so that a damaged body costs a reader
 * nothing but itself: the next page begins with the error, which names it.
 */
function openUntilDamaged<Item>(sealed: readonly Item[], open: (item: Item) => Item): Item[] {
  const opened: Item[] = []
  for (const item of sealed) {
    try {
      opened.push(open(item))
    } catch (error) {
      if (opened.length === 0) throw error
      break
    }
  }
  return opened
}

// The caller's list and steps may answer differently when they are asked twice, and what was checked is what must be sealed.
function takeList<Item>(list: readonly Item[]): Item[] {
  return Array.isArray(list) ? Array.from(list as readonly Item[]) : []
}

function takeStep(given: TransactStep): TransactStep {
  const step = takeOnce(given)
  if (step?.type === 'put') return { ...step, entry: takeOnce(step.entry), expect: takeOnce(step.expect) }
  if (step?.type === 'append') return { ...step, bodies: takeList(step.bodies) }
  return step
}

function copyStep(step: TransactStep): TransactStep {
  if (step.type === 'put') return { ...step, entry: copyEntry(step.entry) }
  if (step.type === 'append') return { ...step, bodies: step.bodies.map((body) => Uint8Array.from(body)) }
  return step
}

function blindWrite(operation: string, path: string): FilesystemError {
  const why = 'a sealed body is bound to its version, so put expects a version, "absent" or "unwritten"'
  return unsupported('encrypted', operation, path, why)
}

function tooBusy(operation: string, path: string): FilesystemError {
  const problem = `the path was deleted and created again ${ABSENT_ATTEMPTS_MAX} times meanwhile, nothing was written`
  return new FilesystemError('unavailable', `Cannot ${operation} ${JSON.stringify(path)}: ${problem}`, {
    path,
    operation,
    retry: 'safe',
  })
}
