import {
  anything,
  type AppendResult,
  CompactedError,
  type LogPage,
  type OperationOptions,
  type ReadLogOptions,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

type Bodies = readonly Uint8Array[]

/** Numbers entries from 0. */
export class NumbersFromZero extends Healthy {
  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    const { first, last } = await this.inner.append(log, bodies, options)
    return { first: first - 1, last: last - 1 }
  }

  override async read(log: string, options?: ReadLogOptions): Promise<LogPage> {
    const page = await this.inner.read(log, options)
    return { ...page, entries: page.entries.map((entry) => ({ ...entry, sequence: entry.sequence - 1 })) }
  }
}

/** Treats entries as lines of text. */
export class DecodesEntries extends Healthy {
  override append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    const lines = bodies.map((body) => new TextEncoder().encode(new TextDecoder().decode(body).trimEnd()))
    return this.inner.append(log, lines, options)
  }
}

/** Begins a page with the entry of its cursor. */
export class RepeatsLogCursor extends Healthy {
  override read(log: string, options: ReadLogOptions = {}): Promise<LogPage> {
    const { after } = options
    return this.inner.read(log, { ...options, after: after === undefined ? undefined : Math.max(0, after - 1) })
  }
}

/** Keeps a record at the path of a log. */
export class MixesLogsIntoRecords extends Healthy {
  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    const result = await this.inner.append(log, bodies, options)
    await this.inner.put(log, { body: new Uint8Array(), contentType: 'text/plain' }, anything)
    return result
  }
}

/** Goes on with the oldest entry where others are trimmed, and does not say so. */
export class HidesTrimming extends Healthy {
  override async read(log: string, options?: ReadLogOptions): Promise<LogPage> {
    try {
      return await this.inner.read(log, options)
    } catch (error) {
      if (error instanceof CompactedError) return this.inner.read(log, { ...options, after: undefined })
      throw error
    }
  }
}

/** Begins again at 1 when a log is trimmed to nothing. */
export class RestartsTrimmedLogs extends Healthy {
  readonly #lives = new Map<string, number>()

  #inLife(log: string): string {
    return `/life-${this.#lives.get(log) ?? 0}${log}`
  }

  override append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    return this.inner.append(this.#inLife(log), bodies, options)
  }

  override read(log: string, options?: ReadLogOptions): Promise<LogPage> {
    return this.inner.read(this.#inLife(log), options)
  }

  override async trim(log: string, before: number, options?: OperationOptions): Promise<void> {
    await this.inner.trim(this.#inLife(log), before, options)
    const { entries } = await this.read(log)
    if (entries.length === 0) this.#lives.set(log, (this.#lives.get(log) ?? 0) + 1)
  }
}

/** Takes the bodies of an append only when its turn has come. */
export class CopiesEntriesTooLate extends Healthy {
  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    await Promise.resolve()
    return this.inner.append(log, bodies, options)
  }
}

/** Resolves an append of nothing. */
export class AppendsNothing extends Healthy {
  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    return bodies.length === 0 ? { first: 1, last: 0 } : this.inner.append(log, bodies, options)
  }
}

/** Does not look at the signal of an append. */
export class AppendsAborted extends Healthy {
  override append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    return this.inner.append(log, bodies, { ...options, signal: undefined })
  }
}

/** Draws a number when an append begins and shows its entries when it ends, so that a later one may be seen first. */
export class ShowsEntriesOutOfOrder extends Healthy {
  readonly #hidden = new Set<number>()
  #turn = 0

  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    const slow = this.#turn++ % 3 === 0
    const result = await this.inner.append(log, bodies, options)
    if (!slow) return result
    this.#hidden.add(result.first)
    await new Promise((resolve) => setImmediate(resolve))
    this.#hidden.delete(result.first)
    return result
  }

  override async read(log: string, options?: ReadLogOptions): Promise<LogPage> {
    const page = await this.inner.read(log, options)
    return { ...page, entries: page.entries.filter(({ sequence }) => !this.#hidden.has(sequence)) }
  }
}

/** Appends entry by entry. */
export class TearsAppendsApart extends Healthy {
  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    if (bodies.length === 0) return this.inner.append(log, bodies, options)
    const results: AppendResult[] = []
    for (const body of bodies) results.push(await this.inner.append(log, [body], options))
    return { first: results[0]?.first ?? 0, last: results.at(-1)?.last ?? 0 }
  }
}

/** Takes appends of any length. */
export class AppendsBeyondLimit extends Healthy {
  override async append(log: string, bodies: Bodies, options?: OperationOptions): Promise<AppendResult> {
    const most = this.capabilities('/').limits.appendEntriesMax
    if (bodies.length <= most) return this.inner.append(log, bodies, options)
    const { first } = await this.inner.append(log, bodies.slice(0, most), options)
    const { last } = await this.inner.append(log, bodies.slice(most), options)
    return { first, last }
  }
}
