import { closedError } from './refusals.ts'
import type { Change, Filesystem, PathCursor, StoredHead, WatchOptions } from './filesystem.ts'
import type { Version } from './version.ts'
import { generationOf, sequenceOf } from './version.ts'

/** What a backend keeps of its last changes, in an order in which the versions of one path follow each other. */
export interface ChangeLog {
  /** The cursor of this moment: every change that is committed later lies behind it. */
  now(): Promise<string>
  /** The next changes below a prefix; undefined when the cursor is not one of this log, or lies before its beginning. */
  after(cursor: string, prefix: string): Promise<ChangePage | undefined>
  /** Resolves when there may be changes behind the cursor, and when the signal fires. */
  wait(cursor: string, signal: AbortSignal): Promise<void>
}

export interface ChangePage {
  readonly changes: readonly Change[]
  /** Where the next page starts. It moves on also when no change of the page was below the prefix. */
  readonly cursor: string
  /** True when nothing lay behind the page as it was read. */
  readonly end: boolean
}

/** The cursor told in the middle of a listing of heads: going on from it starts the listing again. */
const LISTING = ''

/**
 * The changes below a prefix, pulled from a backend's change log at the pace of the reader, so that nothing is buffered. A
 * reader that falls behind the beginning of the log gets a `gap` and the current heads.
 */
export class ChangeFeed implements AsyncIterable<Change> {
  readonly #filesystem: Pick<Filesystem, 'get' | 'list'>
  readonly #log: ChangeLog
  readonly #prefix: string
  readonly #options: WatchOptions
  readonly #closing: AbortSignal

  /** `closing` fires when the filesystem is closed. */
  constructor(
    filesystem: Pick<Filesystem, 'get' | 'list'>,
    log: ChangeLog,
    prefix: string,
    options: WatchOptions,
    closing: AbortSignal,
  ) {
    this.#filesystem = filesystem
    this.#log = log
    this.#prefix = prefix
    this.#options = options
    this.#closing = closing
  }

  [Symbol.asyncIterator](): AsyncIterator<Change, undefined> {
    const returned = new AbortController()
    const signals = [returned.signal, this.#closing, ...(this.#options.signal ? [this.#options.signal] : [])]
    const ending = AbortSignal.any(signals)
    const changes = this.#changes(ending)
    let over = false
    return {
      next: async () => {
        // Once told to end, nothing more is handed out, also not what was already read.
        const result = ending.aborted ? { done: true, value: undefined } : await this.#next(changes, ending)
        const closed = this.#closing.aborted && !returned.signal.aborted && !over
        if (closed) throw closedError('watch', this.#prefix)
        over ||= ending.aborted || result.done === true
        return ending.aborted || result.done
          ? { done: true, value: undefined }
          : (result as IteratorYieldResult<Change>)
      },
      // A generator would keep its own return waiting behind a pending next.
      return: async () => {
        returned.abort()
        return { done: true, value: undefined }
      },
    }
  }

  async #next(changes: AsyncGenerator<Change, void>, ending: AbortSignal): Promise<IteratorResult<Change, unknown>> {
    try {
      return await changes.next()
    } catch (error) {
      // What a read says while it is being ended is of no interest.
      if (ending.aborted) return { done: true, value: undefined }
      throw error
    }
  }

  async *#changes(ending: AbortSignal): AsyncGenerator<Change, void> {
    let cursor = this.#options.after ?? (await this.#log.now())
    // Set from a gap on until a page finds nothing new: the versions that were told out of the order of the log.
    let told: Map<string, Version> | undefined
    while (!ending.aborted) {
      const page = cursor === LISTING ? undefined : await this.#log.after(cursor, this.#prefix)
      if (!page) {
        cursor = await this.#log.now()
        told = new Map()
        yield* this.#heads(cursor)
        continue
      }
      if (told) yield* this.#current(page.changes, told)
      else yield* page.changes
      cursor = page.cursor
      if (!page.end) continue
      if (page.changes.length === 0) told = undefined
      // Heads that were read behind the page must be compared with what was logged meanwhile.
      if (!told && !ending.aborted) await this.#log.wait(cursor, ending)
    }
  }

  /** A gap, then every head below the prefix. Only the last of these can be resumed from. */
  async *#heads(start: string): AsyncGenerator<Change, void> {
    let held: (cursor: string) => Change = (cursor) => ({ type: 'gap', cursor })
    let after: PathCursor | undefined
    do {
      const page = await this.#filesystem.list(this.#prefix, { deleted: true, after })
      for (const { path, head } of page.items) {
        if (!head) continue
        yield held(LISTING)
        held = (cursor) => changeTo(path, head.state, head.info.version, cursor)
      }
      after = page.next
    } while (after)
    yield held(start)
  }

  /**
   * Tells changes that were logged while heads were listed. The listing may have shown a later version than such a change, so
   * the head as it is now is told in its place; the order per path holds.
   */
  async *#current(changes: readonly Change[], told: Map<string, Version>): AsyncGenerator<Change, void> {
    for (const change of changes) {
      if (change.type === 'gap') continue
      const before = told.get(change.path)
      if (change.type !== 'compacted' && before !== undefined && !follows(change.version, before)) continue
      const head = await this.#filesystem.get(change.path)
      if (head.state === 'unwritten') {
        told.delete(change.path)
        yield { type: 'compacted', path: change.path, cursor: change.cursor }
      } else {
        told.set(change.path, head.version)
        yield changeTo(change.path, head.state, head.version, change.cursor)
      }
    }
  }
}

function changeTo(path: string, state: StoredHead['state'], version: Version, cursor: string): Change {
  return { type: state === 'live' ? 'put' : 'delete', path, version, cursor }
}

function follows(version: Version, before: Version): boolean {
  return generationOf(version) !== generationOf(before) || sequenceOf(version) > sequenceOf(before)
}
