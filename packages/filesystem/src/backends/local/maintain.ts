import { checkSignal } from '../../entry.ts'
import { FilesystemError } from '../../errors.ts'
import type { MaintainResult } from '../../filesystem.ts'
import { sequenceOf } from '../../version.ts'
import { errnoOf } from './disk.ts'
import { BUILDING, directoryOf, formatSweptName, LOG_NAME, NEVER_WRITTEN, RECORD_NAME } from './layout.ts'
import { readLogHead } from './log-head.ts'
import { listSequences, readBase } from './read-record.ts'
import { removeVersions, unlinkIfThere } from './remove-versions.ts'
import { settleVersion } from './retention.ts'
import type { LocalStore, Place } from './store.ts'
import { walkPaths } from './walk.ts'

/**
 * Age from which what was left in the middle of a write counts as abandoned. Safety does not rest on it: whoever is still
 * alive after that finds its temporary revoked, as by any removal of versions, and tries again.
 */
const ABANDONED_MS = 60 * 60 * 1000

/** Counts removals up to a limit. */
class Budget {
  removed = 0
  /** True once something was left because of the limit. */
  more = false
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get left(): number {
    return this.#limit - this.removed
  }

  /** Whether one more may be removed. */
  allows(): boolean {
    if (this.left > 0) return true
    this.more = true
    return false
  }
}

/**
 * Removes what crashed processes left: directories and temporaries that were never published, superseded versions and
 * trimmed batches whose removal did not finish. Looks at every record and log of the store, so it costs a walk. What fails
 * its check is left alone.
 *
 * Safe beside writers of any process. Superseded versions go by the same steps as in a write; a temporary may be unlinked
 * at any time, since a link from it then fails and its writer tries again.
 */
export async function maintain(
  store: LocalStore,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<MaintainResult> {
  const budget = new Budget(limit)
  await sweepBuilding(store, budget)
  for await (const path of walkPaths(store, 'maintain', '/')) {
    if (budget.more) break
    checkSignal('maintain', '/', signal)
    const names = await store.disk.directories(directoryOf(path))
    try {
      if (names.includes(RECORD_NAME)) await sweepRecord(store, path, budget)
      if (names.includes(LOG_NAME)) await sweepLog(store, path, budget)
    } catch (error) {
      // Nobody can tell what of a damaged record is superseded. Whoever reads it is told.
      if (!(error instanceof FilesystemError && error.code === 'corrupt')) throw error
    }
  }
  return { removed: budget.removed, more: budget.more }
}

async function sweepRecord(store: LocalStore, path: string, budget: Budget): Promise<void> {
  const place = await store.locate('maintain', path)
  if (!place) return
  await sweepTemporaries(store, place, budget)
  const { stored } = await readBase(store, 'maintain', place, 'header')
  if (stored) await sweepVersions(store, place, sequenceOf(stored.head.version), stored.oldest, budget)
}

async function sweepLog(store: LocalStore, path: string, budget: Budget): Promise<void> {
  const place = await store.locateLog('maintain', path)
  if (!place) return
  await sweepTemporaries(store, place, budget)
  const { newest } = await readLogHead(store, 'maintain', place)
  await sweepVersions(store, place, newest.batch, newest.floor, budget)
}

/** Removes what lies below the floor, with the temporaries that could still be linked there first. */
async function sweepVersions(
  store: LocalStore,
  place: Place,
  newest: number,
  floor: number,
  budget: Budget,
): Promise<void> {
  const below = (await listSequences(store, place)).filter((sequence) => sequence < floor)
  // A sentinel alone holds nothing and is not worth the fsync: it goes with the first versions.
  if (below.every((sequence) => sequence === NEVER_WRITTEN) || !budget.allows()) return
  // Its writer may have died between its link and its fsync.
  await settleVersion(store, place, newest)
  const most = budget.left
  budget.removed += await removeVersions(store, place, floor, most)
  if (below.length > most) budget.more = true
}

async function sweepTemporaries(store: LocalStore, place: Place, budget: Budget): Promise<void> {
  for (const name of await store.disk.names(place.temporaries)) {
    const file = `${place.temporaries}/${name}`
    if (!(await isAbandoned(store, file))) continue
    if (!budget.allows()) return
    await unlinkIfThere(store, file)
    budget.removed++
  }
}

async function sweepBuilding(store: LocalStore, budget: Budget): Promise<void> {
  const { disk } = store
  const names = await disk.names(BUILDING)
  // Listed behind the names: what is a directory and not here is gone.
  const directories = new Set(await disk.directories(BUILDING))
  for (const name of names) {
    const aside = `${BUILDING}/${name}`
    if (!(await isAbandoned(store, aside))) continue
    if (!budget.allows()) return
    if (!directories.has(name)) await unlinkIfThere(store, aside)
    else if (!(await sweepDirectory(store, aside))) continue
    budget.removed++
  }
}

/**
 * Takes a directory away from its maker by one rename, so that no half of it can still be published, then removes it. False
 * when somebody else has done something with it.
 */
async function sweepDirectory(store: LocalStore, aside: string): Promise<boolean> {
  const { disk } = store
  const swept = `${BUILDING}/${formatSweptName(store.runtime.randomHex(16))}`
  try {
    await disk.rename(aside, swept)
    // A crash from here on leaves the directory under its new name; the next maintenance takes it.
    for (const part of await disk.directories(swept)) {
      for (const name of await disk.names(`${swept}/${part}`)) await disk.unlink(`${swept}/${part}/${name}`)
      await disk.removeDirectory(`${swept}/${part}`)
    }
    for (const name of await disk.names(swept)) await disk.unlink(`${swept}/${name}`)
    await disk.removeDirectory(swept)
    return true
  } catch (error) {
    // ENOENT: published, or taken by another maintenance. ENOTEMPTY: its maker is alive after all; left to the next one.
    if (['ENOENT', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

async function isAbandoned(store: LocalStore, file: string): Promise<boolean> {
  try {
    return store.runtime.wallMs() - (await store.disk.modifiedMs(file)) > ABANDONED_MS
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
