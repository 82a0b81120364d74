import { prunedVersion } from '../../errors.ts'
import type { ListHead, StoredHead } from '../../filesystem.ts'
import { listHead } from '../../head.ts'
import { sequenceOf } from '../../version.ts'
import { corrupt } from './disk-failure.ts'
import { readBase, readVersion } from './read-record.ts'
import type { LocalStore, Place } from './store.ts'
import type { StoredVersion } from './version-file.ts'

/** Retained versions below `before`, newest first, one more than `limit` when there are more. */
export async function readHistory(
  store: LocalStore,
  place: Place,
  before: number,
  limit: number,
  bodies: boolean,
): Promise<ListHead[]> {
  const { stored, sequences } = await readBase(store, 'history', place)
  if (!stored) return []
  const newest = sequenceOf(stored.head.version)
  const found: ListHead[] = []
  for (const sequence of sequences.toReversed()) {
    if (sequence >= before || sequence > newest || sequence < stored.oldest) continue
    const version = sequence === newest ? stored : await readOlder(store, 'history', place, sequence, bodies)
    if (version) found.push(listHead(version.head, bodies))
    if (found.length > limit) break
  }
  return found
}

/**
 * One version by its sequence.
 *
 * @throws {CompactedError} when it existed and is not retained.
 */
export async function readRetained(store: LocalStore, place: Place, sequence: number): Promise<StoredHead | undefined> {
  const { stored } = await readBase(store, 'getVersion', place)
  if (!stored || sequence < 1 || sequence > sequenceOf(stored.head.version)) return undefined
  if (sequence === sequenceOf(stored.head.version)) return { ...stored.head, ops: [] }
  if (sequence < stored.oldest) throw prunedVersion(place.path, sequence, stored.oldest)
  const version = await readOlder(store, 'getVersion', place, sequence, true)
  if (version) return { ...version.head, ops: [] }
  // It went while this looked for it, or was lost to a power cut.
  const now = await readBase(store, 'getVersion', place)
  throw prunedVersion(place.path, sequence, now.stored?.oldest)
}

// `undefined` when it was removed meanwhile, or, without fsyncs, torn by a power cut.
async function readOlder(
  store: LocalStore,
  operation: string,
  place: Place,
  sequence: number,
  bodies: boolean,
): Promise<StoredVersion | undefined> {
  const decoded = await readVersion(store, place, sequence, bodies ? 'all' : 'header')
  if (decoded === undefined || decoded.type === 'valid') return decoded?.version
  if (decoded.torn && !store.durable) return undefined
  throw corrupt(operation, place.path, `v${sequence} is damaged: ${decoded.problem}; restore it from a backup`)
}
