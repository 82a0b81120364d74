import { errnoOf } from './disk.ts'
import { listSequences } from './read-record.ts'
import type { LocalStore, RecordPlace } from './store.ts'

/**
 * Removes the versions below `floor`. Call only after the version at `floor` or above was linked, and, for a store that may
 * lose power, made durable: then all older versions were there before this lists them.
 *
 * Stops at the first failure, because a removal out of order would let a reader mistake an old version for the head.
 */
export async function removeVersions(store: LocalStore, place: RecordPlace, floor: number): Promise<void> {
  const { disk, steps } = store
  for (const name of await steps.listTemporaries(disk, place.temporaries)) {
    if (steps.isStale(name, floor)) await unlinkIfThere(store, `${place.temporaries}/${name}`)
  }
  // A crash here leaves old versions; the next removal takes them.
  const below = (await listSequences(store, place)).filter((sequence) => sequence < floor)
  for (const sequence of steps.removalOrder(below)) await unlinkIfThere(store, `${place.versions}/${sequence}`)
}

async function unlinkIfThere(store: LocalStore, file: string): Promise<void> {
  try {
    await store.disk.unlink(file)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
