import { type CopyRun, persistently } from './copy-run.ts'
import { type CopyTally, note } from './copy-report.ts'
import { FilesystemError } from './errors.ts'
import { absent, anything, exactly } from './expectation.ts'
import type { Expectation, Head, LiveHead, UpdateInfo } from './filesystem.ts'
import { sameBody, sameEntry } from './same-entry.ts'
import { isSealed } from './sealing/envelope.ts'
import { generationOf, sequenceOf, type Version } from './version.ts'
import { VersionMismatch } from './version-mismatch.ts'

/** The first update of a copied version has this and the version it had in the source as its opId. */
const COPY_OP_PREFIX = 'copy:'

const RACES_MAX = 5

type Verdict = 'copied' | 'unchanged' | 'updated' | 'overwritten' | 'conflict'

/** Copies one record under exactly the head that the target was seen to have, so that nothing written meanwhile is lost. */
export async function copyRecord(run: CopyRun, path: string, tally: CopyTally): Promise<void> {
  const { from, to, signal } = run
  for (let races = 0; races < RACES_MAX; races++) {
    const source = await persistently(run, () => from.get(path, { signal }))
    if (source.state !== 'live') {
      tally.vanished++
      return
    }
    refuseSealed(path, source)
    const target = await persistently(run, () => to.get(path, { signal }))
    const verdict = judgeCopy(run, path, source, target)
    if (verdict === 'conflict') break
    try {
      if (verdict !== 'unchanged' && !run.dryRun) await write(run, path, source, target)
    } catch (error) {
      if (error instanceof VersionMismatch) continue
      throw error
    }
    tally.records++
    tally.bytes += source.entry.body.length
    tally[verdict]++
    return
  }
  tally.records++
  tally.conflicts++
  note(tally.conflictPaths, path)
}

/** Whether both sides hold the same, as far as the target can: a byte-only one keeps bodies and nothing else. */
export function sameContent(run: CopyRun, path: string, source: LiveHead, target: LiveHead): boolean {
  return isByteOnly(run, path) ? sameBody(source.entry, target.entry) : sameEntry(source.entry, target.entry)
}

// The copy would compare as the same and never open again.
function refuseSealed(path: string, source: LiveHead): void {
  if (!isSealed(source.entry.body)) return
  const problem = 'its body is sealed for the version that it has; copy through encrypted() on both sides'
  throw new FilesystemError('unsupported', `Cannot copy ${JSON.stringify(path)}: ${problem}`, {
    path,
    operation: 'copy',
  })
}

function judgeCopy(run: CopyRun, path: string, source: LiveHead, target: Head): Verdict {
  if (target.state === 'unwritten') return 'copied'
  if (target.state === 'live' && sameContent(run, path, source, target)) return 'unchanged'
  if (target.state === 'live' && isOlderCopy(target, source.version)) return 'updated'
  return run.overwrite ? 'overwritten' : 'conflict'
}

/** Whether the last write of the target was the copy of an earlier version of the same generation. */
function isOlderCopy(target: LiveHead, version: Version): boolean {
  const opId = target.info.updates[0]?.opId
  if (!opId?.startsWith(COPY_OP_PREFIX)) return false
  const copied = opId.slice(COPY_OP_PREFIX.length) as Version
  return generationOf(copied) === generationOf(version) && sequenceOf(copied) < sequenceOf(version)
}

async function write(run: CopyRun, path: string, source: LiveHead, target: Head): Promise<void> {
  const { to, signal, runtime } = run
  const options = { writeId: runtime.randomHex(16), updates: updatesOf(run, path, source), signal }
  await persistently(run, () => to.put(path, source.entry, expectationOf(run, path, target), options))
}

/** The old version first, with its writer; then the opIds that the record remembers, so that a repeated update stays one. */
function updatesOf(run: CopyRun, path: string, source: LiveHead): UpdateInfo[] {
  const copy = { opId: `${COPY_OP_PREFIX}${source.version}`, writer: source.info.writer }
  const opIds = new Set(source.ops.map(({ opId }) => opId).filter((opId) => !opId.startsWith(COPY_OP_PREFIX)))
  const remembered = [...opIds].map((opId) => ({ opId }))
  return [copy, ...remembered].slice(0, run.to.capabilities(path).limits.updatesMax)
}

function expectationOf(run: CopyRun, path: string, target: Head): Expectation {
  if (!isByteOnly(run, path)) return exactly(target)
  return target.state === 'live' ? anything : absent
}

function isByteOnly({ to }: CopyRun, path: string): boolean {
  return to.capabilities(path).cas === 'none'
}
