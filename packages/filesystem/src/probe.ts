import { FilesystemError } from './errors.ts'
import type { Filesystem } from './filesystem.ts'
import { checkPrefix, ROOT } from './path.ts'
import type { Check, ProbeCheckName, Scratch } from './probe-checks.ts'
import { checksFor, Refuted, repeated, tryOut } from './probe-checks.ts'
import { invalid } from './refusals.ts'
import type { Runtime } from './runtime.ts'
import { systemRuntime } from './runtime.ts'

export type { ProbeCheckName } from './probe-checks.ts'

export interface ProbeOptions {
  /** Races that are run. Default 50. */
  readonly rounds?: number | undefined
  /**
   * Other handles of the same store, which race with the given one: handles of other processes, or opened again. Without any,
   * calls of the one handle race.
   */
  readonly contenders?: readonly Filesystem[] | undefined
  readonly runtime?: Runtime | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ProbeCheck {
  readonly name: ProbeCheckName | 'cleanup'
  readonly ok: boolean
  /** What was seen, for people. */
  readonly detail: string
}

export interface ProbeReport {
  readonly checks: readonly ProbeCheck[]
  /** True when every check is. */
  readonly ok: boolean
}

/**
 * Proves what `capabilities(path)` claims by trying it, on records of its own directly below `path`. A store that claims
 * compare-and-swap and ignores a precondition is found out. It deletes its records; their tombstones stay until the store
 * forgets them. For start-up code and diagnosis: it makes some hundred calls.
 *
 * @throws {FilesystemError} when the store cannot be used at all: the error of the first write or read. `invalid-argument`
 *   for a malformed path.
 */
export async function probe(filesystem: Filesystem, path: string, options: ProbeOptions = {}): Promise<ProbeReport> {
  checkPrefix(path, 'probe')
  const rounds = options.rounds ?? 50
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw invalid('probe', path, 'rounds must be a whole number from 1')
  const runtime = options.runtime ?? systemRuntime
  const name = `probe-${runtime.randomHex(8)}`
  const written = new Set<string>()
  const scratch: Scratch = {
    filesystem,
    racers: racersOf(filesystem, options.contenders ?? []),
    rounds,
    runtime,
    options: options.signal ? { signal: options.signal } : {},
    path: (check) => {
      const own = `${path === ROOT ? '' : path}/${name}-${check}`
      written.add(own)
      return own
    },
  }
  const capabilities = filesystem.capabilities(path)
  try {
    await tryOut(scratch, capabilities)
    const checks: ProbeCheck[] = []
    for (const [check, run] of checksFor(capabilities)) checks.push({ name: check, ...(await resultOf(run, scratch)) })
    checks.push({ name: 'cleanup', ...(await resultOf(() => cleanUp(scratch, written), scratch)) })
    return { checks, ok: checks.every(({ ok }) => ok) }
  } catch (error) {
    // What is left is of no use to anybody, and why the probe could not go on matters more than why this cannot.
    await cleanUp(scratch, written).catch(() => {})
    throw error
  }
}

// Two calls could be lucky; four at once overlap in every store that reads before it writes.
function racersOf(filesystem: Filesystem, contenders: readonly Filesystem[]): readonly Filesystem[] {
  return contenders.length === 0 ? [filesystem, filesystem, filesystem, filesystem] : [filesystem, ...contenders]
}

async function resultOf(run: Check, scratch: Scratch): Promise<Omit<ProbeCheck, 'name'>> {
  try {
    return { ok: true, detail: await run(scratch) }
  } catch (error) {
    if (error instanceof Refuted) return { ok: false, detail: error.message }
    if (!(error instanceof FilesystemError) || error.code === 'closed' || error.code === 'aborted') throw error
    return { ok: false, detail: `failed with ${error.code}: ${error.message}` }
  }
}

/** Removes what it can. What it cannot remove it names, so that somebody else can. */
async function cleanUp({ filesystem, runtime }: Scratch, paths: ReadonlySet<string>): Promise<string> {
  const left: string[] = []
  let tombstones = 0
  let failure: unknown
  for (const path of paths) {
    try {
      await repeated(runtime, () => filesystem.delete(path, { type: 'any' }))
      const { state } = await repeated(runtime, () => filesystem.get(path))
      if (state === 'live') throw new Refuted(`what was deleted at ${JSON.stringify(path)} is still there`)
      if (state === 'deleted') tombstones++
    } catch (error) {
      left.push(JSON.stringify(path))
      failure = error
    }
  }
  if (left.length === 0) {
    return tombstones === 0 ? 'nothing is left' : `${tombstones} tombstones are left until the store forgets them`
  }
  if (failure instanceof FilesystemError && failure.code === 'closed') throw failure
  const why = failure instanceof Error ? failure.message : String(failure)
  throw new Refuted(`delete what is left at ${left.join(', ')}; the last failure: ${why}`)
}
