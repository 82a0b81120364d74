/** Bytes that are read as text at once. */
export const WINDOW_BYTES = 64 * 1024

export interface TextWindow {
  readonly text: string
  /** Where it begins and ends in the bytes; moved so that no character is torn. */
  readonly start: number
  readonly end: number
}

/** A part of bytes as text. What is not UTF-8 in it becomes U+FFFD. */
export function textWindow(bytes: Uint8Array, offset: number): TextWindow {
  const start = characterStart(bytes, Math.min(Math.max(0, offset), bytes.length))
  const end = characterStart(bytes, Math.min(start + WINDOW_BYTES, bytes.length))
  return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(start, end)), start, end }
}

// A character of UTF-8 has at most three continuation bytes, 10xxxxxx, behind its first byte.
function characterStart(bytes: Uint8Array, offset: number): number {
  for (let at = offset; at > offset - 4 && at >= 0; at--) {
    const byte = bytes[at]
    if (byte === undefined || (byte & 0b1100_0000) !== 0b1000_0000) return at
  }
  return offset
}
