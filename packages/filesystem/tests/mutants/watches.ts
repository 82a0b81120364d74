import {
  type AppendResult,
  type Change,
  FilesystemError,
  isBelow,
  type TransactResult,
  type TransactStep,
  type WatchOptions,
  type WriteOptions,
} from '@latchless/filesystem'
import { Healthy } from './healthy.ts'

type Turn = (changes: AsyncIterable<Change>) => AsyncIterable<Change>

/** Turns what a watch tells into something else, and leaves its end as it is. */
function turned(changes: AsyncIterable<Change>, turn: Turn): AsyncIterable<Change> {
  return {
    [Symbol.asyncIterator]() {
      const inner = changes[Symbol.asyncIterator]()
      const outer = turn({ [Symbol.asyncIterator]: () => inner })[Symbol.asyncIterator]()
      // A generator would keep its return waiting behind a pending next.
      return {
        next: () => outer.next(),
        return: async (value?: unknown) => inner.return?.(value) ?? { done: true, value },
      }
    },
  }
}

abstract class WatchesOtherwise extends Healthy {
  abstract turn(changes: AsyncIterable<Change>, prefix: string): AsyncIterable<Change>

  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    return turned(this.inner.watch(prefix, options), (changes) => this.turn(changes, prefix))
  }
}

/** Tells what was there before it began. */
export class TellsThePast extends WatchesOtherwise {
  override async *turn(changes: AsyncIterable<Change>, prefix: string): AsyncIterable<Change> {
    const { items } = await this.inner.list(prefix)
    for (const { path, head } of items) {
      if (head) yield { type: 'put', path, version: head.info.version, cursor: '' }
    }
    yield* changes
  }
}

/** Tells an earlier version behind a later one. */
export class TellsVersionsBackwards extends WatchesOtherwise {
  override async *turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    const before = new Map<string, Change>()
    for await (const change of changes) {
      yield change
      if (change.type === 'gap') continue
      const earlier = before.get(change.path)
      if (earlier) yield earlier
      before.set(change.path, change)
      if (earlier) yield change
    }
  }
}

/** Tells everything whose path begins with the text of the prefix. */
export class WatchesByText extends Healthy {
  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    return turned(this.inner.watch('/', options), async function* (changes) {
      for await (const change of changes) if (change.type === 'gap' || change.path.startsWith(prefix)) yield change
    })
  }
}

/** Tells an append as a write of the record at its path. */
export class TellsAppends extends Healthy {
  readonly #appended: string[] = []

  override append(log: string, bodies: readonly Uint8Array[]): Promise<AppendResult> {
    this.#appended.push(log)
    return this.inner.append(log, bodies)
  }

  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    const appended = this.#appended
    return turned(this.inner.watch(prefix, options), async function* (changes) {
      for await (const change of changes) {
        for (const path of appended.splice(0)) {
          if (isBelow(path, prefix) && change.type === 'put') yield { ...change, path }
        }
        yield change
      }
    })
  }
}

/** Tells the first write of a transact only. */
export class TellsFirstStepOnly extends WatchesOtherwise {
  readonly #silent = new Set<string>()

  override async transact(steps: readonly TransactStep[], options?: WriteOptions): Promise<readonly TransactResult[]> {
    const results = await this.inner.transact(steps, options)
    for (const result of results.slice(1)) if (result && 'version' in result) this.#silent.add(result.version)
    return results
  }

  override async *turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    for await (const change of changes) {
      if (!('version' in change && this.#silent.has(change.version))) yield change
    }
  }
}

/** Ends all watches with the first that ends. */
export class EndsAllWatches extends Healthy {
  readonly #open: AsyncIterator<Change>[] = []

  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    const changes = this.inner.watch(prefix, options)
    return {
      [Symbol.asyncIterator]: () => {
        const inner = changes[Symbol.asyncIterator]()
        this.#open.push(inner)
        return {
          next: () => inner.next(),
          return: async () => {
            for (const each of this.#open) await each.return?.()
            return { done: true, value: undefined }
          },
        }
      },
    }
  }
}

/** Throws when its signal fires. */
export class ThrowsWhenAborted extends WatchesOtherwise {
  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    return turned(this.inner.watch(prefix, options), async function* (changes) {
      yield* changes
      if (options?.signal?.aborted) throw new FilesystemError('aborted', `Cannot watch "${prefix}": aborted`)
    })
  }

  override turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    return changes
  }
}

/** Tells the change that it waits for, although it was ended. */
export class TellsAfterReturn extends Healthy {
  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    const changes = this.inner.watch(prefix, options)
    return {
      [Symbol.asyncIterator]: () => {
        const inner = changes[Symbol.asyncIterator]()
        let returned = false
        return {
          next: async () => (returned ? { done: true, value: undefined } : inner.next()),
          return: async () => {
            returned = true
            return { done: true, value: undefined }
          },
        }
      },
    }
  }
}

/** Ends as if all were told when the filesystem is closed. */
export class EndsQuietlyOnClose extends WatchesOtherwise {
  override async *turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    try {
      yield* changes
    } catch (error) {
      if (!(error instanceof FilesystemError && error.code === 'closed')) throw error
    }
  }
}

/** Tells a gap where it should refuse the prefix. */
export class WatchesMalformedPrefixes extends Healthy {
  override async *watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    try {
      yield* this.inner.watch(prefix, options)
    } catch (error) {
      if (!(error instanceof FilesystemError && error.code === 'invalid-argument')) throw error
      yield { type: 'gap', cursor: '' }
    }
  }
}

/** Begins with what is written from now on, whatever the cursor. */
export class ResumesFromNow extends Healthy {
  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    return this.inner.watch(prefix, { ...options, after: undefined })
  }
}

/** Lists what is live behind a gap, and no tombstones. */
export class ForgetsTombstonesInGaps extends WatchesOtherwise {
  override async *turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    let listing = false
    for await (const change of changes) {
      if (change.type === 'gap') listing = true
      if (!(listing && change.type === 'delete')) yield change
    }
  }
}

/** Lists one page of heads behind a gap. */
export class ListsOnePageInGaps extends WatchesOtherwise {
  override async *turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    let listed: number | undefined
    for await (const change of changes) {
      if (change.type === 'gap') listed = 0
      else if (listed !== undefined) listed++
      // What is written later comes behind what is listed.
      if ((listed ?? 0) <= 100 || ('path' in change && change.path.endsWith('/tick'))) yield change
    }
  }
}

/** Goes on with what is written from now on when it has fallen behind. */
export class SkipsWhatOverflowed extends Healthy {
  override watch(prefix: string, options?: WatchOptions): AsyncIterable<Change> {
    const again = () => this.inner.watch(prefix, { signal: options?.signal })
    return turned(this.inner.watch(prefix, options), async function* (changes) {
      for (let rest = changes; ; rest = again()) {
        for await (const change of rest) {
          if (change.type === 'gap') break
          yield change
        }
      }
    })
  }
}

/** Says nothing of purged tombstones. */
export class TellsNoCompaction extends WatchesOtherwise {
  override async *turn(changes: AsyncIterable<Change>): AsyncIterable<Change> {
    for await (const change of changes) if (change.type !== 'compacted') yield change
  }
}
