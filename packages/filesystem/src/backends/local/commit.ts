import { checkSignal } from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type { Head, WriteResult } from '../../filesystem.ts'
import type { RecordState, Verdict, Write } from '../../record-state.ts'
import { judge } from '../../record-state.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import { createRecord, settleRecord } from './create-record.ts'
import { errnoOf } from './disk.ts'
import { mayHaveLinked, unknownOutcome } from './disk-failure.ts'
import type { Base } from './read-record.ts'
import { readBase } from './read-record.ts'
import { purge, removeInBatches } from './retention.ts'
import type { LocalStore, RecordPlace } from './store.ts'
import { successor } from './successor.ts'
import type { Temporary } from './temporary.ts'
import { createTemporary, discard, unlinkQuietly } from './temporary.ts'
import { encodeVersionFile } from './version-file.ts'

/** Each lost attempt means that somebody else wrote, so this many mean a record too hot for blind writes. */
const ATTEMPTS_MAX = 100
const WAIT_MS_MAX = 64

/** A write on its way, with what its errors name. */
export interface Commit {
  readonly operation: string
  readonly path: string
  readonly write: Write
  readonly keepVersions: number
  readonly signal: AbortSignal | undefined
}

type Decision = Verdict | { readonly type: 'nothing' }
type Refused = Exclude<Decision, { type: 'write' }>

/**
 * One write: lock-free, decided by one link(2).
 *
 * Resolves with `undefined` for a delete that found nothing to delete.
 */
export async function commit(store: LocalStore, request: Commit): Promise<WriteResult | undefined> {
  const { operation, path, write, signal } = request
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (attempt > 1) await store.runtime.sleep(store.runtime.random() * Math.min(WAIT_MS_MAX, 2 ** attempt))
    checkSignal(operation, path, signal)
    const place = (await store.locate(operation, path)) ?? (await begin(store, request))
    if ('type' in place) return await conclude(store, request, undefined, place)
    const written = await tryOnce(store, request, place)
    if (written !== 'lost') return written
    // The loser tells its caller about the winner without making another temporary.
    const base = await readBase(store, operation, place)
    const decision = decide(base.stored, write)
    if (decision.type !== 'write') return await conclude(store, request, { place, base }, decision)
  }
  throw new FilesystemError(
    'unavailable',
    `Cannot ${operation} ${JSON.stringify(path)}: ${ATTEMPTS_MAX} attempts lost to other writers; try again later`,
    { path, operation, retry: 'safe' },
  )
}

/** The place of a record that is not there yet, or why it need not be made. */
async function begin(store: LocalStore, request: Commit): Promise<RecordPlace | Refused> {
  const decision = decide(undefined, request.write)
  return decision.type === 'write' ? await createRecord(store, request.operation, request.path) : decision
}

/** One attempt with one temporary. `lost` when the name was taken or the temporary revoked: nothing was written. */
async function tryOnce(
  store: LocalStore,
  request: Commit,
  place: RecordPlace,
): Promise<WriteResult | 'lost' | undefined> {
  const { operation, write, keepVersions } = request
  // Held in an object, so that whatever fails later finds it.
  const own: { temporary?: Temporary | undefined } = {}
  const announce = async (): Promise<void> => {
    own.temporary = await createTemporary(store, place)
  }
  try {
    const base = await store.steps.prepare(announce, async () => await readBase(store, operation, place))
    const decision = decide(base.stored, write)
    if (decision.type !== 'write') {
      await discard(store, own.temporary)
      return await conclude(store, request, { place, base }, decision)
    }
    const next = successor(base, write, keepVersions, () => store.runtime.randomHex(8))
    const { temporary } = own
    if (!temporary || !(await fill(store, request, place, base, temporary, encodeVersionFile(next)))) {
      await discard(store, temporary)
      return 'lost'
    }
    if (!(await publish(store, request, place, temporary, base.top + 1))) return 'lost'
    own.temporary = undefined
    if (keepVersions === 0) await purge(store, operation, place, next)
    else await removeInBatches(store, place, next, base.sequences)
    return { version: next.head.version, writeId: write.writeId, replayed: false }
  } catch (error) {
    await discard(store, own.temporary)
    throw error
  }
}

/** Writes the new version into its temporary. False when its name is known to be taken already. */
async function fill(
  store: LocalStore,
  { operation, path, signal }: Commit,
  place: RecordPlace,
  base: Base,
  temporary: Temporary,
  bytes: Uint8Array,
): Promise<boolean> {
  await temporary.file.write(bytes)
  if (store.durable) {
    if (await store.steps.isTaken(store.disk, `${place.versions}/${base.top + 1}`)) return false
    // After a failure here the temporary is thrown away: a second fsync may succeed without the bytes.
    await temporary.file.sync()
    if (base.stored === undefined) await settleRecord(store, path)
  }
  await temporary.file.close()
  checkSignal(operation, path, signal)
  return true
}

/** Links the temporary to its name: the one instant at which the write happens. False when it was lost. */
async function publish(
  store: LocalStore,
  { operation, path }: Commit,
  place: RecordPlace,
  temporary: Temporary,
  sequence: number,
): Promise<boolean> {
  try {
    // Exactly one link per temporary: a second one could succeed on a name that was removed meanwhile.
    await store.disk.link(temporary.path, `${place.versions}/${sequence}`)
  } catch (error) {
    await unlinkQuietly(store, temporary)
    const errno = errnoOf(error)
    // EEXIST: somebody else was first. ENOENT: the temporary was revoked.
    if (errno === 'EEXIST' || errno === 'ENOENT') return false
    if (mayHaveLinked(error)) throw unknownOutcome(operation, path, 'the link of the new version failed', error)
    throw error
  }
  place.seen = Math.max(place.seen, sequence)
  await settleVersion(store, operation, place)
  // A crash here leaves the temporary; a later removal takes it.
  await unlinkQuietly(store, temporary)
  return true
}

async function settleVersion(store: LocalStore, operation: string, place: RecordPlace): Promise<void> {
  if (!store.durable) return
  try {
    await store.syncDirectory(place.versions)
  } catch (error) {
    throw unknownOutcome(
      operation,
      place.path,
      'the fsync of its directory failed and the store is read-only now',
      error,
    )
  }
}

/** Ends a call that writes nothing. */
async function conclude(
  store: LocalStore,
  request: Commit,
  found: { readonly place: RecordPlace; readonly base: Base } | undefined,
  decision: Refused,
): Promise<WriteResult | undefined> {
  if (decision.type === 'nothing') return undefined
  if (decision.type === 'mismatch') {
    throw new VersionMismatch(request.operation, request.path, request.write.expect, decision.current)
  }
  // A repeat of a write that landed: the first call may have failed between its link and its promises.
  if (found?.base.stored) {
    await settleVersion(store, request.operation, found.place)
    if (request.keepVersions === 0) await purge(store, request.operation, found.place, found.base.stored)
  }
  return decision.result
}

/** What a write meets. A delete, besides its expectation, needs something live. */
function decide(state: RecordState | undefined, write: Write): Decision {
  const verdict = judge(state, write)
  if (verdict.type !== 'write' || write.entry || state?.head.state === 'live') return verdict
  const current: Head = state?.head ?? { state: 'unwritten' }
  return write.expect.type === 'any' ? { type: 'nothing' } : { type: 'mismatch', current }
}
