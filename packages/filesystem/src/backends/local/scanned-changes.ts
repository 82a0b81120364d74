import type { ChangeLog, ChangePage } from '../../change-feed.ts'
import type { Change } from '../../filesystem.ts'
import { isBelow } from '../../path.ts'
import { errnoOf } from './disk.ts'
import { diskFailure } from './disk-failure.ts'
import { recordDirectoryOf } from './layout.ts'
import { listSequences, readBase } from './read-record.ts'
import type { LocalStore } from './store.ts'
import { walkPaths } from './walk.ts'

/** Changes of one page, so that a large scan is told piece by piece. */
const PAGE_CHANGES = 256

/** How much older than a change the modification time of its directory may look: more than one tick of a kernel's clock. */
const CLOCK_TICK_MS = 20

/** The pause behind a comparison, as a multiple of the time that it took. */
const PAUSE_FACTOR = 4

/** How many records each own write lets the next comparison look at ahead of its time. */
const RECORDS_PER_OWN_WRITE = 4

/**
 * A change log for one reader that is no log: it compares what is on disk with what this reader was told, as often as the
 * interval says. Writes of this process are looked at at once. Forgotten when the reader ends,
 * so a cursor of it means nothing to another reader.
 *
 * A comparison lists each directory below the prefix and the version names of each record; files are read only of records
 * that changed. Modification times of directories would save the second listing, and are not precise enough to be trusted
 * with that: two changes within one tick of the clock look like one. It holds one number per record.
 */
export class ScannedChanges implements ChangeLog {
  readonly #store: LocalStore
  readonly #prefix: string
  readonly #intervalMs: number
  readonly #cursor: string
  /** Sequence of the newest version that was told or was there before, per path. */
  readonly #told = new Map<string, number>()
  /** Own writes that were not looked at yet, with the first sequence of each path. */
  readonly #own = new Map<string, number>()
  #wake: () => void = () => {}
  #scan: AsyncGenerator<Change> | undefined
  #nextScanMs = 0
  /** Records that the last comparison looked at, and own writes since. */
  #records = 0
  #ownSince = 0
  /** What the comparison under way has taken so far. */
  #scannedMs = 0

  constructor(store: LocalStore, prefix: string, intervalMs: number) {
    this.#store = store
    this.#prefix = prefix
    this.#intervalMs = intervalMs
    this.#cursor = store.runtime.randomHex(16)
  }

  /** Ends the listening to writes of this process. */
  stop(): void {
    this.#store.unlisten(this.#listener)
  }

  /**
   * Notes what is there. This takes a while, so what is written meanwhile has to be told apart: own writes are announced;
   * where another process touched a record since this began, everything that this process had not seen before is told. Just
   * here the clock matters, and a wrong one only makes it tell too much, unless it is set back during these milliseconds.
   */
  async now(): Promise<string> {
    const { runtime } = this.#store
    const startMs = runtime.monotonicMs()
    const beganMs = runtime.wallMs() - CLOCK_TICK_MS
    const seen = this.#store.seenByPath()
    this.#records = 0
    this.#own.clear()
    this.#told.clear()
    this.#store.listen(this.#listener)
    for await (const path of walkPaths(this.#store, 'watch', this.#prefix)) {
      this.#records++
      const newest = await this.#newestOf(path)
      const touched = newest > 0 && (await this.#store.disk.modifiedMs(versionsOf(path))) >= beganMs
      if (newest > 0) this.#told.set(path, touched ? Math.min(newest, seen.get(path) ?? 0) : newest)
    }
    for (const [path, first] of this.#own) this.#told.set(path, Math.min(this.#told.get(path) ?? 0, first - 1))
    this.#scan = undefined
    this.#scheduleScan(runtime.monotonicMs() - startMs)
    return this.#cursor
  }

  async after(cursor: string): Promise<ChangePage | undefined> {
    if (cursor !== this.#cursor) return undefined
    const changes: Change[] = []
    for (const path of [...this.#own.keys()].slice(0, PAGE_CHANGES)) {
      // Taken out before it is looked at, so that a write during the look is looked at again.
      this.#own.delete(path)
      this.#ownSince++
      const change = await this.#changeOf(path)
      if (change) changes.push(change)
    }
    await this.#continueScan(changes)
    return { changes, cursor, end: this.#own.size === 0 && this.#scan === undefined }
  }

  async wait(_cursor: string, signal: AbortSignal): Promise<void> {
    if (this.#own.size > 0) return
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    const { runtime } = this.#store
    const ms = Math.max(0, this.#nextScanMs - runtime.monotonicMs())
    try {
      await runtime.sleep(ms, AbortSignal.any([signal, woken.signal]))
      this.#nextScanMs = 0
    } catch {
      // Woken early: an own write, or the end.
    }
  }

  readonly #listener = (path: string, sequence: number): void => {
    if (!isBelow(path, this.#prefix)) return
    this.#own.set(path, Math.min(sequence, this.#own.get(path) ?? sequence))
    this.#wake()
  }

  /** Goes on with the comparison under way, or begins one when it is due. */
  async #continueScan(changes: Change[]): Promise<void> {
    const { runtime } = this.#store
    const beganMs = runtime.monotonicMs()
    if (!this.#scan) {
      // Where this process writes others may as well. What that costs is in proportion to its own writes.
      const isBusy = this.#ownSince > 0 && this.#ownSince * RECORDS_PER_OWN_WRITE >= this.#records
      if (beganMs < this.#nextScanMs && !isBusy) return
      this.#scan = this.#compare()
      this.#scannedMs = 0
      this.#records = 0
    }
    while (changes.length < PAGE_CHANGES && this.#scan) {
      const { value, done } = await this.#scan.next()
      if (done) this.#scan = undefined
      else changes.push(value)
    }
    this.#scannedMs += runtime.monotonicMs() - beganMs
    if (!this.#scan) this.#scheduleScan(this.#scannedMs)
  }

  /** A large store is not compared without a pause, however short the interval. */
  #scheduleScan(tookMs: number): void {
    const endMs = this.#store.runtime.monotonicMs()
    this.#nextScanMs = endMs + Math.max(this.#intervalMs, PAUSE_FACTOR * tookMs)
    this.#ownSince = 0
  }

  async *#compare(): AsyncGenerator<Change, void> {
    for await (const path of walkPaths(this.#store, 'watch', this.#prefix)) {
      this.#records++
      const change = await this.#changeOf(path)
      if (change) yield change
    }
  }

  async #changeOf(path: string): Promise<Change | undefined> {
    try {
      if ((await this.#newestOf(path)) <= (this.#told.get(path) ?? 0)) return undefined
      const place = await this.#store.locate('watch', path)
      if (!place) return undefined
      const { top, stored } = await readBase(this.#store, 'watch', place, 'header')
      this.#told.set(path, top)
      if (!stored) return undefined
      const { state, version } = stored.head
      return { type: state === 'live' ? 'put' : 'delete', path, version, cursor: this.#cursor }
    } catch (error) {
      throw diskFailure('watch', path, error)
    }
  }

  /**
   * 0 when never written, or when the listing met a removal: then the next one shows it. Whether the directory is one that
   * the store made is checked when something new is read from it.
   */
  async #newestOf(path: string): Promise<number> {
    try {
      return (await listSequences(this.#store, { versions: versionsOf(path) })).at(-1) ?? 0
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return 0
      throw error
    }
  }
}

function versionsOf(path: string): string {
  return `${recordDirectoryOf(path)}/v`
}
