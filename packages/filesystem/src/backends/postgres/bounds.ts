import type { IndexRange } from '../../index-range.ts'
import { comparePaths, ROOT } from '../../path.ts'

/** Bounds of a page, as they stand in an index. */
export interface Bounds {
  readonly low: string
  readonly high: string
}

/** A start of a path that all paths below the prefix share: it ends with a slash. */
export function directoryOf(prefix: string): string {
  return prefix === ROOT ? ROOT : `${prefix}/`
}

/** The paths of a page, both bounds exclusive. "0" is the character behind "/". */
export function pathBounds(prefix: string, after: string | undefined, descending: boolean): Bounds {
  const low = directoryOf(prefix)
  const high = `${low.slice(0, -1)}0`
  if (after === undefined) return { low, high }
  return descending
    ? { low, high: comparePaths(after, high) < 0 ? after : high }
    : { low: comparePaths(after, low) > 0 ? after : low, high }
}

/**
 * The tree keys of a page of children: from inclusive, to exclusive. A tree key is a path with U+0001 in place of each slash,
 * so that what is below a child follows it at once. A cursor that is no child itself is compared as if it were a name.
 */
export function childBounds(prefix: string, after: string | undefined, descending: boolean): Bounds {
  const directory = directoryOf(prefix)
  const low = treeKey(directory)
  const high = `${low.slice(0, -1)}\u0002`
  if (after === undefined) return { low, high }
  if (!after.startsWith(directory)) {
    const before = comparePaths(after, directory) < 0
    return before === descending ? { low, high: low } : { low, high }
  }
  const name = after.slice(directory.length)
  return descending ? { low, high: `${low}${name}` } : { low: `${low}${name}\u0002`, high }
}

function treeKey(path: string): string {
  return path.replaceAll('/', '\u0001')
}

/** Where a page of an index starts, exclusive, and its far bound. */
export interface IndexBounds {
  readonly tuple: Uint8Array
  readonly name: string
  readonly end: Uint8Array
}

const FIRST: Uint8Array = new Uint8Array()
/** Behind every tuple: no element begins with 0xff. */
const LAST: Uint8Array = Uint8Array.of(0xff)
/** Behind every name: longer than a segment can be. */
const LAST_NAME = '\u{10ffff}'.repeat(64)

/** The rows of a page. Within one collection the names order as the paths do. */
export function indexBounds(collection: string, range: IndexRange): IndexBounds {
  const from = { tuple: range.from ?? FIRST, name: '' }
  const to = { tuple: range.to ?? LAST, name: '' }
  const after = range.after && { tuple: range.after.tuple, name: nameIn(collection, range.after.path) }
  return range.descending
    ? { ...(after && isBefore(after, to) ? after : to), end: from.tuple }
    : { ...(after && isBefore(from, after) ? after : from), end: to.tuple }
}

function isBefore(a: Omit<IndexBounds, 'end'>, b: Omit<IndexBounds, 'end'>): boolean {
  return (Buffer.compare(a.tuple, b.tuple) || comparePaths(a.name, b.name)) < 0
}

function nameIn(collection: string, path: string): string {
  const directory = directoryOf(collection)
  if (path.startsWith(directory)) return path.slice(directory.length)
  return comparePaths(path, directory) < 0 ? '' : LAST_NAME
}
