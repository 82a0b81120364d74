import { type CopyTally, note, noteRefusal } from './copy-report.ts'
import { type CopyRun, isAboutOne, persistently } from './copy-run.ts'
import { checkEntry } from './entry.ts'
import { absent, anything, exactly } from './expectation.ts'
import type { Expectation, Head, LiveHead, UpdateInfo } from './filesystem.ts'
import { unsupported } from './refusals.ts'
import { sameBody, sameEntry } from './same-entry.ts'
import { parseEnvelope } from './sealing/envelope.ts'
import { generationOf, sequenceOf, type Version } from './version.ts'
import { VersionMismatch } from './version-mismatch.ts'

/** The first update of a copied version has this and the version it had in the source as its opId. */
const COPY_OP_PREFIX = 'copy:'

const RACES_MAX = 5

/** Named as the count of the report that it adds to. */
type Verdict = 'copied' | 'unchanged' | 'updated' | 'overwritten' | 'conflicts' | 'vanished'

/** Copies one record, or reports why it cannot be. */
export async function copyRecord(run: CopyRun, path: string, tally: CopyTally): Promise<void> {
  try {
    const { verdict, bytes } = await judgeAndWrite(run, path)
    tally[verdict]++
    if (verdict === 'vanished') return
    tally.records++
    tally.bytes += bytes
    if (verdict === 'conflicts') note(tally.conflictPaths, path)
  } catch (error) {
    if (!isAboutOne(error)) throw error
    tally.records++
    noteRefusal(tally, path, error)
  }
}

/** Writes under exactly the head that the target was seen to have, so that nothing written meanwhile is lost. */
async function judgeAndWrite(run: CopyRun, path: string): Promise<{ verdict: Verdict; bytes: number }> {
  const { from, to, signal } = run
  let bytes = 0
  for (let races = 0; races < RACES_MAX; races++) {
    const source = await persistently(run, () => from.get(path, { signal }))
    if (source.state !== 'live') return { verdict: 'vanished', bytes }
    checkTaken(run, path, source)
    bytes = source.entry.body.length
    const target = await persistently(run, () => to.get(path, { signal }))
    const verdict = judgeCopy(run, path, source, target)
    if (verdict === 'unchanged' || verdict === 'conflicts' || run.dryRun) return { verdict, bytes }
    try {
      await write(run, path, source, target)
      return { verdict, bytes }
    } catch (error) {
      if (!(error instanceof VersionMismatch)) throw error
    }
  }
  return { verdict: 'conflicts', bytes }
}

/** Whether both sides hold the same, as far as the target can: a byte-only one keeps bodies and nothing else. */
export function sameContent(run: CopyRun, path: string, source: LiveHead, target: LiveHead): boolean {
  return isByteOnly(run, path) ? sameBody(source.entry, target.entry) : sameEntry(source.entry, target.entry)
}

/** Refuses before anything is written, so that a dry run finds it too. */
function checkTaken(run: CopyRun, path: string, { entry }: LiveHead): void {
  const { backend, limits } = run.to.capabilities(path)
  if (typeof parseEnvelope(entry.body) !== 'string') {
    // The copy would compare as the same and never open again.
    const problem = 'its body is sealed for the version that it has; copy through encrypted() on both sides'
    throw unsupported(backend, 'copy', path, problem)
  }
  const isRecord = entry.kind !== undefined || entry.schemaVersion !== undefined || entry.tuples !== undefined
  if (isRecord && isByteOnly(run, path)) {
    throw unsupported(backend, 'copy', path, 'the target keeps bytes only, expected an entry that is not a record')
  }
  checkEntry(path, entry, limits)
}

function judgeCopy(run: CopyRun, path: string, source: LiveHead, target: Head): Verdict {
  if (target.state === 'unwritten') return 'copied'
  if (target.state === 'live' && sameContent(run, path, source, target)) return 'unchanged'
  if (target.state === 'live' && isOlderCopy(target, source.version)) return 'updated'
  return run.overwrite ? 'overwritten' : 'conflicts'
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
  // A store that is opened for reading only cannot compare and swap either, and knows versions all the same.
  const { cas, history } = to.capabilities(path)
  return cas === 'none' && !history
}
