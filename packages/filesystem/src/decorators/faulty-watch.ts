import type { Change, WatchOptions } from '../filesystem.ts'
import { UNRESUMABLE } from '../routing/merged-watch.ts'
import type { Fault } from './fault-script.ts'

/** The one fault of a watch. */
export interface WatchFault {
  readonly fault: Fault
  /** At which change, from 1; 0 before the watch begins. */
  readonly change: number
  readonly error: Error
}

/** The changes of a watch with a fault at one of them. */
export class FaultyWatch implements AsyncIterator<Change, undefined> {
  readonly #script: WatchFault
  readonly #options: WatchOptions
  readonly #open: (options: WatchOptions) => AsyncIterable<Change>
  readonly #hold: () => Promise<void>
  #changes: AsyncIterator<Change, unknown> | undefined
  #seen = 0
  #failsNext = false

  constructor(
    script: WatchFault,
    options: WatchOptions,
    open: (options: WatchOptions) => AsyncIterable<Change>,
    hold: () => Promise<void>,
  ) {
    this.#script = script
    this.#options = options
    this.#open = open
    this.#hold = hold
  }

  async next(): Promise<IteratorResult<Change, undefined>> {
    if (this.#failsNext) return this.#fail()
    if (!this.#changes) {
      if (this.#script.change === 0) await this.#meetFault()
      this.#changes ??= this.#begin(this.#options)
    }
    const result = await this.#changes.next()
    if (result.done) return { done: true, value: undefined }
    this.#seen++
    if (this.#seen === this.#script.change) {
      await this.#meetFault()
      if (this.#script.fault === 'gap') return this.next()
    }
    return { done: false, value: result.value }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#changes?.return?.()
    return { done: true, value: undefined }
  }

  async #meetFault(): Promise<void> {
    if (this.#script.fault === 'delay') return this.#hold()
    if (this.#script.fault === 'error-after') {
      this.#failsNext = this.#script.change > 0
      if (this.#failsNext) return undefined
    }
    if (this.#script.fault !== 'gap') return this.#fail()
    // No backend can resume from there, so the gap and the heads behind it are the store's own.
    await this.#changes?.return?.()
    this.#changes = this.#begin({ ...this.#options, after: UNRESUMABLE })
  }

  #begin(options: WatchOptions): AsyncIterator<Change, unknown> {
    return this.#open(options)[Symbol.asyncIterator]()
  }

  async #fail(): Promise<never> {
    await this.return()
    throw this.#script.error
  }
}
