import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../error-code.ts'
import { InspectorError } from '../inspector-error.ts'
import { pause } from '../pause.ts'
import { tailTrace } from '../trace/tail-trace.ts'
import type { Activity } from './activity.ts'
import { TraceActivity } from './trace-activity.ts'

export interface FollowOptions {
  readonly signal: AbortSignal
  /** Go on at the ends of the files, and look for files that are new in a directory. */
  readonly follow: boolean
  readonly onActivity: (activity: Activity) => void
  /** Told how many lines were none of a trace, or stood before its head, without which nobody knows when they were. */
  readonly onDamage: (lines: number) => void
  /** Told of a file or directory that cannot be followed, while the others go on. Without it that is the end of all. */
  readonly onFailure?: ((named: string, error: unknown) => void) | undefined
}

/** What is older than the last ten minutes need not be read. Ten minutes of a busy process are about this much. */
const LAST_BYTES = 64 * 1024 * 1024
const FILES_MAX = 256
const LOOK_MS = 2000

/**
 * What happens in trace files, and in directories of them: what is in them, and then what is appended.
 *
 * @throws {InspectorError} `usage` for a file that is packed, `not-found` for one that is not there.
 */
export async function followTraces(named: readonly string[], options: FollowOptions): Promise<void> {
  const { signal, follow, onFailure } = options
  const stopped = new AbortController()
  const both = AbortSignal.any([signal, stopped.signal])
  const running = new Map<string, Promise<void>>()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const left = new Set(named)
  const giveUp = (source: string, error: unknown): void => {
    if (!onFailure) throw error
    if (left.delete(source)) onFailure(source, error)
  }
  try {
    while (!both.aborted) {
      for (const source of left) {
        const files = await filesOf(source).catch((error: unknown) => giveUp(source, error))
        for (const file of files ?? []) {
          if (running.has(file) || running.size >= FILES_MAX) continue
          const following = followFile(file, { ...options, signal: both }).catch((error: unknown) =>
            giveUp(source, error),
          )
          running.set(file, following)
          following.catch(failed.reject)
        }
      }
      if (!follow) break
      await Promise.race([pause(LOOK_MS, both), failed.promise])
    }
    await Promise.all(running.values())
  } finally {
    stopped.abort()
    await Promise.allSettled(running.values())
  }
}

async function followFile(file: string, options: FollowOptions): Promise<void> {
  const activities = new TraceActivity()
  const { signal, follow, onActivity, onDamage } = options
  for await (const { lines, damaged } of tailTrace(file, { signal, follow, lastBytes: LAST_BYTES })) {
    let headless = 0
    for (const line of lines) {
      if (line.e !== 'head' && !activities.hasHead) headless++
      const activity = activities.of(line)
      if (activity) onActivity(activity)
    }
    if (damaged + headless > 0) onDamage(damaged + headless)
  }
}

async function filesOf(named: string): Promise<string[]> {
  const about = await stat(named).catch((cause: unknown) => {
    const why = codeOf(cause) === 'ENOENT' ? 'it is not there' : String(cause)
    throw new InspectorError('not-found', `Cannot follow ${JSON.stringify(named)}: ${why}`, undefined, { cause })
  })
  if (about.isDirectory()) {
    const names = (await readdir(named)).filter((name) => name.endsWith('.castrace.jsonl')).toSorted()
    return names.map((name) => join(named, name))
  }
  if (!named.endsWith('.gz')) return [named]
  throw new InspectorError(
    'usage',
    `Cannot follow ${JSON.stringify(named)}: it is packed, so it does not grow`,
    '`inspector replay FILE` shows it',
  )
}
