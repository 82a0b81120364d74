import { mayHaveLanded } from './engines/engine.ts'
import { Histogram } from './histogram.ts'
import type { WorkerResult } from './messages.ts'

/** What the writers of one process did. Times are milliseconds since the epoch, as in the window. */
export class Tally {
  readonly #latency = new Histogram()
  readonly #operations: number[]
  readonly #acknowledged = new Map<string, number>()
  readonly #unknown = new Map<string, number>()
  /** Those that ended before the window was told: a process whose event loop is not served learns of it late. */
  readonly #early: (readonly [writer: number, startMs: number, endMs: number, records: number])[] = []
  #isWindowKnown = false
  #window = { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY }
  #records = 0
  #failures = 0
  #failureExample: string | undefined

  constructor(writers: number) {
    this.#operations = Array.from({ length: writers }, () => 0)
  }

  get window(): { readonly fromMs: number; readonly untilMs: number } {
    return this.#window
  }

  set window(window: { readonly fromMs: number; readonly untilMs: number }) {
    this.#window = window
    this.#isWindowKnown = true
    for (const operation of this.#early.splice(0)) this.done(...operation)
  }

  /** An operation that ended well. One that began before the window counts with all its time. */
  done(writer: number, startMs: number, endMs: number, records = 0): void {
    if (!this.#isWindowKnown) {
      this.#early.push([writer, startMs, endMs, records])
      return
    }
    const { fromMs, untilMs } = this.#window
    if (endMs < fromMs) return
    this.#latency.record(endMs - startMs)
    if (endMs > untilMs) return
    this.#operations[writer] = (this.#operations[writer] ?? 0) + 1
    this.#records += records
  }

  acknowledge(path: string, count = 1): void {
    this.#acknowledged.set(path, (this.#acknowledged.get(path) ?? 0) + count)
  }

  fail(path: string, error: unknown): void {
    this.#failures += 1
    this.#failureExample ??= error instanceof Error ? error.message : String(error)
    if (mayHaveLanded(error)) this.#unknown.set(path, (this.#unknown.get(path) ?? 0) + 1)
  }

  toResult(): Pick<
    WorkerResult,
    'operations' | 'records' | 'latency' | 'acknowledged' | 'unknown' | 'failures' | 'failureExample'
  > {
    return {
      operations: this.#operations,
      records: this.#records,
      latency: this.#latency.toData(),
      acknowledged: [...this.#acknowledged],
      unknown: [...this.#unknown],
      failures: this.#failures,
      failureExample: this.#failureExample,
    }
  }
}
