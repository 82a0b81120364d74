import type { Change } from '../filesystem.ts'
import { closedError } from '../refusals.ts'

export interface WatchTranslation {
  /** The change for the caller; undefined for one that is not to be seen. */
  readonly change: (change: Change) => Change | undefined
  readonly error: (error: unknown) => unknown
}

/** The changes of one filesystem as the caller of a route sees them. Ending it never waits for a change. */
export class TranslatedWatch implements AsyncIterator<Change, undefined> {
  readonly #changes: AsyncIterator<Change, unknown>
  readonly #translation: WatchTranslation

  constructor(changes: AsyncIterator<Change, unknown>, translation: WatchTranslation) {
    this.#changes = changes
    this.#translation = translation
  }

  async next(): Promise<IteratorResult<Change, undefined>> {
    try {
      for (;;) {
        const result = await this.#changes.next()
        if (result.done) return { done: true, value: undefined }
        const change = this.#translation.change(result.value)
        if (change) return { done: false, value: change }
      }
    } catch (error) {
      // The source is still open when it is the translation that failed.
      leave(this.#changes)
      throw this.#translation.error(error)
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#changes.return?.()
    return { done: true, value: undefined }
  }
}

/** Lets go of changes that nobody will ask for again, without waiting for what they still do. */
export function leave(changes: AsyncIterator<Change, unknown>): void {
  const returned = async () => changes.return?.()
  returned().catch(() => {})
}

/** The changes until `closing` fires: from then on `closed`, also where the source only ends. */
export function untilClosed(
  changes: AsyncIterator<Change, undefined>,
  prefix: string,
  closing: AbortSignal,
): AsyncIterator<Change, undefined> {
  let returned = false
  const ended = () => closing.aborted && !returned
  const closed = () => {
    leave(changes)
    return closedError('watch', prefix)
  }
  return {
    async next() {
      if (ended()) throw closed()
      try {
        const result = await changes.next()
        if (!ended()) return result
      } catch (error) {
        if (!ended()) throw error
      }
      throw closed()
    },
    async return() {
      returned = true
      return (await changes.return?.()) ?? { done: true, value: undefined }
    },
  }
}
