import { generationOf, type Filesystem, type ListHead } from '@latchless/filesystem'
import { walkVersions, type WalkedVersion } from './walk-versions.ts'

/** One line of a history: a version, one that cannot be read, or versions that are not retained. */
export type VersionEntry =
  | { readonly type: 'version'; readonly sequence: number; readonly head: ListHead }
  | { readonly type: 'damaged'; readonly sequence: number; readonly problem: string }
  | { readonly type: 'gap'; readonly from: number; readonly to: number }

/** `cut` when it stopped at {@link ENTRIES_MAX}, `failed` when at an error: then nobody knows what is older. */
export type ReadState = 'more' | 'whole' | 'cut' | 'failed'

/** Entries in memory at the most. */
const ENTRIES_MAX = 2000

/** The versions of a record, newest first, read as far as somebody has come. */
export class VersionEntries {
  readonly #versions: AsyncGenerator<WalkedVersion>
  readonly #entries: VersionEntry[] = []
  #last: WalkedVersion | undefined
  #problem = ''
  #state: ReadState = 'more'

  constructor(fs: Filesystem, path: string) {
    this.#versions = walkVersions(fs, path, async ({ message }) => {
      this.#problem = message
    })
  }

  get all(): readonly VersionEntry[] {
    return this.#entries
  }

  get state(): ReadState {
    return this.#state
  }

  /** Reads so many versions more, and on to a number where one is given. Not to be called again before it has resolved. */
  async read(count: number, until: number = Number.POSITIVE_INFINITY): Promise<void> {
    const isFarEnough = (taken: number) => taken >= count && (this.#last?.sequence ?? 0) <= until
    for (let taken = 0; !isFarEnough(taken) && this.#state === 'more'; taken++) {
      const next = await this.#next()
      if (next.done) this.#end()
      else this.#take(next.value)
    }
  }

  // A generator that has thrown says from then on that it is done.
  async #next(): Promise<IteratorResult<WalkedVersion, unknown>> {
    try {
      return await this.#versions.next()
    } catch (error) {
      this.#state = 'failed'
      throw error
    }
  }

  #take(version: WalkedVersion): void {
    if (this.#last && isSameGeneration(this.#last, version)) this.#pushGap(version.sequence, this.#last.sequence)
    const { sequence, head } = version
    this.#entries.push(
      head ? { type: 'version', sequence, head } : { type: 'damaged', sequence, problem: this.#problem },
    )
    this.#last = version
    if (this.#entries.length >= ENTRIES_MAX) this.#state = 'cut'
  }

  #end(): void {
    if (this.#last) this.#pushGap(0, this.#last.sequence)
    this.#state = 'whole'
  }

  #pushGap(older: number, newer: number): void {
    if (newer - older > 1) this.#entries.push({ type: 'gap', from: older + 1, to: newer - 1 })
  }
}

// Before a delete and after it, numbers may begin anew: nothing is missing between the two.
function isSameGeneration(a: WalkedVersion, b: WalkedVersion): boolean {
  return !a.head || !b.head || generationOf(a.head.info.version) === generationOf(b.head.info.version)
}
