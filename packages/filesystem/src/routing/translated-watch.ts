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

  constructor(changes: AsyncIterable<Change>, translation: WatchTranslation) {
    this.#changes = changes[Symbol.asyncIterator]()
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
      throw this.#translation.error(error)
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#changes.return?.()
    return { done: true, value: undefined }
  }
}

/** The changes until `closing` fires: from then on `closed`, also where the source only ends. */
export function untilClosed(
  changes: AsyncIterator<Change, undefined>,
  prefix: string,
  closing: AbortSignal,
): AsyncIterator<Change, undefined> {
  let returned = false
  const ended = () => closing.aborted && !returned
  return {
    async next() {
      if (ended()) throw closedError('watch', prefix)
      try {
        const result = await changes.next()
        if (!ended()) return result
      } catch (error) {
        if (!ended()) throw error
      }
      throw closedError('watch', prefix)
    },
    async return() {
      returned = true
      return (await changes.return?.()) ?? { done: true, value: undefined }
    },
  }
}
