import type { DiskFile } from './disk.ts'
import { formatTemporaryName } from './layout.ts'
import type { LocalStore, Place } from './store.ts'

/** A version file before it has its name. */
export interface Temporary {
  readonly file: DiskFile
  readonly path: string
}

/** Announces a writer: its stamp tells how old a version it might link at the worst. */
export async function createTemporary(store: LocalStore, place: Place): Promise<Temporary> {
  const path = `${place.temporaries}/${formatTemporaryName(place.seen, store.runtime.randomHex(16))}`
  return { file: await store.disk.create(path), path }
}

/** Gives up a temporary that was not linked. */
export async function discard(store: LocalStore, temporary: Temporary | undefined): Promise<void> {
  if (!temporary) return
  await temporary.file.close().catch(() => undefined)
  await unlinkQuietly(store, temporary)
}

/** Removes the temporary's name. It may have been revoked already; if the removal fails, a later one takes it. */
export async function unlinkQuietly(store: LocalStore, temporary: Temporary): Promise<void> {
  await store.disk.unlink(temporary.path).catch(() => undefined)
}
