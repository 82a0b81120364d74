import type { TupleCursor, TupleRange } from '../filesystem.ts'
import { tupleFromJson, tupleToJson } from '../tuple-json.ts'

/** One page of a listing. */
export interface StorePage<T> {
  readonly items: readonly T[]
  /** Give it as `cursor` to go on behind this page; absent when there is no more. A page may be short and still have it. */
  readonly next?: string
}

/** Items of a page when the caller does not say. */
export const STORE_PAGE_SIZE_DEFAULT = 50
/** Items of a page at the most. */
export const STORE_PAGE_SIZE_MAX = 200

export interface StorePageOptions {
  /** 1 to {@link STORE_PAGE_SIZE_MAX}; default {@link STORE_PAGE_SIZE_DEFAULT}. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly cursor?: string | undefined
  readonly range?: TupleRange | undefined
  readonly descending?: boolean | undefined
}

/** A name and a tuple at their limits fit, escaped and in base64. */
const CURSOR_LENGTH_MAX = 16_384

/** A place in an index as a word of its own. It holds no directory, so that it leads nowhere but where it is given. */
export function encodeCursor(index: string, { path, tuple }: TupleCursor): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return Buffer.from(JSON.stringify([index, name, tupleToJson(tuple)]), 'utf8').toString('base64url')
}

/** The place that a cursor names in an index of a collection; `undefined` when it is not a cursor of that index. */
export function decodeCursor(collection: string, index: string, cursor: string): TupleCursor | undefined {
  if (typeof cursor !== 'string' || cursor.length > CURSOR_LENGTH_MAX) return undefined
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (!Array.isArray(parts) || parts.length !== 3) return undefined
    const [ofIndex, name, tuple] = parts as unknown[]
    if (ofIndex !== index || typeof name !== 'string' || name === '' || name.includes('/')) return undefined
    return { path: `${collection}/${name}`, tuple: tupleFromJson(tuple) }
  } catch {
    return undefined
  }
}
