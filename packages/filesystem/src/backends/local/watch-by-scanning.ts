import { ChangeFeed } from '../../change-feed.ts'
import { FilesystemError } from '../../errors.ts'
import type { Change, Filesystem, WatchOptions } from '../../filesystem.ts'
import { ScannedChanges } from './scanned-changes.ts'
import type { LocalStore } from './store.ts'

/** How often `watch` looks for writes of other processes, where the options do not say. */
const WATCH_INTERVAL_MS_DEFAULT = 250

/** The longest that a timer holds. */
const TIMER_MS_MAX = 2 ** 31 - 1

/**
 * The interval asked for, or the default.
 *
 * @throws {FilesystemError} `invalid-argument`.
 */
export function watchInterval(root: string, intervalMs: number = WATCH_INTERVAL_MS_DEFAULT): number {
  if (intervalMs >= 1 && intervalMs <= TIMER_MS_MAX) return intervalMs
  const problem = `watchIntervalMs must be 1 to ${TIMER_MS_MAX}`
  throw new FilesystemError('invalid-argument', `Cannot open store ${JSON.stringify(root)}: ${problem}`, {
    operation: 'open',
  })
}

/** The changes below a prefix, found by comparing. Each iteration has a comparison of its own. */
export function watchByScanning(
  filesystem: Pick<Filesystem, 'get' | 'list'>,
  store: LocalStore,
  prefix: string,
  options: WatchOptions,
  how: { readonly intervalMs: number; readonly closing: AbortSignal },
): AsyncIterable<Change> {
  return {
    [Symbol.asyncIterator]: () => {
      const changes = new ScannedChanges(store, prefix, how.intervalMs)
      const feed = new ChangeFeed(filesystem, changes, prefix, options, how.closing)[Symbol.asyncIterator]()
      return endingWith(feed, () => changes.stop())
    },
  }
}

/** The same iterator, that tells when it has ended. */
function endingWith(inner: AsyncIterator<Change, undefined>, onEnd: () => void): AsyncIterator<Change, undefined> {
  return {
    next: async () => {
      try {
        const result = await inner.next()
        if (result.done) onEnd()
        return result
      } catch (error) {
        onEnd()
        throw error
      }
    },
    return: async () => {
      onEnd()
      return (await inner.return?.()) ?? { done: true, value: undefined }
    },
  }
}
