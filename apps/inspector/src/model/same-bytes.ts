import { Buffer } from 'node:buffer'

/** Whether two bodies are the same to the byte. `undefined` is that of a tombstone. */
export function sameBytes(from: Uint8Array | undefined, to: Uint8Array | undefined): boolean {
  return from && to ? Buffer.compare(from, to) === 0 : from === to
}

/** Said where {@link sameBytes} is false and yet nothing is to be shown: JSON is spelled differently, or a part is ignored. */
export const SPELLING = 'no part differs that counts here, but the bytes do'
