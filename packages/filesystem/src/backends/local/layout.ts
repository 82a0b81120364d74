/**
 * Where things lie below the root of a local store:
 *
 * - `STORE`: the format and the epoch of the store, written once.
 * - `building/`: record directories and probes under construction.
 * - `records/<segment>/…/+record/v/<sequence>`: one immutable file per version; `v/0` is the empty sentinel "never written".
 * - `records/<segment>/…/+record/t/<stamp>-<random>`: temporaries; the stamp is a lower bound of the head that the writer knew.
 * - `records/<segment>/…/+log/v/<number>` and `…/+log/t/`: the same for the batches of the log at that path.
 */
export const STORE_FILE = 'STORE'
export const BUILDING = 'building'
export const RECORDS = 'records'

/** The sentinel's sequence. Real versions begin at 1. */
export const NEVER_WRITTEN = 0

const RESERVED = '+'
export const RECORD_NAME = '+record'
export const LOG_NAME = '+log'

/** The directory that mirrors a path; its subdirectories are the path's children. `/` and the empty string are the top. */
export function directoryOf(path: string): string {
  if (path === '' || path === '/') return RECORDS
  return `${RECORDS}/${path.slice(1).split('/').map(encodeSegment).join('/')}`
}

/** The directory with the versions and temporaries of the record at a path. */
export function recordDirectoryOf(path: string): string {
  return `${directoryOf(path)}/${RECORD_NAME}`
}

/** The directory with the batches and temporaries of the log at a path. */
export function logDirectoryOf(path: string): string {
  return `${directoryOf(path)}/${LOG_NAME}`
}

/** Doubles a leading reserved character, so that no segment meets a reserved name. One byte longer at the most. */
function encodeSegment(segment: string): string {
  return segment.startsWith(RESERVED) ? RESERVED + segment : segment
}

/** The inverse of {@link encodeSegment}; `undefined` for a reserved or foreign name. */
export function decodeSegment(name: string): string | undefined {
  if (!name.startsWith(RESERVED)) return name
  return name.startsWith(RESERVED + RESERVED) ? name.slice(1) : undefined
}

/** The sequence of a version file's name; `undefined` for a foreign name. */
export function parseSequence(name: string): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(name)) return undefined
  const sequence = Number(name)
  return Number.isSafeInteger(sequence) ? sequence : undefined
}

/** The name of a directory that maintenance took out of `building/`, under which it removes it. No writer makes one. */
export function formatSweptName(random: string): string {
  return `${RESERVED}swept-${random}`
}

export function formatTemporaryName(stamp: number, random: string): string {
  return `${stamp}-${random}`
}

/** The stamp of a temporary's name. A foreign name counts as stamp 0: the oldest there is. */
export function parseStamp(name: string): number {
  return parseSequence(name.slice(0, name.indexOf('-'))) ?? 0
}
