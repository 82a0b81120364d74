import { hexLine } from '../../../../model/hex-dump.ts'
import type { LineSource } from './line-source.ts'

/** Offsets, bytes and characters; as many bytes in a line as fit. */
export function hexLines(bytes: Uint8Array, columns: number): LineSource & { readonly perLine: number } {
  // A line takes an offset of eight digits, three cells a byte in hex, one as a character, and what separates them.
  const perLine = [16, 8, 4].find((count) => 13 + 4 * count <= columns) ?? 4
  return {
    perLine,
    count: Math.max(1, Math.ceil(bytes.length / perLine)),
    line: (at) => (bytes.length === 0 ? 'no bytes' : hexLine(bytes, at * perLine, perLine)),
  }
}
