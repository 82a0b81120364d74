import { errnoOf } from './disk.ts'
import { corrupt } from './disk-failure.ts'
import { BUILDING, directoryOf, NEVER_WRITTEN, RECORDS } from './layout.ts'
import type { LocalStore, Place } from './store.ts'

/** Each repetition takes a maintenance that found the directory very old, so this many mean that something else is wrong. */
const BUILDS_MAX = 10

/** Makes a place's directories, with the sentinel in it, by one rename. Harmless when somebody else did it first. */
export async function createPlace<P extends Place>(
  store: LocalStore,
  operation: string,
  path: string,
  directory: string,
  locate: () => Promise<P | undefined>,
): Promise<P> {
  for (const above of ancestorsOf(path)) await store.ensureDirectory(operation, path, above)
  for (let builds = 1; !(await buildAndRename(store, directory, builds === BUILDS_MAX)); builds++);
  const place = await locate()
  if (!place) throw corrupt(operation, path, 'its directory was removed while it was being made')
  return place
}

/** False when what was being built was swept as if its maker were dead. */
async function buildAndRename(store: LocalStore, directory: string, last: boolean): Promise<boolean> {
  const aside = `${BUILDING}/${store.runtime.randomHex(16)}`
  try {
    await build(store, aside)
    // A crash before this leaves the directory aside; after it the place exists and reads as never written.
    await store.disk.rename(aside, directory)
  } catch (error) {
    await removeAside(store, aside)
    const errno = errnoOf(error) ?? ''
    if (errno === 'ENOENT' && !last) return false
    const lostRace = ['EEXIST', 'ENOTEMPTY'].includes(errno)
    if (!lostRace) throw error
  }
  return true
}

/**
 * Makes the place's own directory entries durable. Its first version is linked only after this, so whoever builds on a
 * version knows that the directories above it are safe.
 */
export async function settlePlace(store: LocalStore, place: Place): Promise<void> {
  for (const directory of [...ancestorsOf(place.path), place.directory]) await store.settle(directory)
}

/** The directories above a place, top first, `records` itself left out. */
function ancestorsOf(path: string): string[] {
  const own = directoryOf(path)
  const ends = [...own.matchAll(/\//g)].map((match) => match.index).filter((index) => index > RECORDS.length)
  return [...ends.map((index) => own.slice(0, index)), own]
}

async function build(store: LocalStore, aside: string): Promise<void> {
  const { disk } = store
  await disk.makeDirectory(aside)
  await disk.makeDirectory(`${aside}/v`)
  await disk.makeDirectory(`${aside}/t`)
  const sentinel = await disk.create(`${aside}/v/${NEVER_WRITTEN}`)
  await sentinel.close()
  if (!store.durable) return
  await disk.syncFile(`${aside}/v/${NEVER_WRITTEN}`)
  await store.syncDirectory(`${aside}/v`)
  await store.syncDirectory(`${aside}/t`)
  await store.syncDirectory(aside)
}

// Best effort: what stays behind is swept by maintenance and disturbs nobody.
async function removeAside(store: LocalStore, aside: string): Promise<void> {
  await store.disk.unlink(`${aside}/v/${NEVER_WRITTEN}`).catch(ignore)
  for (const directory of [`${aside}/v`, `${aside}/t`, aside]) await store.disk.removeDirectory(directory).catch(ignore)
}

function ignore(): void {}
