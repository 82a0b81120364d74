import type { Tuple, TupleElement } from './filesystem.ts'

/**
 * Order-preserving encoding of index tuples: comparing two encodings byte by byte compares the tuples, elements in the order
 * null < boolean < number < string < bytes, a prefix before its extensions. The scheme is that of FoundationDB's tuple layer
 * (type byte, escaped terminator) with its own type bytes.
 *
 * Each element is a type byte and its payload. Strings and bytes escape 0x00 as 0x00 0xff and end with 0x00 0x01, so an end
 * sorts before any continuation. A number is its IEEE-754 double, big-endian, sign bit flipped when positive, all bits when
 * negative.
 *
 * @throws {RangeError} when an element is NaN, infinite, a string with a lone surrogate, or of another type.
 */
export function encodeTuple(tuple: Tuple): Uint8Array {
  return Buffer.concat(tuple.map(encodeElement))
}

/** Orders two tuples as their encodings do. */
export function compareTuples(a: Tuple, b: Tuple): number {
  return Buffer.compare(encodeTuple(a), encodeTuple(b))
}

/** The inverse of {@link encodeTuple}. */
export function decodeTuple(bytes: Uint8Array): Tuple {
  const elements: TupleElement[] = []
  let at = 0
  while (at < bytes.length) {
    const type = bytes[at++]
    if (type === TYPE.null) elements.push(null)
    else if (type === TYPE.false || type === TYPE.true) elements.push(type === TYPE.true)
    else if (type === TYPE.number) {
      elements.push(decodeNumber(bytes.subarray(at, at + 8)))
      at += 8
    } else if (type === TYPE.string || type === TYPE.bytes) {
      const { payload, end } = unescape(bytes, at)
      elements.push(type === TYPE.string ? payload.toString('utf8') : new Uint8Array(payload))
      at = end
    } else throw new RangeError(`Cannot decode tuple: byte ${type} names no element type`)
  }
  return elements
}

const TYPE = { null: 1, false: 2, true: 3, number: 4, string: 5, bytes: 6 } as const

function encodeElement(element: TupleElement): Buffer {
  if (element === null) return Buffer.of(TYPE.null)
  if (typeof element === 'boolean') return Buffer.of(element ? TYPE.true : TYPE.false)
  if (typeof element === 'number') return encodeNumber(element)
  if (typeof element === 'string') return encodeString(element)
  if (element instanceof Uint8Array) return escape(TYPE.bytes, element)
  throw new RangeError(`Cannot encode tuple: a ${typeof element} is not null, boolean, number, string or bytes`)
}

// UTF-8 has no bytes for a lone surrogate: another string would come back.
function encodeString(text: string): Buffer {
  if (!text.isWellFormed()) throw new RangeError('Cannot encode tuple: a string holds a lone surrogate')
  return escape(TYPE.string, Buffer.from(text, 'utf8'))
}

function encodeNumber(value: number): Buffer {
  if (!Number.isFinite(value)) throw new RangeError(`Cannot encode tuple: ${value} is not a finite number`)
  const out = Buffer.alloc(9)
  out[0] = TYPE.number
  // Adding zero turns -0 into 0, so the two compare equal here as they do in JavaScript.
  out.writeDoubleBE(value + 0, 1)
  const negative = (out[1] ?? 0) >= 0x80
  for (let at = 1; at < 9; at++) out[at] = (out[at] ?? 0) ^ (negative ? 0xff : at === 1 ? 0x80 : 0)
  return out
}

function decodeNumber(encoded: Uint8Array): number {
  const raw = Buffer.from(encoded)
  const negative = (raw[0] ?? 0) < 0x80
  for (let at = 0; at < 8; at++) raw[at] = (raw[at] ?? 0) ^ (negative ? 0xff : at === 0 ? 0x80 : 0)
  return raw.readDoubleBE(0)
}

function escape(type: number, payload: Uint8Array): Buffer {
  const out: number[] = [type]
  for (const byte of payload) {
    out.push(byte)
    if (byte === 0) out.push(0xff)
  }
  out.push(0, 1)
  return Buffer.from(out)
}

function unescape(bytes: Uint8Array, start: number): { payload: Buffer; end: number } {
  const out: number[] = []
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte !== 0) {
      out.push(byte)
      continue
    }
    const next = bytes[at + 1]
    if (next === 1) return { payload: Buffer.from(out), end: at + 2 }
    if (next !== 0xff) break
    out.push(0)
    at++
  }
  throw new RangeError('Cannot decode tuple: a string or bytes element has no end')
}
