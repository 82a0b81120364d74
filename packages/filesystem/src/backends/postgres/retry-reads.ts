import { FilesystemError } from '../../errors.ts'
import type { Runtime } from '../../runtime.ts'

/** First wait in milliseconds; it doubles with each failure in a row. */
const BASE_MS = 50
/** Where the doubling stops, in milliseconds. */
const CEILING_MS = 5_000

/**
 * Runs a read until it answers: a watch outlives lost connections and restarts of the server. What is not safe to retry is
 * thrown, and so is everything once the signal fired.
 */
export async function retryReads<T>(read: () => Promise<T>, runtime: Runtime, signal: AbortSignal): Promise<T> {
  for (let waitMs = BASE_MS; ; waitMs = Math.min(CEILING_MS, 2 * waitMs)) {
    try {
      return await read()
    } catch (error) {
      const passes = error instanceof FilesystemError && error.code === 'unavailable' && error.retry === 'safe'
      if (!passes || signal.aborted) throw error
    }
    // Spread, so that many watchers do not come back in step.
    await runtime.sleep(waitMs * (0.5 + runtime.random() / 2), signal)
  }
}
