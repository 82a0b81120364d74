import { sequenceOf } from '../../version.ts'
import { errnoOf } from './disk.ts'
import { unknownOutcome } from './disk-failure.ts'
import { removeVersions } from './remove-versions.ts'
import type { LocalStore, Place } from './store.ts'
import type { StoredVersion } from './version-file.ts'

/** Superseded files that may pile up beyond what is retained, so that one removal serves several commits. */
const SLACK = 24

/**
 * Removes superseded versions in batches. `listed` are the names that the write saw. The write itself is done, so a failure
 * is not its caller's: what could not be removed is left to a later write.
 */
export async function removeInBatches(
  store: LocalStore,
  place: Place,
  head: StoredVersion,
  listed: readonly number[],
): Promise<void> {
  if (listed.filter((sequence) => sequence < head.oldest).length <= SLACK) return
  try {
    if (!store.durable) await settleVersion(store, place, sequenceOf(head.head.version))
    await removeVersions(store, place, head.oldest)
  } catch {
    // Left to a later write.
  }
}

/** Removes what `keepVersions: 0` promised to be gone, for good, when the write resolves. */
export async function purge(store: LocalStore, operation: string, place: Place, head: StoredVersion): Promise<void> {
  try {
    if (!store.durable) await settleVersion(store, place, sequenceOf(head.head.version))
    await removeVersions(store, place, head.oldest)
    if (store.durable) await store.syncDirectory(place.versions)
  } catch (error) {
    throw unknownOutcome(operation, place.path, 'superseded versions could not be removed', error)
  }
}

/** Nothing older may go before the newest version is safe, or a power cut would leave neither. */
export async function settleVersion(store: LocalStore, place: Place, sequence: number): Promise<void> {
  if (!store.durable) {
    try {
      await store.disk.syncFile(`${place.versions}/${sequence}`)
    } catch (error) {
      // Somebody wrote a newer one, made that one safe, and removed this one.
      if (errnoOf(error) !== 'ENOENT') throw error
    }
  }
  await store.syncDirectory(place.versions)
}
