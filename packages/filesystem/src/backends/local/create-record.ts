import { errnoOf } from './disk.ts'
import { corrupt } from './disk-failure.ts'
import { BUILDING, directoryOf, NEVER_WRITTEN, RECORDS, recordDirectoryOf } from './layout.ts'
import type { LocalStore, RecordPlace } from './store.ts'

/** Makes the record's directories, with the sentinel in place, by one rename. Harmless when somebody else did it first. */
export async function createRecord(store: LocalStore, operation: string, path: string): Promise<RecordPlace> {
  for (const directory of ancestorsOf(path)) await store.ensureDirectory(operation, path, directory)
  const aside = `${BUILDING}/${store.runtime.randomHex(16)}`
  try {
    await build(store, aside)
    // A crash before this leaves the directory aside; after it the record exists and reads as never written.
    await store.disk.rename(aside, recordDirectoryOf(path))
  } catch (error) {
    await removeAside(store, aside)
    const lostRace = ['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')
    if (!lostRace) throw error
  }
  const place = await store.locate(operation, path)
  if (!place) throw corrupt(operation, path, 'its directory was removed while it was being made')
  return place
}

/**
 * Makes the record's own directory entries durable. The first version of a record is linked only after this, so whoever
 * builds on a version knows that the directories above it are safe.
 */
export async function settleRecord(store: LocalStore, path: string): Promise<void> {
  for (const directory of [...ancestorsOf(path), recordDirectoryOf(path)]) await store.settle(directory)
}

/** The directories above the record, top first, `records` itself left out. */
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
