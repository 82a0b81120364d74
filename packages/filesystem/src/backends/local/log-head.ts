import type { Batch, DecodedBatch } from './batch-file.ts'
import { decodeBatchFile, NO_BATCH } from './batch-file.ts'
import { errnoOf } from './disk.ts'
import { corrupt } from './disk-failure.ts'
import { NEVER_WRITTEN } from './layout.ts'
import { HEADER_BYTES, listSequences, SCANS_MAX } from './read-record.ts'
import type { LocalStore, LogPlace } from './store.ts'

/** The end of a log. */
export interface LogHead {
  /** The newest name: the number that a link must follow. Differs from the batch's only behind a torn one. */
  readonly top: number
  readonly newest: Batch
}

/**
 * The newest batch at some instant during the call, whatever others append and trim meanwhile.
 *
 * A log may hold any number of batches, so a process lists them once and from then on looks ahead of the newest one that it
 * has seen: one look when nobody else appends, otherwise about twice the logarithm of the batches in between. This is as
 * safe as a listing. Say number N + 1 was not there, and N, opened *behind* that, was: removal ascends, so N + 1 had not been
 * removed before N; it never was there, and N was the head at that look. Where N is gone by then, the directory is listed
 * as for a record. The first time it always is: a power cut may have kept the removal of a number and forgotten that of an
 * older one.
 *
 * @throws {FilesystemError} `corrupt` when the newest batch fails its check.
 */
export async function readLogHead(store: LocalStore, operation: string, place: LogPlace): Promise<LogHead> {
  for (let scan = 0; scan < SCANS_MAX; scan++) {
    const isKnown = scan === 0 && place.seen > 0
    const top = isKnown ? await lookAhead(store, place) : store.steps.newest(await listSequences(store, place))
    if (top === undefined) continue
    const newest = await readNewest(store, operation, place, top)
    if (newest === 'removed') continue
    place.seen = Math.max(place.seen, top)
    return { top, newest }
  }
  throw corrupt(operation, place.path, 'the directory of its log holds no batch, not even the sentinel')
}

/** One batch file; `undefined` when it is not there. */
export async function readBatch(
  store: LocalStore,
  place: LogPlace,
  number: number,
  part: 'all' | 'header',
): Promise<DecodedBatch | undefined> {
  const file = `${place.versions}/${number}`
  try {
    if (part === 'header') {
      const decoded = decodeBatchFile(await store.disk.read(file, HEADER_BYTES), number, 'header')
      if (decoded.type === 'valid') return decoded
    }
    return decodeBatchFile(await store.disk.read(file), number, part)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The highest number in the row that begins with the newest one seen. */
async function lookAhead(store: LocalStore, place: LogPlace): Promise<number> {
  const isThere = async (number: number): Promise<boolean> => await store.disk.exists(`${place.versions}/${number}`)
  let known = place.seen
  let step = 1
  while (await isThere(known + step)) {
    known += step
    step *= 2
  }
  let missing = known + step
  while (missing - known > 1) {
    const middle = Math.floor((known + missing) / 2)
    if (await isThere(middle)) known = middle
    else missing = middle
  }
  return known
}

async function readNewest(
  store: LocalStore,
  operation: string,
  place: LogPlace,
  top: number,
): Promise<Batch | 'removed'> {
  // Without fsyncs a power cut may leave names without their bytes. The newest batch that is whole counts then.
  for (let number = top; number > NEVER_WRITTEN; number--) {
    const decoded = await readBatch(store, place, number, store.durable ? 'header' : 'all')
    if (decoded === undefined) return 'removed'
    if (decoded.type === 'damaged') {
      if (store.durable || !decoded.torn) throw damagedBatch(operation, place, number, decoded.problem)
      continue
    }
    if (number < top) store.onTorn({ path: place.path, lost: top, used: number, log: true })
    return decoded.batch
  }
  if (!(await store.steps.confirm(store.disk, `${place.versions}/${NEVER_WRITTEN}`))) return 'removed'
  if (top > NEVER_WRITTEN) store.onTorn({ path: place.path, lost: top, used: NEVER_WRITTEN, log: true })
  return NO_BATCH
}

/** The error for a batch that is not what was appended. */
export function damagedBatch(operation: string, place: LogPlace, number: number, problem: string): Error {
  return corrupt(operation, place.path, `batch ${number} of its log is damaged: ${problem}; restore it from a backup`)
}
