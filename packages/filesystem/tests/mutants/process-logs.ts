import { setTimeout as pause } from 'node:timers/promises'
import {
  type AppendResult,
  type Change,
  type LogPage,
  type OperationOptions,
  type ReadLogOptions,
  systemRuntime,
  type WatchOptions,
} from '@latchless/filesystem'
import { HealthySqlite } from './process-transacts.ts'
import { HealthyLocal } from './processes.ts'

/** A tailing reader that falls behind is given the last entries. */
export class SkipsToTheEnd extends HealthyLocal {
  override async read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { entries } = await this.inner.read(log, { ...options, limit: 1000 })
    return { entries: entries.slice(-(options.limit ?? 100)) }
  }
}

/** Keeps its logs where no other handle looks for them. */
export class ForgetsLogsOnClose extends HealthyLocal {
  readonly #own = `/${systemRuntime.randomHex(4)}`

  override append(log: string, bodies: readonly Uint8Array[], options?: OperationOptions): Promise<AppendResult> {
    return this.inner.append(this.#own + log, bodies, options)
  }

  override read(log: string, options?: ReadLogOptions): Promise<LogPage> {
    return this.inner.read(this.#own + log, options)
  }
}

/** Resolves an append that it has only begun. */
export class AcknowledgesAppendsTooEarly extends HealthyLocal {
  #landed: Promise<unknown> = Promise.resolve()
  #last = 0

  override async append(log: string, bodies: readonly Uint8Array[], options?: OperationOptions): Promise<AppendResult> {
    this.#landed = this.#landed
      .then(() => pause(20))
      .then(() => this.inner.append(log, bodies, options))
      .catch(() => {})
    this.#last += bodies.length
    return { first: this.#last - bodies.length + 1, last: this.#last }
  }
}

/** Tells the writes of its own process only. */
export class WatchesOwnProcess extends HealthyLocal {
  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    const changes = this.inner.watch(prefix, options)
    const isOwn = async (change: Change) => {
      if (change.type === 'gap') return true
      const head = await this.inner.get(change.path)
      return head.state === 'unwritten' || head.info.writer.pid === process.pid
    }
    return {
      [Symbol.asyncIterator]() {
        const inner = changes[Symbol.asyncIterator]()
        return {
          async next() {
            for (;;) {
              const result = await inner.next()
              if (result.done === true || (await isOwn(result.value))) return result
            }
          },
          return: async (value?: unknown) => inner.return?.(value) ?? { done: true, value },
        }
      },
    }
  }
}

/** Takes the cursor of another handle for none. */
export class KnowsItsOwnCursorsOnly extends HealthySqlite {
  readonly #own = systemRuntime.randomHex(4)

  override watch(prefix: string, options: WatchOptions = {}): AsyncIterable<Change> {
    const known = options.after?.startsWith(this.#own) === true
    const after = known ? options.after?.slice(this.#own.length) : undefined
    const changes = this.inner.watch(prefix, { ...options, after })
    const own = (cursor: string) => this.#own + cursor
    return {
      [Symbol.asyncIterator]() {
        const inner = changes[Symbol.asyncIterator]()
        return {
          async next() {
            const result = await inner.next()
            if (result.done === true) return result
            return { done: false, value: { ...result.value, cursor: own(result.value.cursor) } }
          },
          return: async (value?: unknown) => inner.return?.(value) ?? { done: true, value },
        }
      },
    }
  }
}
