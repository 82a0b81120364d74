import type { Change } from '../filesystem.ts'
import { leave } from './translated-watch.ts'

/** The changes of one route, with the paths and errors of the caller. */
export interface WatchSource {
  /** Names the source in cursors, from one run of the program to the next. */
  readonly name: string
  readonly open: (after: string | undefined, signal: AbortSignal) => AsyncIterator<Change, unknown>
}

/** No backend can resume from it, so each answers it with a `gap` and then its heads. */
export const UNRESUMABLE = ''

/**
 * The changes of several sources as one, at the pace of the reader: of each source at most one change is fetched ahead. The
 * cursor holds one of each source. A gap is told once and for all of them: whoever sees it forgets what was told, so every
 * source tells its heads anew. A source that told nothing before a cursor was taken has no place in it, and answers with a
 * gap when resumed: nothing is passed over in silence.
 */
export class MergedWatch implements AsyncIterator<Change, undefined> {
  readonly #sources: readonly WatchSource[]
  readonly #readers = new Map<string, SourceReader>()
  readonly #arrivals: Arrival[] = []
  readonly #cursors: Map<string, string>
  readonly #resumed: boolean
  #wake: (() => void) | undefined
  /** The source of the change that was handed out last. It is asked again when the reader comes back. */
  #served: SourceReader | undefined
  #ended = false

  constructor(sources: readonly WatchSource[], after: string | undefined) {
    this.#sources = sources
    this.#resumed = after !== undefined
    this.#cursors = after === undefined ? new Map() : decodeCursor(after)
  }

  async next(): Promise<IteratorResult<Change, undefined>> {
    try {
      this.#askForMore()
      while (!this.#ended) {
        const arrival = this.#arrivals.shift()
        if (!arrival) await new Promise<void>((resolve) => (this.#wake = resolve))
        else if (this.#readers.get(arrival.reader.source.name) === arrival.reader) {
          const change = this.#changeOf(arrival)
          if (change) return { done: false, value: change }
        }
      }
    } catch (error) {
      // One source that cannot begin or go on ends the others.
      this.#end()
      throw error
    }
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#end()
    return { done: true, value: undefined }
  }

  #askForMore(): void {
    if (this.#ended) return
    if (this.#readers.size === 0) {
      for (const source of this.#sources) {
        const after = this.#cursors.get(source.name)
        this.#start(source, after ?? (this.#resumed ? UNRESUMABLE : undefined), false)
      }
    }
    this.#served?.ask()
    this.#served = undefined
  }

  #start(source: WatchSource, after: string | undefined, gapIsTold: boolean): void {
    this.#readers.get(source.name)?.stop()
    const reader = new SourceReader(source, after, gapIsTold, (arrival) => {
      this.#arrivals.push(arrival)
      this.#wake?.()
    })
    this.#readers.set(source.name, reader)
    reader.ask()
  }

  /** What to hand out for what a source gave, if anything. */
  #changeOf({ reader, result, error }: Arrival): Change | undefined {
    if (!result) throw error
    if (result.done) {
      this.#end()
      return undefined
    }
    const { name } = reader.source
    const change = result.value
    this.#cursors.set(name, change.cursor)
    if (change.type === 'gap') {
      if (reader.passesOverGap()) {
        reader.ask()
        return undefined
      }
      for (const other of this.#sources) {
        if (other.name === name) continue
        this.#cursors.delete(other.name)
        this.#start(other, UNRESUMABLE, true)
      }
    }
    this.#served = reader
    return { ...change, cursor: encodeCursor(this.#cursors) }
  }

  #end(): void {
    this.#ended = true
    for (const reader of this.#readers.values()) reader.stop()
    this.#wake?.()
  }
}

interface Arrival {
  readonly reader: SourceReader
  readonly result?: IteratorResult<Change, unknown>
  readonly error?: unknown
}

/** One run through a source. */
class SourceReader {
  readonly source: WatchSource
  readonly #stopping = new AbortController()
  readonly #changes: AsyncIterator<Change, unknown>
  readonly #arrive: (arrival: Arrival) => void
  #gapIsTold: boolean

  constructor(source: WatchSource, after: string | undefined, gapIsTold: boolean, arrive: (arrival: Arrival) => void) {
    this.source = source
    this.#gapIsTold = gapIsTold
    this.#arrive = arrive
    this.#changes = source.open(after, this.#stopping.signal)
  }

  ask(): void {
    this.#changes.next().then(
      (result) => this.#arrive({ reader: this, result }),
      (error: unknown) => this.#arrive({ reader: this, error }),
    )
  }

  /** The signal alone would not do: a source that is not asked again never looks at it. */
  stop(): void {
    this.#stopping.abort()
    leave(this.#changes)
  }

  /** True once, for the first gap of a source that was started because another one told a gap. */
  passesOverGap(): boolean {
    const told = this.#gapIsTold
    this.#gapIsTold = false
    return told
  }
}

function encodeCursor(cursors: ReadonlyMap<string, string>): string {
  return Buffer.from(JSON.stringify(Object.fromEntries(cursors))).toString('base64url')
}

/** The cursors by source. Those of a text that is no cursor are none, so that every source answers with a gap. */
function decodeCursor(cursor: string): Map<string, string> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return new Map()
  }
}
