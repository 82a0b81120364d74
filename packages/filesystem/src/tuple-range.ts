import type { Tuple, TupleRange } from './filesystem.ts'
import { encodeTuple } from './tuple.ts'

/** A range of encoded tuples: from inclusive, to exclusive; undefined is open. */
export interface ByteRange {
  readonly from: Uint8Array | undefined
  readonly to: Uint8Array | undefined
}

/** The encodings that a range of tuples covers. A bound covers what begins with it: `from [3]` includes `[3, 'a']`. */
export function encodeRange(range: TupleRange = {}): ByteRange {
  const prefix = range.prefix && range.prefix.length > 0 ? encodeTuple(range.prefix) : undefined
  const from = later(prefix, bound(range.from))
  const to = earlier(prefix && behind(prefix), bound(range.to))
  return { from, to }
}

function bound(tuple: Tuple | undefined): Uint8Array | undefined {
  return tuple && encodeTuple(tuple)
}

/** The first bytes behind everything that begins with `prefix`. No element type is 0xff, so there always is one. */
function behind(prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, Buffer.of(0xff)])
}

function later(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (!a || !b) return a ?? b
  return Buffer.compare(a, b) >= 0 ? a : b
}

function earlier(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (!a || !b) return a ?? b
  return Buffer.compare(a, b) <= 0 ? a : b
}
