import { comparePaths, FilesystemError, type ListHead } from '@latchless/filesystem'
import { damagedRow, emptyRow, type ListedRow, rowOfHead } from '../../../model/listed-row.ts'
import { listHeadOf } from '../../../model/walk-page.ts'
import type { Host } from '../../screen.ts'
import { PrefixWatch, type WatchedChange } from './prefix-watch.ts'
import type { RecordList } from './record-list.ts'

/** New paths that are counted one by one; more are said to be more. */
const NEW_MAX = 10_000

/**
 * Keeps the rows in sight as new as the store while it is watched. No row moves: what is written anew gets its new content at
 * its place, what is new is only counted.
 */
export class LiveRows {
  readonly #host: Host
  readonly #list: RecordList
  readonly #renewed: (row: ListedRow) => void
  readonly #new = new Set<string>()
  readonly #stale = new Set<string>()
  #stopping: AbortController | undefined
  #watch: PrefixWatch | undefined
  #isOn = false

  constructor(host: Host, list: RecordList, renewed: (row: ListedRow) => void) {
    this.#host = host
    this.#list = list
    this.#renewed = renewed
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** Records that were written for the first time since the list was read. */
  get newCount(): number {
    return this.#new.size
  }

  /** Whether some changes were not told one by one. */
  get hasMissed(): boolean {
    return this.#watch?.hasMissed ?? false
  }

  start(): void {
    this.#isOn = true
    this.resume()
  }

  stop(): void {
    this.#isOn = false
    this.pause()
    this.forget()
  }

  resume(): void {
    if (!this.#isOn || this.#stopping) return
    this.#stopping = new AbortController()
    const { signal } = this.#stopping
    const run = (work: () => Promise<void>) => this.#host.run(work)
    const watch = new PrefixWatch(this.#host.store, this.#list.prefix, run, (changes) => this.#take(changes))
    this.#watch = watch
    this.#host.run(() => watch.run(signal))
  }

  pause(): void {
    this.#stopping?.abort()
    this.#stopping = undefined
  }

  /** The list was read again: nothing is new to it any more. */
  forget(): void {
    this.#new.clear()
    this.#stale.clear()
    if (!this.#stopping) return
    this.pause()
    this.resume()
  }

  /** Other rows are in sight. */
  seen(rows: readonly ListedRow[]): void {
    const stale = rows.filter(({ path }) => this.#stale.has(path))
    for (const { path } of stale) this.#stale.delete(path)
    if (stale.length > 0) this.#host.run(() => this.#renewAll(stale.map(({ path }) => path)))
  }

  /** Reads one row anew. */
  async renew(path: string): Promise<void> {
    try {
      const head = await this.#head(path)
      this.#renewed(head ? { path, directory: false, ...rowOfHead(head) } : emptyRow(path, 'unwritten', false))
    } catch (error) {
      if (!(error instanceof FilesystemError) || error.code !== 'corrupt') throw error
      this.#renewed(damagedRow(path, error.message))
    }
  }

  // Where a store has histories, a row costs no body.
  async #head(path: string): Promise<ListHead | undefined> {
    const { store } = this.#host
    if (store.capabilities(path).history) return (await store.history(path, { limit: 1 })).versions[0]
    const head = await store.get(path)
    return head.state === 'unwritten' ? undefined : listHeadOf(head)
  }

  async #take(changes: readonly WatchedChange[]): Promise<void> {
    const listed = new Set(this.#list.rows.map(({ path }) => path))
    for (const change of changes) {
      if (listed.has(change.path)) this.#stale.add(change.path)
      else if (this.#new.size < NEW_MAX && (change.isFirst || this.#isWithin(change.path))) this.#new.add(change.path)
    }
    const { top } = this.#list.place
    const inSight = this.#list.rows.slice(top, top + 60).filter(({ path }) => this.#stale.has(path))
    for (const { path } of inSight) this.#stale.delete(path)
    await this.#renewAll(inSight.map(({ path }) => path))
    this.#host.changed()
  }

  async #renewAll(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.renew(path)
  }

  // Between the first and the last row in memory everything is known, so what is not among them is new.
  #isWithin(path: string): boolean {
    const { window, rows, scan, listing } = this.#list
    const [first, last] = [rows[0], rows.at(-1)]
    if (scan || listing.isTree || listing.sort !== 'path' || !first || !last) return false
    if (window.total !== undefined) return true
    const [low, high] = listing.isReversed ? [last, first] : [first, last]
    return comparePaths(path, low.path) > 0 && comparePaths(path, high.path) < 0
  }
}
