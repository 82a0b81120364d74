import { errnoOf } from './disk.ts'
import { corrupt } from './disk-failure.ts'
import { NEVER_WRITTEN, parseSequence } from './layout.ts'
import type { LocalStore, Place } from './store.ts'
import type { Decoded, StoredVersion } from './version-file.ts'
import { decodeVersionFile } from './version-file.ts'

/** Each repetition takes a commit and a removal during one scan, so this many mean that the directory is damaged. */
export const SCANS_MAX: number = 1000

/** Enough for the header of most versions; a longer one is read whole. */
export const HEADER_BYTES: number = 16 * 1024

/** What a write builds on. */
export interface Base {
  /** The newest name: the sequence that a link must follow. Differs from the head's only after a torn version. */
  readonly top: number
  /** `undefined` when never written. */
  readonly stored: StoredVersion | undefined
  /** All names of the scan, ascending. */
  readonly sequences: readonly number[]
}

/** The sequences that have a file, ascending. */
export async function listSequences(store: LocalStore, place: Pick<Place, 'versions'>): Promise<number[]> {
  const names = await store.disk.names(place.versions)
  return names.flatMap((name) => parseSequence(name) ?? []).sort((a, b) => a - b)
}

/**
 * The head at some instant during the call, whatever others commit and remove meanwhile. `header` may leave its body out.
 *
 * @throws {FilesystemError} `corrupt` when the newest version fails its check.
 */
export async function readBase(
  store: LocalStore,
  operation: string,
  place: Place,
  part: 'all' | 'header' = 'all',
): Promise<Base> {
  for (let scan = 0; scan < SCANS_MAX; scan++) {
    const sequences = await listSequences(store, place)
    const top = store.steps.newest(sequences)
    if (top === undefined) continue
    const found = await readNewest(store, operation, place, top, sequences, part)
    if (found === 'removed') continue
    place.seen = Math.max(place.seen, top)
    return { top, stored: found, sequences }
  }
  throw corrupt(operation, place.path, 'its directory holds no version, not even the sentinel')
}

/** One version file; `undefined` when it is not there. `header` leaves the body out. */
export async function readVersion(
  store: LocalStore,
  place: Place,
  sequence: number,
  part: 'all' | 'header',
): Promise<Decoded | undefined> {
  const file = `${place.versions}/${sequence}`
  try {
    if (part === 'header') {
      const decoded = decodeVersionFile(await store.disk.read(file, HEADER_BYTES), sequence, 'header')
      if (decoded.type === 'valid') return decoded
    }
    return decodeVersionFile(await store.disk.read(file), sequence, part)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function readNewest(
  store: LocalStore,
  operation: string,
  place: Place,
  top: number,
  sequences: readonly number[],
  part: 'all' | 'header',
): Promise<StoredVersion | 'removed' | undefined> {
  // The open behind the scan is part of the protocol: it proves that the name was not removed since.
  if (top === NEVER_WRITTEN) return (await sentinelIsThere(store, place)) ? undefined : 'removed'
  const decoded = await readVersion(store, place, top, store.durable ? part : 'all')
  if (decoded === undefined) return 'removed'
  if (decoded.type === 'valid') return decoded.version
  if (store.durable || !decoded.torn) {
    throw corrupt(operation, place.path, `v${top} is damaged: ${decoded.problem}; restore it from a backup`)
  }
  return await fallBack(store, operation, place, top, sequences)
}

// Without fsyncs a power cut may leave a name without its bytes. The newest version that is whole counts then; its successor
// takes the sequence behind the torn one, so no token is used twice.
async function fallBack(
  store: LocalStore,
  operation: string,
  place: Place,
  top: number,
  sequences: readonly number[],
): Promise<StoredVersion | 'removed' | undefined> {
  for (const sequence of sequences.toReversed()) {
    if (sequence >= top) continue
    const decoded = sequence === NEVER_WRITTEN ? undefined : await readVersion(store, place, sequence, 'all')
    const gone = decoded === undefined && (sequence !== NEVER_WRITTEN || !(await sentinelIsThere(store, place)))
    if (gone) return 'removed'
    if (decoded?.type === 'damaged') continue
    store.onTorn({ path: place.path, lost: top, used: sequence })
    return decoded?.version
  }
  throw corrupt(operation, place.path, `v${top} is damaged and no older version is left; restore it from a backup`)
}

async function sentinelIsThere(store: LocalStore, place: Place): Promise<boolean> {
  return await store.steps.confirm(store.disk, `${place.versions}/${NEVER_WRITTEN}`)
}
