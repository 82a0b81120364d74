import { createSecretKey, type KeyObject } from 'node:crypto'
import { inspect } from 'node:util'
import { FilesystemError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { systemRuntime } from '../runtime.ts'
import { decrypt, derive, encrypt } from './cipher.ts'
import { FINGERPRINT_BYTES, formatHeader, isKeyId, NONCE_BYTES, parseEnvelope, SALT_BYTES } from './envelope.ts'
import { authenticatedBytes, type SealContext } from './seal-context.ts'

const KEY_BYTES = 32
// Pasted zeros and typed passwords have fewer; 32 random bytes have fewer with a chance below 2^-100.
const DISTINCT_BYTES_MIN = 8

export interface KeyringOptions {
  /** The id of the key that seals from now on. */
  readonly active: string
  /** Key id → key of 32 random bytes. The bytes are copied; the caller may wipe its own. */
  readonly keys: Readonly<Record<string, Uint8Array>>
  readonly runtime?: Runtime | undefined
}

interface HeldKey {
  readonly key: KeyObject
  readonly fingerprint: Uint8Array
}

/**
 * Keys by id: one is active and seals, all of them open. It seals with AES-256-GCM under a subkey of its own for every
 * body, derived by HKDF-SHA256 from the key and a random salt of 256 bits. So the limit of messages per key that a random
 * nonce of 96 bits has does not apply: for a nonce to meet the same subkey twice, a salt would have to repeat.
 *
 * Sealing hides a body and shows every change to it or to its {@link SealContext}. It does not hide its length, and it
 * cannot show that a store was put back as a whole to what it was before.
 *
 * No key ever leaves it, in messages and dumps neither.
 */
export class Keyring {
  static {
    // A computed name in the class itself is more than declarations can be made from.
    const value = function (this: Keyring): string {
      return this.toString()
    }
    Object.defineProperty(this.prototype, inspect.custom, { value })
  }
  readonly #keys = new Map<string, HeldKey>()
  readonly #runtime: Runtime
  #active: string

  /** @throws {FilesystemError} `invalid-argument` when a key or an id is not as it must be, or the active key is missing. */
  constructor(options: KeyringOptions) {
    this.#runtime = options.runtime ?? systemRuntime
    for (const [id, key] of Object.entries(options.keys)) this.add(id, key)
    this.#active = options.active
    this.activate(options.active)
  }

  /** A new key: 32 random bytes. */
  static generateKey(runtime: Runtime = systemRuntime): Uint8Array {
    return randomBytes(runtime, KEY_BYTES)
  }

  /** The id of the key that a sealed body names; undefined when it is none. Needs no key. */
  static keyIdOf(sealed: Uint8Array): string | undefined {
    const envelope = parseEnvelope(sealed)
    return typeof envelope === 'string' ? undefined : envelope.keyId
  }

  get active(): string {
    return this.#active
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()]
  }

  /**
   * Takes one more key that opens.
   *
   * @throws {FilesystemError} `invalid-argument` when the id is taken or the key is not 32 random bytes.
   */
  add(id: string, key: Uint8Array): void {
    if (!isKeyId(id)) throw refusal('add', id, 'an id is 1 to 32 letters, digits, ".", "_" and "-"')
    if (this.#keys.has(id)) throw refusal('add', id, 'the id is taken, a new key takes a new id')
    if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES) {
      throw refusal('add', id, `a key is a Uint8Array of ${KEY_BYTES} bytes`)
    }
    if (new Set(key).size < DISTINCT_BYTES_MIN) throw refusal('add', id, 'its bytes are not random')
    const held = createSecretKey(key)
    const fingerprint = derive(held, Buffer.alloc(0), 'latchless/fingerprint', FINGERPRINT_BYTES)
    this.#keys.set(id, { key: held, fingerprint })
  }

  /**
   * Makes a key of the ring the one that seals. Bodies under the others still open.
   *
   * @throws {FilesystemError} `invalid-argument` when the ring has no such key.
   */
  activate(id: string): void {
    if (!this.#keys.has(id)) throw refusal('activate', id, 'the keyring does not hold it')
    this.#active = id
  }

  /** 32 hex digits that tell keys apart and reveal nothing of them; undefined for an unknown id. */
  fingerprintOf(id: string): string | undefined {
    const held = this.#keys.get(id)
    return held && Buffer.from(held.fingerprint).toString('hex')
  }

  /** Seals a body for a context under the active key. Two calls never give the same bytes. */
  seal(body: Uint8Array, context: SealContext): Uint8Array {
    const keyId = this.#active
    const { key, fingerprint } = this.#keys.get(keyId) as HeldKey
    const salt = randomBytes(this.#runtime, SALT_BYTES)
    const nonce = randomBytes(this.#runtime, NONCE_BYTES)
    const header = formatHeader({ keyId, fingerprint, salt, nonce })
    return encrypt({ key, keyId, salt }, nonce, header, authenticatedBytes(header, context), body)
  }

  /**
   * The body that was sealed for exactly this context.
   *
   * @throws {FilesystemError} `corrupt` when the bytes are not sealed, were changed, or were sealed for another context;
   * `key-missing` when they were sealed under a key that this ring does not hold.
   */
  open(sealed: Uint8Array, context: SealContext): Uint8Array {
    const envelope = parseEnvelope(sealed)
    if (typeof envelope === 'string') throw unopened('corrupt', context, envelope)
    const { keyId, salt, nonce, header, ciphertext, tag } = envelope
    const held = this.#keys.get(keyId)
    if (!held) throw unopened('key-missing', context, `the keyring does not hold the key ${keyId}`)
    if (!Buffer.from(held.fingerprint).equals(envelope.fingerprint)) {
      throw unopened('key-missing', context, `it was sealed under another key ${keyId} than the keyring holds`)
    }
    const authenticated = authenticatedBytes(header, context)
    const body = decrypt({ key: held.key, keyId, salt }, nonce, authenticated, ciphertext, tag)
    if (body) return body
    throw unopened('corrupt', context, 'the sealed body was changed, or was sealed for another place or version')
  }

  toString(): string {
    return `Keyring(${this.#keys.size} keys, active ${this.#active})`
  }

  toJSON(): string {
    return this.toString()
  }
}

function randomBytes(runtime: Runtime, bytes: number): Uint8Array {
  const drawn = Uint8Array.from(Buffer.from(runtime.randomHex(bytes), 'hex'))
  if (drawn.length !== bytes) throw new RangeError(`Cannot draw random bytes: expected ${bytes}, found ${drawn.length}`)
  return drawn
}

function refusal(act: string, id: string, problem: string): FilesystemError {
  return new FilesystemError('invalid-argument', `Cannot ${act} key ${JSON.stringify(shown(id))}: ${problem}`)
}

// What is no id may be the key itself, put in the wrong place.
function shown(id: string): string {
  return isKeyId(id) ? id : '…'
}

function unopened(code: 'corrupt' | 'key-missing', { path }: SealContext, problem: string): FilesystemError {
  return new FilesystemError(code, `Cannot open ${JSON.stringify(path)}: ${problem}`, { path, operation: 'open' })
}
