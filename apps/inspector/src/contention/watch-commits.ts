import {
  type Change,
  CompactedError,
  type Filesystem,
  generationOf,
  sequenceOf,
  type Version,
  type VersionInfo,
} from '@latchless/filesystem'
import { InspectorError } from '../inspector-error.ts'
import { ToldVersions } from '../model/told-versions.ts'
import { isCorrupt, pageSize } from '../model/walk-page.ts'

/** What was committed to one record since the last time, oldest first. */
export interface Commits {
  readonly path: string
  readonly versions: readonly VersionInfo[]
  /** Versions in between of which nothing is known: they were not retained, or could not be read. */
  readonly missing: number
}

/**
 * Every version that is committed below a prefix from now on. A watch tells the newest only where several follow each other
 * quickly; those in between are read from the history, as far as it reaches.
 *
 * @throws {InspectorError} `refused` where the store cannot tell of changes.
 */
export async function* watchCommits(
  store: Filesystem,
  prefix: string,
  options: { readonly signal: AbortSignal; readonly startMs: number },
): AsyncGenerator<Commits, void> {
  requireWatch(store, prefix)
  const told = new ToldVersions()
  let isResync = false
  for await (const change of store.watch(prefix, { signal: options.signal })) {
    // Behind a gap every head is told, also of records that nobody has written since.
    if (change.type === 'gap') isResync = true
    if (change.type === 'gap') continue
    if (change.type === 'compacted') {
      told.forget(change.path)
      continue
    }
    const before = told.tell(change.path, change.version)
    const since: Since = { before, startMs: options.startMs, isResync }
    const commits = await commitsUpTo(store, change, since, options.signal)
    if (commits.versions.length + commits.missing > 0) yield commits
  }
}

/** @throws {InspectorError} `refused` where the store cannot tell of changes. */
export function requireWatch(store: Filesystem, prefix: string): void {
  if (store.capabilities(prefix).watch) return
  throw new InspectorError('refused', `Cannot watch ${JSON.stringify(prefix)}: this store does not tell of changes`)
}

interface Since {
  /** The version that was told of before. */
  readonly before: Version | undefined
  readonly startMs: number
  readonly isResync: boolean
}

async function commitsUpTo(
  store: Filesystem,
  { path, version }: Exclude<Change, { type: 'gap' | 'compacted' }>,
  since: Since,
  signal: AbortSignal,
): Promise<Commits> {
  const { before } = since
  const sameGeneration = before !== undefined && generationOf(before) === generationOf(version)
  const last = sequenceOf(version)
  const first = sameGeneration ? sequenceOf(before) + 1 : undefined
  if (first !== undefined && first > last) return { path, versions: [], missing: 0 }
  const found: VersionInfo[] = []
  for await (const info of infosUpTo(store, path, version, signal)) {
    const sequence = sequenceOf(info.version)
    if (first !== undefined && sequence < first) break
    // Of a path not seen before, what was written before the watch began is not part of it.
    const isOld = first === undefined && info.time < since.startMs
    if (isOld && (sequence !== last || since.isResync)) break
    found.unshift(info)
  }
  const missing = first === undefined ? 0 : last - first + 1 - found.length
  return { path, versions: found, missing }
}

/** What is known of a version and those before it, newest first. */
async function* infosUpTo(
  store: Filesystem,
  path: string,
  version: Version,
  signal: AbortSignal,
): AsyncGenerator<VersionInfo> {
  let before: number | undefined = sequenceOf(version) + 1
  const limit = Math.min(VERSIONS_PER_PAGE, pageSize(store, path))
  try {
    while (before !== undefined) {
      const page: Awaited<ReturnType<Filesystem['history']>> = await store.history(path, { before, limit, signal })
      for (const { info } of page.versions) {
        if (generationOf(info.version) !== generationOf(version)) return
        yield info
      }
      before = page.next
    }
  } catch (error) {
    // Purged meanwhile, or damaged: what is missing is counted.
    if (error instanceof CompactedError || isCorrupt(error)) return
    throw error
  }
}

const VERSIONS_PER_PAGE = 32
