import { type Filesystem, sequenceOf, type VersionInfo, writerName } from '@latchless/filesystem'
import { TraceWriter } from './trace-writer.ts'
import type { TraceRow } from '../trace/trace-text.ts'
import { isAtOrBelow } from './is-at-or-below.ts'
import { requireWatch, watchCommits } from './watch-commits.ts'

export interface RecordOptions {
  readonly signal: AbortSignal
  readonly nowMs: () => number
  /** Stop after so many commits. */
  readonly max?: number | undefined
  /** Only this record, and those below it. */
  readonly path?: string | undefined
  /** Told after every few commits how many are in the file. */
  readonly onProgress?: ((commits: number) => void) | undefined
}

export interface Recorded {
  readonly commits: number
  /** Versions of which the store could not tell any more. */
  readonly missing: number
}

/**
 * Writes what is committed below a prefix into a new trace file, until the signal fires or there are enough. Only what was
 * committed is known to a store: what was lost, and how long it took, is recorded by `recordTrace` in the services themselves.
 *
 * @throws {InspectorError} `refused` when the file exists, or the store cannot tell of changes.
 */
export async function recordCommits(
  store: Filesystem,
  prefix: string,
  file: string,
  { signal, nowMs, max = Number.POSITIVE_INFINITY, path: only, onProgress }: RecordOptions,
): Promise<Recorded> {
  requireWatch(store, prefix)
  const startMs = nowMs()
  const writer = await TraceWriter.create(file, { title: `commits of ${only ?? prefix}`, startMs })
  const times = new Times(startMs)
  let missing = 0
  try {
    for await (const commits of watchCommits(store, prefix, { signal, startMs })) {
      const { path } = commits
      if (only !== undefined && !isAtOrBelow(path, only)) continue
      const seenMs = nowMs()
      const taken = commits.versions.slice(0, max - writer.events)
      if (commits.missing > 0) {
        missing += commits.missing
        await writer.add([{ e: 'gap', t: writer.timeOf(times.last(path)), n: commits.missing, why: 'not-retained' }])
      }
      await writer.add(taken.map((info) => commitEvent(path, info, writer.timeOf(times.of(path, info, seenMs)))))
      onProgress?.(writer.events)
      if (writer.events >= max) break
    }
  } finally {
    await writer.close(nowMs())
  }
  return { commits: writer.events, missing }
}

function commitEvent(path: string, info: VersionInfo, t: number): TraceRow {
  const [first] = info.updates
  return {
    e: 'commit',
    t,
    key: path,
    ver: sequenceOf(info.version),
    w: writerName(info.writer),
    write: info.writeId,
    ...(first?.opId === undefined ? {} : { op: first.opId }),
    ...(info.updates.length > 1 ? { updates: info.updates.length } : {}),
    size: info.size,
  }
}

const PATHS_MAX = 100_000

/**
 * When a version was written, by the clock of its writer, where that is possible: not before the version it follows, and not
 * after it was seen.
 */
class Times {
  readonly #startMs: number
  readonly #lastMs = new Map<string, number>()

  constructor(startMs: number) {
    this.#startMs = startMs
  }

  last(path: string): number {
    return this.#lastMs.get(path) ?? this.#startMs
  }

  of(path: string, { time }: VersionInfo, seenMs: number): number {
    const atMs = Math.max(this.last(path), Math.min(time, seenMs))
    if (this.#lastMs.size >= PATHS_MAX) this.#lastMs.clear()
    this.#lastMs.set(path, atMs)
    return atMs
  }
}
