import { errnoOf } from './disk.ts'
import { listSequences } from './read-record.ts'
import type { LocalStore, Place } from './store.ts'

/**
 * Removes the versions below `floor`. Call only after the version at `floor` or above was linked, and, for a store that may
 * lose power, made durable: then all older versions were there before this lists them.
 *
 * Stops at the first failure, because a removal out of order would let a reader mistake an old version for the head.
 * Resolves with the number of versions removed, at most `most` of them.
 */
export async function removeVersions(
  store: LocalStore,
  place: Place,
  floor: number,
  most: number = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const { disk, steps } = store
  for (const name of await steps.listTemporaries(disk, place.temporaries)) {
    if (steps.isStale(name, floor)) await unlinkIfThere(store, `${place.temporaries}/${name}`)
  }
  // A crash here leaves old versions; the next removal takes them.
  const below = (await listSequences(store, place)).filter((sequence) => sequence < floor)
  const going = steps.removalOrder(below).slice(0, most)
  for (const sequence of going) await unlinkIfThere(store, `${place.versions}/${sequence}`)
  return going.length
}

export async function unlinkIfThere(store: LocalStore, file: string): Promise<void> {
  try {
    await store.disk.unlink(file)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
