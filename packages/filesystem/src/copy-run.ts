import { checkSignal } from './entry.ts'
import { FilesystemError } from './errors.ts'
import type { Filesystem, PathCursor } from './filesystem.ts'
import type { CopyPhase, CopyProgress } from './copy-report.ts'
import { comparePaths, isBelow } from './path.ts'
import type { Runtime } from './runtime.ts'

const PAGE = 200
const TRIES_MAX = 4
const FIRST_WAIT_MS = 50

/** What the parts of one copy share. */
export interface CopyRun {
  readonly from: Filesystem
  readonly to: Filesystem
  readonly prefix: string
  readonly overwrite: boolean
  readonly dryRun: boolean
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
  readonly runtime: Runtime
  readonly onProgress: ((progress: CopyProgress) => void) | undefined
}

/** Live records below the prefix, in order, a page at a time; damaged ones too, which only `get` can tell more about. */
export async function* livePaths(filesystem: Filesystem, run: CopyRun): AsyncGenerator<{ readonly path: string }> {
  let after: PathCursor | undefined
  do {
    const { paths, next } = await pageBehind(filesystem, run, after)
    for (const path of paths) yield { path }
    after = next
  } while (after)
}

async function pageBehind(
  filesystem: Filesystem,
  run: CopyRun,
  after: PathCursor | undefined,
): Promise<{ readonly paths: readonly string[]; readonly next?: PathCursor | undefined }> {
  const { prefix, signal } = run
  const limit = Math.min(PAGE, filesystem.capabilities(prefix).limits.pageSizeMax)
  try {
    const { items, next } = await persistently(run, () => filesystem.list(prefix, { after, limit, signal }))
    return { paths: items.filter(({ head }) => head?.state === 'live').map(({ path }) => path), next }
  } catch (error) {
    const path = error instanceof FilesystemError && error.code === 'corrupt' ? error.path : undefined
    const isNext = path !== undefined && isBelow(path, prefix) && (!after || comparePaths(path, after.path) > 0)
    if (!isNext) throw error
    return { paths: [path], next: { path } }
  }
}

/** Works through a sequence, several at a time, and stops at the first error once all that had begun have ended. */
export async function eachOf<T extends { readonly path: string }>(
  run: CopyRun,
  phase: CopyPhase,
  sequence: AsyncGenerator<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let done = 0
  const state = { failed: false }
  const worker = async () => {
    while (!state.failed) {
      const next = await sequence.next()
      if (next.done) return
      checkSignal('copy', next.value.path, run.signal)
      await work(next.value)
      run.onProgress?.({ phase, done: ++done, path: next.value.path })
    }
  }
  const workers = Array.from({ length: run.concurrency }, () =>
    worker().catch((error: unknown) => {
      state.failed = true
      throw error
    }),
  )
  const failure = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected')
  await sequence.return(undefined)
  if (failure) throw failure.reason
}

/**
 * Whether an error is about one record or log, so that the others can be copied, and not about a whole store, as when it is
 * closed or does not answer.
 */
export function isAboutOne(error: unknown): error is FilesystemError {
  return error instanceof FilesystemError && !['unavailable', 'closed', 'aborted'].includes(error.code)
}

/**
 * Repeats a call that a store could not answer. A put is repeated identically, so that it lands once; what would land again is
 * called with `once`, and is repeated only when it is known that nothing was written.
 */
export async function persistently<T>(run: CopyRun, call: () => Promise<T>, landing?: 'once'): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      const isUnavailable = error instanceof FilesystemError && error.code === 'unavailable'
      const passing = isUnavailable && (error.retry === 'safe' || (error.retry === 'unknown' && landing !== 'once'))
      if (!passing || tries === TRIES_MAX) throw error
      await run.runtime.sleep(FIRST_WAIT_MS * 2 ** (tries - 1), run.signal)
    }
  }
}
