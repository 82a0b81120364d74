import { checkSignal } from './entry.ts'
import { FilesystemError } from './errors.ts'
import { bytesOf } from './log.ts'
import type { AppendResult, Limits, OperationOptions } from './filesystem.ts'

/** Writes one batch to a log: all of its bodies or none. */
export type SendBatch = (log: string, bodies: readonly Uint8Array[], options: OperationOptions) => Promise<AppendResult>

interface Waiting {
  readonly bodies: readonly Uint8Array[]
  readonly options: OperationOptions
  readonly settled: PromiseWithResolvers<AppendResult>
}

/** Appends of one process that may wait for one log. */
const WAITING_MAX = 10_000

function tooMany(log: string): FilesystemError {
  return new FilesystemError(
    'unavailable',
    `Cannot append to ${JSON.stringify(log)}: ${WAITING_MAX} appends of this process wait for it already; try again later`,
    { path: log, operation: 'append', retry: 'safe' },
  )
}

/**
 * Coalesces appends: those to one log that arrive while a batch of it is in flight become the next batch. An idle log is
 * written at once, nothing is held back to fill a batch, and each append settles with its batch.
 */
export class AppendQueue {
  readonly #send: SendBatch
  readonly #limits: Limits
  /** Logs with a batch in flight, and what waits behind it. */
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(send: SendBatch, limits: Limits) {
    this.#send = send
    this.#limits = limits
  }

  /** @throws {FilesystemError} `unavailable` when too many wait for this log; `aborted`; what the store throws. */
  append(log: string, bodies: readonly Uint8Array[], options: OperationOptions): Promise<AppendResult> {
    const settled = Promise.withResolvers<AppendResult>()
    // Copied now: the caller may reuse its buffers while the append waits.
    const entry = { bodies: bodies.map((body) => Uint8Array.from(body)), options, settled }
    const queue = this.#waiting.get(log)
    if (!queue) {
      this.#waiting.set(log, [entry])
      void this.#drain(log)
      return settled.promise
    }
    if (queue.length >= WAITING_MAX) return Promise.reject(tooMany(log))
    queue.push(entry)
    this.#heedAbort(log, queue, entry)
    return settled.promise
  }

  /** An append that waits leaves at once when its signal fires. One that was sent is awaited. */
  #heedAbort(log: string, queue: Waiting[], entry: Waiting): void {
    const { signal } = entry.options
    const leave = () => {
      const at = queue.indexOf(entry)
      if (at < 0) return
      queue.splice(at, 1)
      try {
        checkSignal('append', log, signal)
      } catch (error) {
        entry.settled.reject(error)
      }
    }
    signal?.addEventListener('abort', leave, { once: true })
    const forget = () => signal?.removeEventListener('abort', leave)
    entry.settled.promise.then(forget, forget)
  }

  async #drain(log: string): Promise<void> {
    const queue = this.#waiting.get(log) ?? []
    while (queue.length > 0) {
      const batch = this.#takeBatch(log, queue)
      if (batch.length === 0) continue
      try {
        const bodies = batch.flatMap((each) => each.bodies)
        // The signal of one caller must not end the append of another, so a shared batch has none.
        const lane = batch.some(({ options }) => options.lane === 'critical') ? 'critical' : 'normal'
        const signal = batch.length === 1 ? batch[0]?.options.signal : undefined
        let { first } = await this.#send(log, bodies, { lane, signal })
        for (const each of batch) {
          each.settled.resolve({ first, last: first + each.bodies.length - 1 })
          first += each.bodies.length
        }
      } catch (error) {
        for (const each of batch) each.settled.reject(error)
      }
    }
    this.#waiting.delete(log)
  }

  /** The longest start of the queue that one append of the store can take. An aborted one leaves unwritten. */
  #takeBatch(log: string, queue: Waiting[]): Waiting[] {
    const batch: Waiting[] = []
    let entries = 0
    let bytes = 0
    for (let next = queue[0]; next; next = queue[0]) {
      entries += next.bodies.length
      bytes += bytesOf(next.bodies)
      if (batch.length > 0 && (entries > this.#limits.appendEntriesMax || bytes > this.#limits.bodyBytesMax)) break
      queue.shift()
      try {
        checkSignal('append', log, next.options.signal)
        batch.push(next)
      } catch (error) {
        next.settled.reject(error)
      }
    }
    return batch
  }
}
