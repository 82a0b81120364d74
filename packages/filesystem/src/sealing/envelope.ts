/**
 * The stored form of a sealed body. All numbers are bytes; the header has one length, so the size of the plaintext is
 * known without opening.
 *
 * | at | bytes | what |
 * | --- | --- | --- |
 * | 0 | 4 | 0x9e and `lsb`; the first byte is no start of UTF-8 or JSON |
 * | 4 | 1 | the format, {@link FORMAT} |
 * | 5 | 32 | the key id in ASCII, zeros behind it |
 * | 37 | 16 | the fingerprint of the key |
 * | 53 | 32 | the salt of the subkey |
 * | 85 | 12 | the nonce |
 * | 97 | as the plaintext | the ciphertext |
 * | at the end | 16 | the tag |
 */
export interface Envelope {
  readonly keyId: string
  readonly fingerprint: Uint8Array
  readonly salt: Uint8Array
  readonly nonce: Uint8Array
  /** Everything before the ciphertext. */
  readonly header: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

const MAGIC = Buffer.of(0x9e, 0x6c, 0x73, 0x62)
const FORMAT = 1
const KEY_ID_BYTES = 32
export const FINGERPRINT_BYTES = 16
export const SALT_BYTES = 32
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
const HEADER_BYTES = MAGIC.length + 1 + KEY_ID_BYTES + FINGERPRINT_BYTES + SALT_BYTES + NONCE_BYTES

/** How much longer a sealed body is than its plaintext, always. */
export const SEAL_OVERHEAD_BYTES: number = HEADER_BYTES + TAG_BYTES

const keyIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/

/** Whether a text can name a key: 1 to 32 letters, digits, `.`, `_` and `-`. */
export function isKeyId(text: string): boolean {
  return keyIdPattern.test(text)
}

/** Whether these bytes begin as a sealed body does. Says nothing about whether they open. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes.length >= SEAL_OVERHEAD_BYTES && MAGIC.equals(bytes.subarray(0, MAGIC.length))
}

/** The bytes before the ciphertext. */
export function formatHeader(parts: Pick<Envelope, 'keyId' | 'fingerprint' | 'salt' | 'nonce'>): Uint8Array {
  const keyId = Buffer.alloc(KEY_ID_BYTES)
  keyId.write(parts.keyId, 'latin1')
  return Buffer.concat([MAGIC, Buffer.of(FORMAT), keyId, parts.fingerprint, parts.salt, parts.nonce])
}

/** The parts of a sealed body, or what is wrong with it. */
export function parseEnvelope(sealed: Uint8Array): Envelope | string {
  if (!isSealed(sealed)) return 'the body is not sealed'
  const format = sealed[MAGIC.length]
  if (format !== FORMAT) return `the body is sealed in the unknown format ${format}`
  let at = MAGIC.length + 1
  const take = (bytes: number) => sealed.subarray(at, (at += bytes))
  const keyId = Buffer.from(take(KEY_ID_BYTES)).toString('latin1').replace(/\0+$/, '')
  if (!isKeyId(keyId)) return 'the body names no key'
  return {
    keyId,
    fingerprint: take(FINGERPRINT_BYTES),
    salt: take(SALT_BYTES),
    nonce: take(NONCE_BYTES),
    header: sealed.subarray(0, HEADER_BYTES),
    ciphertext: sealed.subarray(HEADER_BYTES, sealed.length - TAG_BYTES),
    tag: sealed.subarray(sealed.length - TAG_BYTES),
  }
}
