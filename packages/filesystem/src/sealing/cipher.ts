import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject } from 'node:crypto'
import { TAG_BYTES } from './envelope.ts'

const CIPHER = 'aes-256-gcm'
const SUBKEY_BYTES = 32

/** The key of one body: which one it is derived from, and for which salt and id. */
export interface SubkeySource {
  readonly key: KeyObject
  readonly keyId: string
  readonly salt: Uint8Array
}

/** Header, ciphertext and tag in one. */
export function encrypt(
  source: SubkeySource,
  nonce: Uint8Array,
  header: Uint8Array,
  authenticated: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  return withSubkey(source, (subkey) => {
    const cipher = createCipheriv(CIPHER, subkey, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(authenticated)
    return joined([header, cipher.update(body), cipher.final(), cipher.getAuthTag()])
  })
}

/** The plaintext, once it is known to be what was encrypted; otherwise undefined. */
export function decrypt(
  source: SubkeySource,
  nonce: Uint8Array,
  authenticated: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Uint8Array | undefined {
  return withSubkey(source, (subkey) => {
    const decipher = createDecipheriv(CIPHER, subkey, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(authenticated)
    decipher.setAuthTag(tag)
    const unproven = decipher.update(ciphertext)
    try {
      return joined([unproven, decipher.final()])
    } catch {
      return undefined
    } finally {
      unproven.fill(0)
    }
  })
}

/** HKDF-SHA256. */
export function derive(key: KeyObject, salt: Uint8Array, info: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, bytes))
}

function withSubkey<Result>({ key, keyId, salt }: SubkeySource, use: (subkey: Uint8Array) => Result): Result {
  const subkey = derive(key, salt, `latchless/seal/1/${keyId}`, SUBKEY_BYTES)
  try {
    return use(subkey)
  } finally {
    subkey.fill(0)
  }
}

// Of a memory of its own: what callers get never shares a pool with other buffers.
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
