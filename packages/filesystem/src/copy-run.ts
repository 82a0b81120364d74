import { checkSignal } from './entry.ts'
import { FilesystemError } from './errors.ts'
import type { Filesystem, ListItem, PathCursor } from './filesystem.ts'
import type { CopyPhase, CopyProgress } from './copy-report.ts'
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

/** Live records below the prefix, in order, a page at a time. */
export async function* liveItems(filesystem: Filesystem, { prefix, signal }: CopyRun): AsyncGenerator<ListItem> {
  let after: PathCursor | undefined
  do {
    const limit = Math.min(PAGE, filesystem.capabilities(prefix).limits.pageSizeMax)
    const page = await filesystem.list(prefix, { after, limit, signal })
    for (const item of page.items) if (item.head?.state === 'live') yield item
    after = page.next
  } while (after)
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

/** Repeats a call that a store could not answer; a write is repeated identically, so that it lands once. */
export async function persistently<T>(run: CopyRun, call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      const passing = error instanceof FilesystemError && error.code === 'unavailable' && error.retry !== 'never'
      if (!passing || tries === TRIES_MAX) throw error
      await run.runtime.sleep(FIRST_WAIT_MS * 2 ** (tries - 1), run.signal)
    }
  }
}
