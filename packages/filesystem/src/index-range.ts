import type { Limits, QueryOptions } from './filesystem.ts'
import { PAGE_SIZE_DEFAULT } from './filesystem.ts'
import { INDEX_NAME, pageSize } from './entry.ts'
import { checkPath } from './path.ts'
import { invalid } from './refusals.ts'
import { encodeTuple } from './tuple.ts'
import { encodeRange } from './tuple-range.ts'

/** What a query asks of an index, as bytes: the form in which every backend keeps its rows. */
export interface IndexRange {
  /** Inclusive lower bound of the encoded tuple; undefined is open. */
  readonly from: Uint8Array | undefined
  /** Exclusive upper bound of the encoded tuple; undefined is open. */
  readonly to: Uint8Array | undefined
  /** The row behind which the page starts. */
  readonly after: IndexPosition | undefined
  readonly descending: boolean
  readonly limit: number
}

/** A place in an index: rows order by tuple, then by path. */
export interface IndexPosition {
  readonly tuple: Uint8Array
  readonly path: string
}

/**
 * Checks a query at a filesystem's door.
 *
 * @throws {FilesystemError} `invalid-argument` or `too-large`.
 */
export function checkQuery(collection: string, index: string, options: QueryOptions, limits: Limits): IndexRange {
  const refuse = (problem: string) => invalid('query', collection, problem)
  if (!INDEX_NAME.test(index)) throw refuse('an index name must be an identifier')
  const limit = pageSize('query', collection, options.limit, PAGE_SIZE_DEFAULT, limits)
  if (options.after) checkPath(options.after.path, 'query', limits)
  try {
    const { from, to } = encodeRange(options.range)
    const after = options.after && { tuple: encodeTuple(options.after.tuple), path: options.after.path }
    return { from, to, after, descending: options.order === 'descending', limit }
  } catch (cause) {
    throw invalid('query', collection, 'a tuple of its range or cursor is not encodable', cause)
  }
}
