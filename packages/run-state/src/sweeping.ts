import type { CasUpdateOptions, QueryPage, RecordType, StoreAct, TupleRange } from '@latchless/filesystem'
import { STORE_PAGE_SIZE_MAX } from '@latchless/filesystem'
import { z } from 'zod'
import type { RunStateRecords } from './run-state-records.ts'
import { checkArgument, SWEEP_LIMIT_DEFAULT } from './run-state-records.ts'

export interface Swept {
  readonly done: number
  /** True when the limit was reached before the work was done. */
  readonly more: boolean
}

const limitSchema = z.int().min(1).max(STORE_PAGE_SIZE_MAX)

/** @throws {RunStateError} `invalid-argument`. */
export function sweepLimit(act: StoreAct, limit: number = SWEEP_LIMIT_DEFAULT): number {
  return checkArgument(act, 'limit', limitSchema, limit)
}

/**
 * The work of one sweep, or of one cascade. A record that cannot be read or handled stops neither the records behind it nor the
 * next kind of work: it is left, does not count, and {@link finish} tells of it in the end.
 */
export class Sweeping {
  readonly #records: RunStateRecords
  readonly #act: StoreAct
  readonly #limit: number
  readonly #update: CasUpdateOptions
  readonly #failures: unknown[] = []

  /** Without a limit it goes on until nothing is left. */
  constructor(
    records: RunStateRecords,
    act: StoreAct,
    { limit = Infinity, update = {} }: { readonly limit?: number; readonly update?: CasUpdateOptions | undefined },
  ) {
    this.#records = records
    this.#act = act
    this.#limit = limit
    this.#update = update
  }

  /** Handles records in the order of an index until `limit` of them are done. `handle` resolves with whether it did anything. */
  async each<T>(
    root: string,
    type: RecordType<T>,
    index: string,
    range: TupleRange,
    handle: (record: T) => Promise<boolean>,
  ): Promise<Swept> {
    const { signal, lane } = this.#update
    const limit = this.#limit
    let done = 0
    let after: QueryPage['next']
    try {
      do {
        const options = { range, after, limit: Math.min(limit, STORE_PAGE_SIZE_MAX), bodies: true, signal, lane }
        // Not by a page of the store, which is refused as a whole when one record of it cannot be read.
        const found: QueryPage = await this.#records.run(this.#act, async (filesystem) =>
          filesystem.query(root, index, options),
        )
        for (const { path, head } of found.items) {
          if (done === limit) return { done, more: true }
          const { entry } = head
          if (entry && (await this.#attempt(async () => handle(await this.#decoded(type, path, entry))))) done++
        }
        after = found.next
      } while (after !== undefined && done < limit)
    } catch (error) {
      this.#failures.push(error)
      return { done, more: false }
    }
    return { done, more: after !== undefined }
  }

  /** The report, when nothing went wrong. Throws the first thing that did; what was done stays done. */
  finish<R>(report: R): R {
    if (this.#failures.length > 0) throw this.#failures[0]
    return report
  }

  async #decoded<T>(type: RecordType<T>, path: string, entry: Parameters<RecordType<T>['decode']>[0]): Promise<T> {
    return this.#records.run(this.#act, async () => type.decode(entry, path))
  }

  async #attempt(work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work()
    } catch (error) {
      this.#failures.push(error)
      return false
    }
  }
}
