import { checkSignal } from '../../entry.ts'
import { settlePlace } from './create-place.ts'
import { errnoOf } from './disk.ts'
import { mayHaveLinked, unknownOutcome } from './disk-failure.ts'
import type { LocalStore, Place } from './store.ts'
import type { Temporary } from './temporary.ts'
import { unlinkQuietly } from './temporary.ts'

/** The name that a write is about to take. */
export interface Target {
  readonly operation: string
  readonly place: Place
  readonly sequence: number
  /** Nothing was ever written there, so the directories above may not be durable yet. */
  readonly isFirst: boolean
  readonly signal: AbortSignal | undefined
}

/** Writes the bytes into the temporary. False when its name is known to be taken already. */
export async function fillTemporary(
  store: LocalStore,
  target: Target,
  temporary: Temporary,
  bytes: Uint8Array,
): Promise<boolean> {
  const { operation, place, signal } = target
  await temporary.file.write(bytes)
  if (store.durable) {
    if (await store.steps.isTaken(store.disk, `${place.versions}/${target.sequence}`)) return false
    // After a failure here the temporary is thrown away: a second fsync may succeed without the bytes.
    await temporary.file.sync()
    if (target.isFirst) await settlePlace(store, place)
  }
  await temporary.file.close()
  checkSignal(operation, place.path, signal)
  return true
}

/** Links the temporary to its name: the one instant at which the write happens. False when it was lost. */
export async function publish(store: LocalStore, target: Target, temporary: Temporary): Promise<boolean> {
  const { operation, place, sequence } = target
  try {
    // Exactly one link per temporary: a second one could succeed on a name that was removed meanwhile.
    await store.disk.link(temporary.path, `${place.versions}/${sequence}`)
  } catch (error) {
    await unlinkQuietly(store, temporary)
    const errno = errnoOf(error)
    // EEXIST: somebody else was first. ENOENT: the temporary was revoked.
    if (errno === 'EEXIST' || errno === 'ENOENT') return false
    if (mayHaveLinked(error)) throw unknownOutcome(operation, place.path, 'the link of the new version failed', error)
    throw error
  }
  place.seen = Math.max(place.seen, sequence)
  await settleNames(store, operation, place)
  // A crash here leaves the temporary; a later removal takes it.
  await unlinkQuietly(store, temporary)
  return true
}

/** Makes the names that were linked so far survive a power cut. */
export async function settleNames(store: LocalStore, operation: string, place: Place): Promise<void> {
  if (!store.durable) return
  try {
    await store.syncDirectory(place.versions)
  } catch (error) {
    const what = 'the fsync of its directory failed and the store is read-only now'
    throw unknownOutcome(operation, place.path, what, error)
  }
}
