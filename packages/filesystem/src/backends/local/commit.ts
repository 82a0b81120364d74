import { checkSignal } from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type { WriteResult } from '../../filesystem.ts'
import type { Verdict, Write } from '../../record-state.ts'
import { judge } from '../../record-state.ts'
import { VersionMismatch } from '../../version-mismatch.ts'
import { createPlace } from './create-place.ts'
import { fillTemporary, publish, settleNames } from './publish.ts'
import { recordDirectoryOf } from './layout.ts'
import type { Base } from './read-record.ts'
import { readBase } from './read-record.ts'
import { purge, removeInBatches } from './retention.ts'
import type { LocalStore, Place } from './store.ts'
import { successor } from './successor.ts'
import type { Temporary } from './temporary.ts'
import { createTemporary, discard } from './temporary.ts'
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

type Refused = Exclude<Verdict, { type: 'write' }>

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
    const decision = judge(base.stored, write)
    if (decision.type !== 'write') return await conclude(store, request, { place, base }, decision)
  }
  throw new FilesystemError(
    'unavailable',
    `Cannot ${operation} ${JSON.stringify(path)}: ${ATTEMPTS_MAX} attempts lost to other writers; try again later`,
    { path, operation, retry: 'safe' },
  )
}

/** The place of a record that is not there yet, or why it need not be made. */
async function begin(store: LocalStore, request: Commit): Promise<Place | Refused> {
  const decision = judge(undefined, request.write)
  if (decision.type !== 'write') return decision
  const { operation, path } = request
  return await createPlace(store, operation, path, recordDirectoryOf(path), async () => store.locate(operation, path))
}

/** One attempt with one temporary. `lost` when the name was taken or the temporary revoked: nothing was written. */
async function tryOnce(store: LocalStore, request: Commit, place: Place): Promise<WriteResult | 'lost' | undefined> {
  const { operation, write, keepVersions } = request
  // Held in an object, so that whatever fails later finds it.
  const own: { temporary?: Temporary | undefined } = {}
  const announce = async (): Promise<void> => {
    own.temporary = await createTemporary(store, place)
  }
  try {
    const base = await store.steps.prepare(announce, async () => await readBase(store, operation, place))
    const decision = judge(base.stored, write)
    if (decision.type !== 'write') {
      await discard(store, own.temporary)
      return await conclude(store, request, { place, base }, decision)
    }
    const next = successor(base, write, keepVersions, () => store.runtime.randomHex(8))
    const { temporary } = own
    const target = {
      operation,
      place,
      sequence: base.top + 1,
      isFirst: base.stored === undefined,
      signal: request.signal,
    }
    if (!temporary || !(await fillTemporary(store, target, temporary, encodeVersionFile(next)))) {
      await discard(store, temporary)
      return 'lost'
    }
    if (!(await publish(store, target, temporary))) return 'lost'
    own.temporary = undefined
    store.tell(place, base.top + 1)
    if (keepVersions === 0) await purge(store, operation, place, next)
    else await removeInBatches(store, place, next, base.sequences)
    return { version: next.head.version, writeId: write.writeId, replayed: false }
  } catch (error) {
    await discard(store, own.temporary)
    throw error
  }
}

/** Ends a call that writes nothing. */
async function conclude(
  store: LocalStore,
  request: Commit,
  found: { readonly place: Place; readonly base: Base } | undefined,
  decision: Refused,
): Promise<WriteResult | undefined> {
  if (decision.type === 'nothing') return undefined
  if (decision.type === 'mismatch') {
    throw new VersionMismatch(request.operation, request.path, request.write.expect, decision.current)
  }
  // A repeat of a write that landed: the first call may have failed between its link and its promises.
  if (found?.base.stored) {
    await settleNames(store, request.operation, found.place)
    if (request.keepVersions === 0) await purge(store, request.operation, found.place, found.base.stored)
  }
  return decision.result
}
