import { FilesystemError } from '../errors.ts'
import type { Change, Filesystem, OperationOptions } from '../filesystem.ts'
import { operationPhrase } from '../operation-phrase.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import type { Operation } from './intercepted.ts'
import { InterceptedFilesystem } from './intercepted.ts'

/** Milliseconds: always as many, or drawn uniformly from a range. */
export type DelayMs = number | readonly [from: number, to: number]

export interface CallDelay {
  /** On the way to the store. A signal that fires meanwhile ends the call with `aborted`, and the store is not called. */
  readonly before?: DelayMs | undefined
  /** On the way back. A signal that fires meanwhile ends the delay and not the call, because the store has done its work. */
  readonly after?: DelayMs | undefined
}

export interface LatencyOptions {
  /** The delay of every operation that `operations` does not name. Default none. */
  readonly every?: CallDelay | undefined
  /** The delay of one operation. That of a watch is before it begins, and after each of its changes. */
  readonly operations?: { readonly [Name in Operation | 'watch']?: CallDelay | undefined } | undefined
  /** Determines the delays that are drawn. Default 1. */
  readonly seed?: number | undefined
  readonly runtime?: Runtime | undefined
}

/**
 * A filesystem that is as far away as said, for tests and benchmarks of what is built on the contract.
 *
 * ```ts
 * const remote = latency(store, { every: { before: [1, 3], after: [1, 3] }, operations: { list: { before: 20 } } })
 * ```
 *
 * @throws {RangeError} when a delay is negative, not finite, or a range that ends before it begins.
 */
export function latency(filesystem: Filesystem, options: LatencyOptions): Filesystem {
  for (const delay of [options.every, ...Object.values(options.operations ?? {})]) checkDelay(delay)
  const runtime = options.runtime ?? systemRuntime
  const random = seededRandom(options.seed ?? 1)
  const travel: Travel = async (operation, side, signal) => {
    const delay = (options.operations?.[operation] ?? options.every)?.[side] ?? 0
    const ms = typeof delay === 'number' ? delay : delay[0] + (delay[1] - delay[0]) * random.fraction()
    if (ms === 0 || signal?.aborted) return
    try {
      await runtime.sleep(ms, signal)
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  }
  return new InterceptedFilesystem(
    filesystem,
    async (call, proceed) => {
      const { signal } = call.args.at(-1) as OperationOptions
      await travel(call.operation, 'before', signal)
      if (signal?.aborted) throw abortedOnTheWay(call.operation, call.path, signal)
      const result = await proceed()
      await travel(call.operation, 'after', signal)
      return result
    },
    { watch: (_prefix, passed, proceed) => delayed(proceed(passed), travel, passed.signal), waits: true },
  )
}

/** Waits for the delay of one way, at the most until the signal fires. */
type Travel = (operation: Operation | 'watch', side: keyof CallDelay, signal: AbortSignal | undefined) => Promise<void>

function delayed(
  changes: AsyncIterable<Change>,
  travel: Travel,
  signal: AbortSignal | undefined,
): AsyncIterable<Change> {
  return {
    [Symbol.asyncIterator]() {
      const inner: AsyncIterator<Change, unknown> = changes[Symbol.asyncIterator]()
      let begun = false
      return {
        async next() {
          if (!begun) await travel('watch', 'before', signal)
          begun = true
          const result = await inner.next()
          if (!result.done) await travel('watch', 'after', signal)
          return result
        },
        async return() {
          return (await inner.return?.()) ?? { done: true, value: undefined }
        },
      }
    },
  }
}

function checkDelay(delay: CallDelay | undefined): void {
  for (const side of [delay?.before, delay?.after]) {
    const [from, to] = typeof side === 'object' ? side : [side ?? 0, side ?? 0]
    if (from >= 0 && to >= from && Number.isFinite(to)) continue
    throw new RangeError(`Cannot delay by ${JSON.stringify(side)}: expected milliseconds from 0, or a range of them`)
  }
}

function abortedOnTheWay(operation: string, path: string, signal: AbortSignal): FilesystemError {
  const message = `Cannot ${operationPhrase(operation)} ${JSON.stringify(path)}: the signal fired on the way to the store`
  return new FilesystemError('aborted', message, { operation, path, retry: 'safe', cause: signal.reason })
}
