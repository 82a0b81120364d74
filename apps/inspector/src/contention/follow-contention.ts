import { type Filesystem, isBelow, writerName } from '@latchless/filesystem'
import { type FollowOptions, followTraces } from './follow-traces.ts'
import { isAtOrBelow } from './is-at-or-below.ts'
import { watchCommits } from './watch-commits.ts'

export interface ContentionSources {
  /** Asked for what is committed; absent when traces are all there is. */
  readonly store: Filesystem | undefined
  readonly prefix: string
  readonly traces: readonly string[]
  /** Only this record, and those below it. */
  readonly path?: string | undefined
}

/** Tells of what happens to records below a prefix, from all sources at once, until the signal fires or all have ended. */
export async function followContention(
  { store, prefix, traces, path }: ContentionSources,
  options: FollowOptions & { readonly nowMs: () => number },
): Promise<void> {
  const { signal, onActivity, nowMs } = options
  const isMeant = (key: string) => {
    if (path !== undefined) return isAtOrBelow(key, path)
    // Of what names no record only the whole can be told.
    return prefix === '/' || isBelow(key, prefix)
  }
  const stopped = new AbortController()
  const both = AbortSignal.any([signal, stopped.signal])
  const sources: Promise<void>[] = []
  if (store) sources.push(tellCommits(store, prefix, { ...options, signal: both, nowMs }, isMeant))
  if (traces.length > 0) {
    const following = followTraces(traces, {
      ...options,
      signal: both,
      onActivity: (activity) => {
        if (activity.type === 'gap' || isMeant(activity.key)) onActivity(activity)
      },
    })
    sources.push(following)
  }
  try {
    await Promise.all(sources)
  } finally {
    stopped.abort()
    await Promise.allSettled(sources)
  }
}

async function tellCommits(
  store: Filesystem,
  prefix: string,
  { signal, onActivity, nowMs }: FollowOptions & { readonly nowMs: () => number },
  isMeant: (key: string) => boolean,
): Promise<void> {
  for await (const { path, versions, missing } of watchCommits(store, prefix, { signal, startMs: nowMs() })) {
    if (!isMeant(path)) continue
    const atMs = nowMs()
    // When it was seen: a version's own time is by the clock of its writer.
    for (const { writer, updates } of versions) {
      onActivity({ type: 'commit', atMs, key: path, writer: writerName(writer), updates: updates.length })
    }
    if (missing > 0) onActivity({ type: 'gap', of: 'commits', atMs, missing })
  }
}
